"""What can go wrong with a file, told as one sentence that the window and the command line show as it is."""

from __future__ import annotations

from pathlib import Path


class UnreadableFile(Exception):  # noqa: N818 - what it says, not what it is
    """A file cannot be read; the text is one sentence that names the file and says what mends it."""


class UnwritableFile(Exception):  # noqa: N818
    """A file cannot be written; the text is one sentence that names the file and says what mends it."""


def reading_failed(path: Path, error: OSError) -> UnreadableFile:
    """Turn what the operating system said about reading `path` into a sentence."""
    match error:
        case FileNotFoundError():
            return UnreadableFile(f"There is no file {path}.")
        case IsADirectoryError():
            return UnreadableFile(f"{path} is a folder, not a file.")
        case PermissionError():
            return UnreadableFile(f"{path} may not be read by you; change its permissions or copy it elsewhere.")
    return UnreadableFile(f"{path} cannot be read: {error.strerror or error}.")


def writing_failed(path: Path, error: OSError) -> UnwritableFile:
    """Turn what the operating system said about writing `path` into a sentence."""
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return UnwritableFile(f"{path} cannot be written: there is no folder {path.parent}; make it first.")
        case IsADirectoryError():
            return UnwritableFile(f"{path} is a folder; give the name of a file.")
        case PermissionError():
            return UnwritableFile(f"{path} cannot be written: you may not write into {path.parent}.")
    return UnwritableFile(f"{path} cannot be written: {error.strerror or error}.")
