"""Recording files: complete when they come back, and a clear sentence when they cannot."""

from __future__ import annotations

import io
import json
import re
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from tapeviz.model.checks import MAX_FIGURE_BYTES
from tapeviz.model.recording import OutputFigure, Recording
from tapeviz.model.tensor import value_of_array
from tapeviz.storage.problems import UnreadableFile, UnwritableFile
from tapeviz.storage.tape_file import is_recording_file, load_recording, save_recording
from tests.storage.recordings import recordings, squared, tensor

SENTENCE = re.compile(r"^[^\n]+[.]$")


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "lesson.tape"
    save_recording(path, squared(), {})
    return path


def with_large(array: Any) -> Recording:
    recording = squared()
    return replace(recording, tensors=(*recording.tensors, tensor(8, value_of_array(array), role="constant")))


def test_a_recording_comes_back_whole(tape: Path) -> None:
    recording, arrays = load_recording(tape)
    assert recording == squared()
    assert len(arrays) == 0


@settings(max_examples=60, deadline=None)
@given(recordings())
def test_any_recording_comes_back_whole(recording: Recording) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.tape"
        save_recording(path, recording, {})
        assert load_recording(path)[0] == recording


def test_a_nan_keeps_its_payload(tmp_path: Path) -> None:
    odd = np.frombuffer(struct.pack("<2I", 0xFFC12345, 0x3F800000), dtype="<f4")
    save_recording(tmp_path / "nan.tape", with_large(odd), {})
    value = load_recording(tmp_path / "nan.tape")[0].tensors[8].value
    assert value is not None
    assert value.data == odd.tobytes()


@pytest.mark.parametrize("order", ["C", "F"])
def test_large_arrays_lie_beside_and_come_back_when_asked_for(tmp_path: Path, order: Any) -> None:
    large = np.asarray(np.random.default_rng(7).normal(size=(80, 90)).astype("<f4"), order=order)
    recording = with_large(large)
    path = tmp_path / "large.tape"
    save_recording(path, recording, {8: large})
    loaded, arrays = load_recording(path)
    assert loaded == recording
    assert list(arrays) == [8]
    np.testing.assert_array_equal(arrays[8], large)
    with pytest.raises(KeyError):
        arrays[0]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["recording.json", "lesson.py", "arrays/8.npy"]
        np.testing.assert_array_equal(np.load(io.BytesIO(archive.read("arrays/8.npy")), allow_pickle=False), large)
        assert archive.read("lesson.py").decode() == recording.source.text


def png(width: int, height: int, rest: bytes = b"pixels") -> bytes:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    return head + width.to_bytes(4, "big") + height.to_bytes(4, "big") + rest


def drawn(**changes: Any) -> Recording:
    figure = OutputFigure(position=3, png=png(640, 480), width=640, height=480, title="∂f")
    return replace(squared(), output="one\n", figures=(replace(figure, **changes), figure))


def test_figures_lie_beside_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "drawn.tape"
    save_recording(path, drawn(), {})
    assert load_recording(path)[0] == drawn()
    with zipfile.ZipFile(path) as archive:
        assert archive.read("figures/1.png") == png(640, 480)


@pytest.mark.parametrize(
    "changes",
    [
        {"position": 5},
        {"png": b"GIF89a"},
        {"png": png(60_000, 60_000)},
        {"png": png(60_000, 60_000), "width": 60_000, "height": 60_000},
        {"png": png(640, 480, b"x" * MAX_FIGURE_BYTES)},
    ],
    ids=["beyond the output", "no picture", "larger than it says", "too large", "too many bytes"],
)
def test_a_hostile_figure_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tmp_path / "hostile.tape"
    save_recording(path, drawn(**changes), {})
    with pytest.raises(UnreadableFile, match=SENTENCE):
        load_recording(path)


def test_a_recording_without_its_large_arrays_still_opens(tmp_path: Path) -> None:
    recording = with_large(np.zeros((70, 70), "<f4"))
    save_recording(tmp_path / "few.tape", recording, {})
    loaded, arrays = load_recording(tmp_path / "few.tape")
    assert loaded == recording
    assert 8 not in arrays


