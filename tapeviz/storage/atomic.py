"""Writing a file whole or not at all: a crash, a full disk or a pulled plug leaves the old file as it was."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from tapeviz.storage.problems import writing_failed


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Replace `path` by what `write` puts into the file it is handed.

    The new file is made in the same folder, forced to the disk and renamed over the old one, whose permissions it
    keeps. Behind a symbolic link the file is replaced, not the link.

    Raises
    ------
    UnwritableFile
        Where the folder is missing or may not be written, the disk is full, or `path` is a folder.
    """
    target = Path(os.path.realpath(path))
    descriptor, name = _part_file(path, target)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_permissions(target))
        Path(name).replace(target)
        _force_folder(target.parent)
    except OSError as error:
        raise writing_failed(path, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()


def check_writable(path: Path) -> None:
    """Find out before long work whether its result can be written to `path`.

    Raises
    ------
    UnwritableFile
        Where the folder is missing or may not be written, or `path` is a folder.
    """
    descriptor, name = _part_file(path, Path(os.path.realpath(path)))
    os.close(descriptor)
    Path(name).unlink()


def _part_file(path: Path, target: Path) -> tuple[int, str]:
    """Make an empty file beside `target`; give it open, and its name."""
    try:
        if target.is_dir():
            raise IsADirectoryError
        return tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise writing_failed(path, error) from error


def _permissions(target: Path) -> int:
    """Give the permissions of the file that is replaced, or those that a new file gets."""
    with contextlib.suppress(FileNotFoundError):
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _force_folder(folder: Path) -> None:
    """Make the renaming itself survive a power cut, where the system lets folders be synchronised."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
