"""tapeviz for notebooks and scripts: record a lesson, look at the recording, open it in the window.

>>> from tapeviz.api import record
>>> recording = record("first.py")
>>> recording.gradient_calls[0].checked
True
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from tapeviz.client import run_once
from tapeviz.model.recording import Recording
from tapeviz.protocol.messages import RunLesson
from tapeviz.storage.tape_file import load_recording, save_recording
from tapeviz.storage.text_file import read_lesson

__all__ = ["Recording", "load", "record", "show"]


def record(
    lesson: str | Path,
    *,
    keep_going: bool = False,
    timeout: float | None = None,
    memory_limit: int | None = None,
    overrides: Mapping[str, str] | None = None,
    seed: int | None = None,
) -> Recording:
    r"""Run a lesson in a process of its own and return what its tapes saw.

    Parameters
    ----------
    lesson : str or Path
        A file, or the text of a lesson itself (a string with more than one line).
    keep_going : bool
        Run the cells after one that fails, too.
    timeout : float, seconds, optional
    memory_limit : int, MiB, optional
    overrides : mapping of str to str, optional
        Other values for variables of the lesson, as Python writes them: ``{"x": "2.5"}``.
    seed : int, optional
        Seeds as ``tf.keras.utils.set_random_seed`` does, before the first cell.

    Returns
    -------
    Recording
        Also where the lesson failed: see its `errors` and `ended_by`.

    Raises
    ------
    UnreadableFile
        Where `lesson` is a file that cannot be read.
    """
    name, text, folder = _lesson(lesson)
    return run_once(
        RunLesson(
            generation=1,
            name=name,
            text=text,
            keep_going=keep_going,
            overrides=dict(overrides or {}),
            seed=seed,
            timeout=timeout,
            memory_limit=memory_limit,
            folder=folder,
        )
    )


def _lesson(lesson: str | Path) -> tuple[str, str, str | None]:
    """Give the name, the text and the folder of a lesson."""
    if isinstance(lesson, str) and "\n" in lesson:
        return "lesson.py", lesson, None
    path = Path(lesson)
    return path.name, read_lesson(path), str(path.resolve().parent)


def load(path: str | Path) -> Recording:
    """Read a recording file; nothing in it is executed.

    Raises
    ------
    UnreadableFile
        Where it is no recording, damaged, hostile, or of a newer version.
    """
    recording, _ = load_recording(Path(path))
    return recording


def show(recording: Recording) -> int:
    """Open a recording in the window, and return when the window is closed."""
    from tapeviz.app import open_window

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{Path(recording.source.name).stem}.tape"
        save_recording(path, recording, {})
        return open_window(path)