def test_a_recording_is_known_by_its_ending_or_by_being_a_zip(tape: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "lesson.zip"
    renamed.write_bytes(tape.read_bytes())
    lesson = tmp_path / "lesson.py"
    lesson.write_text("x = 1\n", encoding="utf-8")
    assert [is_recording_file(path) for path in (tape, renamed, lesson)] == [True, True, False]


def test_every_truncated_file_is_refused_in_one_sentence(tape: Path) -> None:
    whole = tape.read_bytes()
    for length in range(0, len(whole), 97):
        tape.write_bytes(whole[:length])
        with pytest.raises(UnreadableFile, match=SENTENCE):
            load_recording(tape)


def test_a_file_with_a_bit_turned_over_never_raises_anything_else(tape: Path) -> None:
    whole = tape.read_bytes()
    refused = 0
    for place in range(0, len(whole), 23):
        tape.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            load_recording(tape)
        except UnreadableFile as error:
            refused += 1
            assert SENTENCE.match(str(error))
    assert refused > len(whole) / 23 / 2


def rewritten(tape: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the document inside a recording file."""
    with zipfile.ZipFile(tape) as archive:
        document = json.loads(archive.read("recording.json"))
    change(document)
    with zipfile.ZipFile(tape, "w") as archive:
        archive.writestr("recording.json", json.dumps(document))


HOSTILE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "an op that uses a tensor that is not there": lambda d: d["ops"][1].update(inputs=[99, 1]),
    "a negative tensor": lambda d: d["gradient_calls"][0].update(target=[-1]),
    "a string for a list": lambda d: d.update(ops="many"),
    "a missing part": lambda d: d.pop("tensors"),
    "a layout of Python objects": lambda d: d["tensors"][0]["value_form"].update(encoding="|O"),
    "a layout that is none": lambda d: d["tensors"][0]["value_form"].update(encoding="f4,(9999999,9999999)f8"),
    "numbers that do not fit the shape": lambda d: d["tensors"][0]["value_form"].update(shape=[10**9, 10**9]),
    "a negative shape": lambda d: d["tensors"][0]["value_form"].update(shape=[-1]),
    "ragged numbers": lambda d: (
        d["tensors"][0].update(value=[[1, 2], [3]]),
        d["tensors"][0]["value_form"].update(shape=[2, 2]),
    ),
    "words for numbers": lambda d: d["tensors"][0].update(value="os.system('true')"),
    "a list for a complex number": lambda d: d["tensors"][0]["value_form"].update(encoding="<c8"),
    "bits that are none": lambda d: d["tensors"][0]["value_form"].update(bits="§"),
    "too few bits": lambda d: d["tensors"][0]["value_form"].update(bits="AAAA"),
    "an unknown cause": lambda d: d["gradient_calls"][0]["sources"][1]["why_none"].update(cause="magic"),
    "a number beyond all bounds": lambda d: d["ops"][0].update(id=10**40),
    "another format": lambda d: d.update(format="notebook"),
    "an assignment of nothing": lambda d: d["assignments"][0].update(value_form=None),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_document_is_refused_in_one_sentence(tape: Path, change: Callable[[dict[str, Any]], None]) -> None:
    rewritten(tape, change)
    with pytest.raises(UnreadableFile, match=SENTENCE):
        load_recording(tape)


def test_a_newer_version_says_that_tapeviz_is_to_be_updated(tape: Path) -> None:
    rewritten(tape, lambda document: document.update(version=3, ops="in a form of the future"))
    with pytest.raises(UnreadableFile, match=r"newer tapeviz \(version 3 .* update tapeviz"):
        load_recording(tape)


def test_deeply_nested_json_is_refused(tape: Path) -> None:
    with zipfile.ZipFile(tape, "w") as archive:
        archive.writestr("recording.json", "[" * 100_000)
    with pytest.raises(UnreadableFile, match=SENTENCE):
        load_recording(tape)


@pytest.mark.parametrize("name", ["../../evil.py", "/etc/evil", "..\\..\\evil", "C:\\evil", "arrays/../../evil.npy"])
def test_an_entry_that_points_outside_is_refused(tape: Path, name: str) -> None:
    with zipfile.ZipFile(tape, "a") as archive:
        archive.writestr(name, "evil")
    with pytest.raises(UnreadableFile, match="points outside"):
        load_recording(tape)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tape: Path) -> None:
    with (
        zipfile.ZipFile(tape, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("recording.json", "w") as entry,
    ):
        for _ in range(520):
            entry.write(b" " * (1 << 20))
    assert tape.stat().st_size < 4 << 20
    with pytest.raises(UnreadableFile, match="would unpack to 520 MiB"):
        load_recording(tape)


def test_a_zip_that_lies_about_its_size_is_refused(tape: Path) -> None:
    content = bytearray(tape.read_bytes())
    central = content.find(b"PK\x01\x02")
    (size,) = struct.unpack_from("<I", content, central + 24)
    struct.pack_into("<I", content, central + 24, size // 2)
    tape.write_bytes(content)
    with pytest.raises(UnreadableFile, match="damaged"):
        load_recording(tape)


def test_a_zip_without_a_recording_is_refused(tape: Path) -> None:
    with zipfile.ZipFile(tape, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(UnreadableFile, match=SENTENCE):
        load_recording(tape)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"import tensorflow as tf\n" * 100, bytes(5000)])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lesson.tape"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=SENTENCE):
        load_recording(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="There is no file"):
        load_recording(tmp_path / "missing.tape")
    with pytest.raises(UnreadableFile, match="is not a file"):
        load_recording(tmp_path)


def npy(array: Any, *, is_pickled: bool = False) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=is_pickled)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        npy(np.array([{"a": 1}], dtype=object), is_pickled=True),
        npy(np.zeros((70, 71), "<f4")),
        npy(np.zeros((70, 70), "<f8")),
        npy(np.zeros((70, 70), "<f4"))[:-1],
        b"\x93NUMPY\x09\x09",
        b"",
    ],
    ids=["pickled", "another shape", "another layout", "cut off", "a version of the future", "empty"],
)
def test_an_array_that_is_not_the_recorded_one_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "large.tape"
    save_recording(path, with_large(np.zeros((70, 70), "<f4")), {})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("arrays/8.npy", content)
    _, arrays = load_recording(path)
    with pytest.raises(UnreadableFile, match=SENTENCE):
        arrays[8]


def test_a_recording_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    with pytest.raises(UnwritableFile, match="there is no folder"):
        save_recording(tmp_path / "missing" / "lesson.tape", squared(), {})
