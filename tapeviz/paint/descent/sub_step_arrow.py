"""The arrow of one sub-step of an iteration, from the iterate that the iteration leaves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from tapeviz.model.descent_state import DescentState, Explained
from tapeviz.model.iterate_story import SubStep, story_of
from tapeviz.paint.descent.labels import label_box, paint_label
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.plot_area import Ink, PlotArea
from tapeviz.paint.descent.projection import Projection
from tapeviz.paint.descent.trails import paint_head
from tapeviz.paint.fonts import SANS

Numbers = npt.NDArray[Any]

LENGTH = 78.0
SHARE = 0.22
"""Pixels of an arrow of which only the direction says something, and its share of the plot where that is more."""

SHORTEST = 30.0
"""A step shorter than so many pixels is drawn longer, if there is room, and says how many times."""

_LINE = 3.0
_HEAD = 12.0
_WORDS = 12.0


def sub_step_shown(descent: DescentState) -> tuple[Explained, SubStep] | None:
    """Give the sub-step that is looked at; None where none is, or the clock stands elsewhere."""
    explained = descent.explained
    if not descent.view.has_sub_steps or explained is None or explained.opened is None:
        return None
    trajectory = descent.trajectory_of(explained.look)
    if explained.race != descent.race or trajectory is None or not trajectory.count:
        return None
    if explained.iterate != min(descent.shown, trajectory.count - 1):
        return None
    return explained, story_of(explained.opened)[explained.sub_step]


def arrow_words(step: SubStep, magnified: float) -> str:
    """Say what an arrow is: ``Step``, ``Step, 20 times as long``; of a gradient that it points uphill."""
    if not step.is_move:
        return f"{step.title}: its direction"
    return step.title if magnified == 1 else f"{step.title}, drawn {magnified:g} times as long"


def magnification(length: float, shortest: float, longest: float = math.inf) -> float:
    """Give the factor 1, 2, 5, 10, 20 ... that brings a length to `shortest` at least, and not over `longest`."""
    if length >= shortest or length <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(shortest / length))
    factors = [factor * power for factor in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)]
    enough = next(factor for factor in factors if factor * length >= shortest)
    return max((factor for factor in factors if 1 <= factor <= enough and factor * length <= longest), default=1.0)


def paint_sub_step(
    painter: QPainter, descent: DescentState, projection: Projection, area: PlotArea, ink: Ink, *, is_line: bool
) -> None:
    """Paint the arrow of the sub-step that is looked at: a step to scale, anything else by its direction."""
    shown = sub_step_shown(descent)
    if shown is None or shown[0].opened is None or shown[1].vector is None:
        return
    explained, step = shown
    opened, vector = explained.opened, step.vector
    assert opened is not None and vector is not None
    start = _start(opened.position.array, opened.loss, projection, area, is_line=is_line)
    way = _pixels_along(projection.along(vector[None])[0], area)
    length = math.hypot(*way)
    if start is None or not math.isfinite(length) or length == 0:
        return
    direction = np.array(way) / length
    room = _room(start, direction, area.box)
    magnified = magnification(length, ink.px(SHORTEST), room) if step.is_move else 1.0
    wanted = max(ink.px(LENGTH), SHARE * min(area.box.width(), area.box.height()))
    drawn = length * magnified if step.is_move else min(wanted, max(room, ink.px(SHORTEST)))
    colour = look_of(explained.look, ink.theme).colour if step.is_move else ink.theme.backward
    tip = start + QPointF(way[0], way[1]) * (drawn / length)
    painter.save()
    painter.setClipRect(area.box)
    _paint_arrow(painter, start, tip, direction, colour, ink)
    painter.restore()
    _paint_words(painter, start, tip, arrow_words(step, magnified), colour, area.box, ink)


def _start(position: Numbers, loss: float, projection: Projection, area: PlotArea, *, is_line: bool) -> QPointF | None:
    x, *rest = projection.placed(position[None])[0].tolist()
    y = loss if is_line else rest[0]
    at = area.point(x, y)
    return at if area.box.contains(at) else None


def _pixels_along(along: Numbers, area: PlotArea) -> tuple[float, float]:
    across = float(along[0]) * area.box.width() / area.across.span
    up = float(along[1]) * area.box.height() / area.up.span if len(along) > 1 else 0.0
    return across, -up


def _room(start: QPointF, direction: Numbers, box: QRectF) -> float:
    """Measure how far it is to the edge of the plot."""
    ends = (box.right() if direction[0] > 0 else box.left(), box.bottom() if direction[1] > 0 else box.top())
    places = zip(ends, (start.x(), start.y()), direction.tolist(), strict=True)
    ways = [(end - at) / part for end, at, part in places if part]
    return min(ways, default=math.inf)


def _paint_arrow(painter: QPainter, start: QPointF, tip: QPointF, direction: Numbers, colour: str, ink: Ink) -> None:
    """Paint a shaft on the colour of the page, and a head where there is room for one."""
    back = tip - QPointF(*(direction * ink.px(_HEAD) * 0.8).tolist())
    for shade, width in ((ink.theme.canvas, _LINE + 3.5), (colour, _LINE)):
        painter.setPen(QPen(QColor(shade), ink.line(width)))
        painter.drawLine(start, back)
    paint_head(painter, tip, direction, colour, ink, _HEAD)


def _paint_words(
    painter: QPainter, start: QPointF, tip: QPointF, words: str, colour: str, within: QRectF, ink: Ink
) -> None:
    """Write what an arrow is beyond its tip, or behind its tail where the plot has no room there."""
    box = label_box(tip, words, ink, _WORDS, SANS)
    gap = ink.px(10)
    down = 1.0 if tip.y() >= start.y() else -1.0
    reach = down * (box.height() / 2 + gap)
    y = tip.y() + reach
    if not within.top() + gap <= y - box.height() / 2 <= y + box.height() / 2 <= within.bottom() - gap:
        y = start.y() - reach
    left, right = within.left() + box.width() / 2 + gap, within.right() - box.width() / 2 - gap
    x = min(max(tip.x(), left), max(left, right))
    paint_label(painter, QPointF(x, y), words, ink, _WORDS, colour, SANS)
