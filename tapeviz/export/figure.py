"""One picture of the graph for slides and handouts: laid out for its paper, text as text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.export.panel import Panel, divided, panels_of
from tapeviz.export.paper import DEFAULT_SIZE, ensure_application, image_of, write_picture
from tapeviz.model.compare_state import comparison_caption
from tapeviz.model.explain import caption
from tapeviz.model.explanation import Caption
from tapeviz.model.path_words import path_caption
from tapeviz.model.recording import Recording
from tapeviz.model.scene import Scene, scene_of
from tapeviz.paint.caption_painter import caption_height, paint_caption, paint_title
from tapeviz.paint.theme import Theme, theme_of

MARGIN = 40.0
TITLE_HEIGHT = 56.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    """Everything one figure shows, and how large it is."""

    panels: tuple[Panel, ...]
    caption: Caption
    theme: Theme
    size: tuple[int, int]
    title: str
    is_transparent: bool


def render_figure(
    recording: Recording,
    out: Path,
    *,
    step: int | None = None,
    call: int | None = None,
    row: int | None = None,
    accumulator: int | None = None,
    path: tuple[str, int] | None = None,
    size: tuple[int, int] | None = None,
    scale: float = 1.0,
    theme: str = "light",
    is_transparent: bool = False,
    title: str = "",
) -> None:
    """Write a picture of one step; the ending of `out` (.png, .svg, .pdf) says as what.

    Parameters
    ----------
    step, call : int or None
        Step of the timeline (None: the last) of a gradient call (None: the first).
    row : int or None
        Row of a Jacobian (None: the first).
    accumulator : int or None
        A ``ForwardAccumulator`` to show in place of a call.
    path : (str, int) or None
        Mark a path to the source of that name: its number, from 1, the largest first.
    size : (int, int) or None
        Width and height in pixels before `scale`, which a PNG is multiplied by; None for 1600 × 900.
    title : str
        A line above the picture; empty for none.

    Raises
    ------
    ValueError
        Where there is no such step, call, theme or file kind; the message is a sentence.
    UnwritableFile
        Where `out` cannot be written.
    """
    render_scene(
        scene_of(recording, step=step, call=call, row=row, accumulator=accumulator, path=path),
        out,
        size=size,
        scale=scale,
        theme=theme,
        is_transparent=is_transparent,
        title=title,
    )


def render_scene(
    scene: Scene,
    out: Path,
    *,
    size: tuple[int, int] | None = None,
    scale: float = 1.0,
    theme: str = "light",
    is_transparent: bool = False,
    title: str = "",
) -> None:
    """Write a picture of a scene as it is shown; see `render_figure`."""
    size = size or DEFAULT_SIZE
    ensure_application()
    figure = _compose(scene, size, theme, title, is_transparent)
    write_picture(out, lambda painter: _paint(painter, figure), size=size, scale=scale, title=title)


def scene_image(
    scene: Scene, *, size: tuple[int, int] | None = None, scale: float = 1.0, theme: str = "light"
) -> QImage:
    """Paint the picture of a scene as an opaque image, ready for the clipboard; see `render_figure`."""
    ensure_application()
    figure = _compose(scene, size or DEFAULT_SIZE, theme, "", False)
    return image_of(lambda painter: _paint(painter, figure), figure.size, scale)


def _compose(scene: Scene, size: tuple[int, int], theme: str, title: str, is_transparent: bool) -> _Figure:
    return _Figure(
        panels=panels_of(scene, size),
        caption=_caption_of(scene),
        theme=theme_of(theme),
        size=size,
        title=title,
        is_transparent=is_transparent,
    )


def _caption_of(scene: Scene) -> Caption:
    if scene.beside is not None:
        return comparison_caption(scene.beside)
    if scene.path is not None:
        return path_caption(scene.graph, *scene.path)
    return caption(scene.recording, scene.graph, scene.timeline, scene.playhead)


def _paint(painter: QPainter, figure: _Figure) -> None:
    """Paint the figure in its own pixels: title, graphs, caption from top to bottom."""
    width, height = float(figure.size[0]), float(figure.size[1])
    if not figure.is_transparent:
        painter.fillRect(QRectF(0, 0, width, height), QColor(figure.theme.canvas))
    top = MARGIN / 2
    if figure.title:
        paint_title(painter, QPointF(MARGIN, top + TITLE_HEIGHT / 2), figure.title, figure.theme)
        top += TITLE_HEIGHT
    foot = caption_height(figure.caption, width - 2 * MARGIN)
    area = QRectF(MARGIN, top, width - 2 * MARGIN, height - top - foot - MARGIN)
    for panel, place in zip(figure.panels, divided(figure.panels, area), strict=True):
        panel.paint(painter, place, figure.theme)
    paint_caption(
        painter, QRectF(MARGIN, height - foot - MARGIN / 2, width - 2 * MARGIN, foot), figure.caption, figure.theme
    )
