"""One picture of a descent for slides and handouts: landscape, trajectories, curves, text as text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.export.paper import DEFAULT_SIZE, ensure_application, image_of, write_picture
from tapeviz.model.descent_scene import closing_words, ways_of
from tapeviz.model.descent_state import DescentState
from tapeviz.model.explanation import Caption
from tapeviz.paint.caption_painter import caption_height, paint_caption, paint_title
from tapeviz.paint.descent.picture import paint_descent
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.descent.terrain import paint_ground, paint_marks, paint_trails, terrain_of
from tapeviz.paint.theme import theme_of

MARGIN = 40.0
TITLE_HEIGHT = 56.0
INK_SCALE = 1.4
"""On paper and slides words are so many times as large as at a desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    descent: DescentState
    ink: Ink
    size: tuple[int, int]
    title: str
    is_transparent: bool


def render_descent(
    descent: DescentState,
    out: Path,
    *,
    size: tuple[int, int] | None = None,
    scale: float = 1.0,
    theme: str = "light",
    is_transparent: bool = False,
    title: str = "",
) -> None:
    """Write a picture of a descent; the ending of `out` (.png, .svg, .pdf) says as what. Needs no window.

    Parameters
    ----------
    descent : DescentState
        What is shown: landscape, trajectories as far as the clock, and how they are looked at.
    size : (int, int) or None
        Width and height in pixels before `scale`, which a PNG is multiplied by; None for 1600 × 900.
    title : str
        A line above the picture; empty for none.

    Raises
    ------
    ValueError
        Where there is no such theme or file kind; the message is a sentence.
    UnwritableFile
        Where `out` cannot be written.
    """
    size = size or DEFAULT_SIZE
    ensure_application()
    figure = _Figure(
        descent=descent,
        ink=Ink(theme=theme_of(theme), scale=INK_SCALE),
        size=size,
        title=title,
        is_transparent=is_transparent,
    )
    write_picture(out, lambda painter: _paint(painter, figure), size=size, scale=scale, title=title)


def descent_image(
    descent: DescentState, *, size: tuple[int, int] | None = None, scale: float = 1.0, theme: str = "light"
) -> QImage:
    """Paint a descent as an opaque image, ready for the clipboard; see `render_descent`."""
    size = size or DEFAULT_SIZE
    ensure_application()
    ink = Ink(theme=theme_of(theme), scale=INK_SCALE)
    figure = _Figure(descent=descent, ink=ink, size=size, title="", is_transparent=False)
    return image_of(lambda painter: _paint(painter, figure), size, scale)


def render_terrain(descent: DescentState, out: Path, *, size: tuple[int, int], theme: str) -> None:
    """Write a picture of the landscape with its trajectories and nothing beside it; the background is left out."""
    ensure_application()
    ink = Ink(theme=theme_of(theme), scale=INK_SCALE)

    def paint(painter: QPainter) -> None:
        terrain = terrain_of(descent, QRectF(0, 0, *size), ink)
        if terrain is not None:
            paint_ground(painter, descent, terrain, ink)
            paint_trails(painter, ways_of(descent), terrain, ink)
            paint_marks(painter, descent, terrain, ink)

    write_picture(out, paint, size=size, scale=1.0, title="")


def _paint(painter: QPainter, figure: _Figure) -> None:
    """Paint the figure in its own pixels: title, plots, and what the selected racer came to, from top to bottom."""
    width, height = float(figure.size[0]), float(figure.size[1])
    theme = figure.ink.theme
    if not figure.is_transparent:
        painter.fillRect(QRectF(0, 0, width, height), QColor(theme.canvas))
    top = MARGIN / 2
    if figure.title:
        paint_title(painter, QPointF(MARGIN, top + TITLE_HEIGHT / 2), figure.title, theme)
        top += TITLE_HEIGHT
    words = closing_words(figure.descent)
    foot = 0.0
    if words is not None:
        caption = Caption(heading=words[0], text=words[1], tone="accent")
        foot = caption_height(caption, width - 2 * MARGIN)
        place = QRectF(MARGIN, height - foot - MARGIN / 2, width - 2 * MARGIN, foot)
        paint_caption(painter, place, caption, theme)
    box = QRectF(MARGIN, top, width - 2 * MARGIN, height - top - foot - MARGIN)
    paint_descent(painter, box, figure.descent, figure.ink)
