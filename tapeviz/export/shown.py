"""A figure of what is in front: a step of the tape's graph, or a race on its landscape."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage

from tapeviz.export.descent_figure import descent_image, render_descent
from tapeviz.export.figure import render_scene, scene_image
from tapeviz.model.descent_state import DescentState
from tapeviz.model.scene import Scene


def render_shown(
    shown: Scene | DescentState,
    out: Path,
    *,
    size: tuple[int, int] | None = None,
    scale: float = 1.0,
    theme: str = "light",
    is_transparent: bool = False,
    title: str = "",
) -> None:
    """Write a figure to a file; see `render_scene` and `render_descent`."""
    if isinstance(shown, DescentState):
        render_descent(shown, out, size=size, scale=scale, theme=theme, is_transparent=is_transparent, title=title)
    else:
        render_scene(shown, out, size=size, scale=scale, theme=theme, is_transparent=is_transparent, title=title)


def shown_image(shown: Scene | DescentState, *, scale: float = 1.0, theme: str = "light") -> QImage:
    """Paint a figure as an opaque image, ready for the clipboard."""
    if isinstance(shown, DescentState):
        return descent_image(shown, scale=scale, theme=theme)
    return scene_image(shown, scale=scale, theme=theme)
