"""Recording files (``.tape``): a zip of ``recording.json``, large arrays as ``.npy``, figures as ``.png``, the source.

Opening one executes nothing, unpacks nothing to the disk, and believes nothing that it declares: sizes are bounded
before a byte is unpacked.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from tapeviz.model.checks import MAX_FIGURE_BYTES
from tapeviz.model.recording import Recording
from tapeviz.storage.atomic import write_atomically
from tapeviz.storage.contract_json import recording_json
from tapeviz.storage.folds_document import pack_folds
from tapeviz.storage.problems import UnreadableFile, UnwritableFile, reading_failed
from tapeviz.storage.recording_document import NewerVersionError, read_recording_json

MAX_DOCUMENT_BYTES = 1 << 29
"""The most that ``recording.json`` may unpack to."""

MAX_ARRAY_BYTES = 1 << 32
"""The most that one array may unpack to."""

MAX_FOLDS_BYTES = 1 << 28
"""The most that the folded loops may unpack to."""

_DOCUMENT = "recording.json"
_LESSON = "lesson.py"
_FOLDS = "folds.msgpack"
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    msgspec.MsgspecError,
    EOFError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading a broken or hostile zip, document or array raises."""

_T = TypeVar("_T")


class StoredArrays(Mapping[int, npt.NDArray[Any]]):
    """The whole values of the summarised tensors in a recording file, by tensor id, each read when it is asked for.

    Raises
    ------
    UnreadableFile
        From a look-up, where the file has changed or the array is damaged.
    """

    def __init__(self, path: Path, recording: Recording) -> None:
        self._path = path
        self._shapes = {
            tensor.id: (tensor.value.encoding, tensor.value.shape)
            for tensor in recording.tensors
            if tensor.value is not None and not tensor.value.is_whole and tensor.value.encoding
        }
        self._ids = _read(
            path, lambda archive: tuple(id for id in self._shapes if _array_name(id) in archive.namelist())
        )

    def __getitem__(self, tensor: int) -> npt.NDArray[Any]:
        """Read the whole value of `tensor`; a KeyError where the file does not hold it."""
        if tensor not in self._ids:
            raise KeyError(tensor)
        encoding, shape = self._shapes[tensor]
        return _read(self._path, lambda archive: _array(archive, tensor, encoding, shape))

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def save_recording(path: Path, recording: Recording, arrays: Mapping[int, npt.NDArray[Any]]) -> None:
    """Write a recording and the whole values of its summarised tensors (`arrays`, by tensor id), or nothing at all.

    Raises
    ------
    UnwritableFile
        Where the file cannot be written, or the recording is too large to be read again.
    """
    document = msgspec.json.encode(recording_json(recording))
    if len(document) > MAX_DOCUMENT_BYTES:
        raise UnwritableFile(
            f"The recording is too large for a file ({len(document) >> 20} MiB, at most {MAX_DOCUMENT_BYTES >> 20}); "
            "record fewer iterations."
        )

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(_DOCUMENT, document)
            archive.writestr(_LESSON, recording.source.text)
            if recording.laps:
                archive.writestr(_FOLDS, pack_folds(recording))
            for place, figure in enumerate(recording.figures):
                archive.writestr(_figure_name(place), figure.png, zipfile.ZIP_STORED)
            for tensor, array in arrays.items():
                with archive.open(_array_name(tensor), "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, array, allow_pickle=False)

    write_atomically(path, write)


def load_recording(path: Path) -> tuple[Recording, StoredArrays]:
    """Read a recording file; its large arrays are read when they are asked for.

    Raises
    ------
    UnreadableFile
        Where there is no such file, or it is no recording, damaged, hostile, or of a newer version.
    """
    recording = _read(path, _recording)
    return recording, StoredArrays(path, recording)


def is_recording_file(path: Path) -> bool:
    """Whether a file is to be opened as a recording and not as a lesson: by its ending, or because it is a zip."""
    if path.suffix.lower() == ".tape":
        return True
    return path.is_file() and zipfile.is_zipfile(path)


def _read(path: Path, read: Callable[[zipfile.ZipFile], _T]) -> _T:
    """Open the zip at `path`, look its list of entries over and hand it to `read`."""
    try:
        if path.exists() and not path.is_file():
            raise UnreadableFile(f"{path} is not a file.")
        if not path.stat().st_size:
            raise UnreadableFile(f"{path} is empty; record the lesson again.")
        if not zipfile.is_zipfile(path):
            raise UnreadableFile(f"{path} is not a recording, or only the beginning of one; record the lesson again.")
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                _check_entry(path, entry)
            return read(archive)
    except NewerVersionError as error:
        raise UnreadableFile(
            f"{path} was made by a newer tapeviz (version {error.version} of the format); update tapeviz to open it."
        ) from error
    except OSError as error:
        raise reading_failed(path, error) from error
    except _DAMAGE as error:
        raise UnreadableFile(f"{path} is damaged ({_in_short(error)}); record the lesson again.") from error


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in entry.filename:
        raise UnreadableFile(f"{path} is refused: it holds an entry that points outside of it.")
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableFile(f"{path} is refused: it is encrypted or packed in a way that recordings are not.")
    limit = MAX_ARRAY_BYTES if name.suffix == ".npy" else MAX_DOCUMENT_BYTES
    if entry.file_size > limit:
        raise UnreadableFile(f"{path} is refused: {name.name} would unpack to {entry.file_size >> 20} MiB.")


def _recording(archive: zipfile.ZipFile) -> Recording:
    document = _entry(archive, _DOCUMENT, MAX_DOCUMENT_BYTES)
    return read_recording_json(
        document,
        lambda place: _entry(archive, _figure_name(place), MAX_FIGURE_BYTES),
        lambda: _entry(archive, _FOLDS, MAX_FOLDS_BYTES),
    )


def _entry(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    # A zip may unpack to more than it declares, so the bound is set on what is read.
    with archive.open(name) as entry:
        unpacked = entry.read(limit + 1)
    if len(unpacked) > limit:
        raise ValueError("it unpacks to too much")
    return unpacked


def _array(archive: zipfile.ZipFile, tensor: int, encoding: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    with archive.open(_array_name(tensor)) as entry:
        version = np.lib.format.read_magic(entry)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        declared_shape, is_fortran, layout = read_header(entry)
        if declared_shape != shape or layout.str != encoding or layout.hasobject:
            raise ValueError(f"the array of tensor {tensor} is not the one that was recorded")
        size = math.prod(shape) * layout.itemsize
        if size > MAX_ARRAY_BYTES:
            raise ValueError(f"the array of tensor {tensor} is too large")
        numbers = entry.read(size)
    array = np.frombuffer(numbers, dtype=layout)
    return array.reshape(shape, order="F" if is_fortran else "C")


def _array_name(tensor: int) -> str:
    return f"arrays/{tensor}.npy"


def _figure_name(place: int) -> str:
    return f"figures/{place}.png"


def _in_short(error: BaseException) -> str:
    text = f"it has no {error.args[0]}" if isinstance(error, KeyError) and error.args else str(error)
    text = text.split("\n")[0].strip().rstrip(".")
    return text[:120] or type(error).__name__
