"""Where the files that ship with tapeviz lie."""

from __future__ import annotations

from pathlib import Path

import tapeviz


def resource_path(*parts: str) -> Path:
    """Give the path of a shipped file or folder, as in ``resource_path("lessons", "01-first-tape.py")``.

    An installed tapeviz carries its resources inside the package; in a checkout they stand beside it.
    """
    package = Path(tapeviz.__file__).resolve().parent
    inside = package / "resources"
    return (inside if inside.is_dir() else package.parent / "resources").joinpath(*parts)
