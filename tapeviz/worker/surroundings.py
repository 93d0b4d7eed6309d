"""What a lesson finds around it: its own folder, an empty argument list, fresh modules of its own."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def lesson_surroundings(name: str, folder: str | None, working_folder: str | None = None) -> Iterator[None]:
    """Run what is inside as ``python name`` would, and put all back as it was.

    The lesson imports from `folder`, where it lies; it runs in `working_folder`, or in `folder` where that is None.

    Modules that the lesson imports from its folder are forgotten afterwards, so that an edited one counts at the next
    run. A folder that is not there is passed over: the text may come from a recording made elsewhere.
    """
    before = Path.cwd(), sys.path.copy(), sys.argv, dict(os.environ)
    known = set(sys.modules)
    place = _folder_of(name, folder)
    sys.argv = [name]
    if working_folder or place:
        os.chdir(working_folder or place or ".")
    if place:
        sys.path.insert(0, str(place))
    try:
        with warnings.catch_warnings():  # which has every warning shown anew, too
            yield
    finally:
        left_folder, sys.path[:], sys.argv, environment = before
        os.chdir(left_folder)
        os.environ.clear()
        os.environ.update(environment)
        if place:
            _forget_modules(place, known)


def _folder_of(name: str, folder: str | None) -> Path | None:
    place = Path(folder) if folder else Path(name).parent
    return place if place.is_absolute() and place.is_dir() else None


def _forget_modules(place: Path, known: set[str]) -> None:
    for name in sys.modules.keys() - known:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(place):
            del sys.modules[name]
