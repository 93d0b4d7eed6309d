"""Curvature at a point: an ellipse as wide as the objective is flat, along the eigenvectors of the Hessian."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from tapeviz.model.landscape import Curvature
from tapeviz.model.numbers import format_number
from tapeviz.model.terrain_words import curvature_words
from tapeviz.paint.descent.labels import kept_within, label_box, paint_label
from tapeviz.paint.descent.marks import seen_at
from tapeviz.paint.descent.plot_area import Ink, PlotArea
from tapeviz.paint.descent.projection import Projection
from tapeviz.paint.fonts import SANS

Numbers = npt.NDArray[Any]

REACH = 74.0
"""Pixels from the point to the far end of the ellipse."""

WORDS = 11.5
_LEAST_SHARE = 0.02
"""An ellipse is drawn no thinner than this, whatever the condition number."""

_POINTS = 96


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ellipse:
    """The set on which the second-order part of the objective is ±1, on a plane, times a factor.

    Parameters
    ----------
    eigenvalues : array of shape (2,)
        Of the Hessian on the plane, ascending.
    axes : array of shape (2, 2)
        Half an axis for each eigenvalue, in coordinates of the plane: √(1/|λ|) long before the factor.
    """

    eigenvalues: Numbers
    axes: Numbers


def ellipse_of(curvature: Curvature, projection: Projection) -> Ellipse | None:
    """Cut the ellipse of a curvature with the plane; None where the Hessian is not known there.

    For a quadratic ½ xᵀHx the level set x ᵀHx = 1 has half axes 1/√λ along the eigenvectors of H (any textbook on
    conics; here H is that of the plane, Dᵀ H D).
    """
    hessian = projection.second_derivatives(np.array(curvature.eigenvalues), np.array(curvature.eigenvectors))
    if hessian.shape != (2, 2) or not np.isfinite(hessian).all():
        return None
    eigenvalues, eigenvectors = np.linalg.eigh(hessian)
    largest = float(np.abs(eigenvalues).max())
    if largest == 0:
        return None
    reach = 1 / np.sqrt(np.maximum(np.abs(eigenvalues), largest * _LEAST_SHARE**2))
    return Ellipse(eigenvalues=eigenvalues, axes=eigenvectors.T * reach[:, None])


def paint_curvature(painter: QPainter, curvature: Curvature, projection: Projection, area: PlotArea, ink: Ink) -> None:
    """Paint ellipse and eigenvectors at a point, each with its eigenvalue; dashed along those that curve downwards."""
    at = seen_at(curvature.position, projection, area)
    ellipse = ellipse_of(curvature, projection)
    if at is None or ellipse is None:
        return
    scale = np.array([area.box.width() / area.across.span, -area.box.height() / area.up.span])
    axes = ellipse.axes * scale
    axes *= ink.px(REACH) / max(float(np.hypot(*axes.T).max()), 1e-300)
    painter.save()
    painter.setClipRect(area.box)
    _paint_ellipse(painter, at, axes, ink)
    for eigenvalue, axis in zip(ellipse.eigenvalues.tolist(), axes, strict=True):
        _paint_axis(painter, at, axis, eigenvalue, area, ink)
    painter.restore()


def paint_curvature_words(
    painter: QPainter, curvature: Curvature, area: PlotArea, ink: Ink, *, is_on_top: bool
) -> None:
    """Write how curved it is, and the largest stable learning rate: into the lower left corner, or in the middle above.

    Over a line the corners are where the curve is.
    """
    room = area.box.adjusted(ink.px(5), ink.px(5), -ink.px(5), -ink.px(5))
    line = ink.px(WORDS * 1.6)
    for row, text in enumerate(curvature_words(curvature)):
        if is_on_top:
            wanted = QPointF(room.center().x(), room.top() + (row + 0.5) * line)
        else:
            wanted = QPointF(room.left(), room.bottom() - (1.5 - row) * line)
        middle = kept_within(wanted, text, ink, WORDS, room, SANS)
        paint_label(painter, middle, text, ink, WORDS, ink.theme.accent, SANS)


def _paint_ellipse(painter: QPainter, at: QPointF, axes: Numbers, ink: Ink) -> None:
    angles = np.linspace(0, 2 * math.pi, _POINTS, endpoint=False)
    points = np.cos(angles)[:, None] * axes[0] + np.sin(angles)[:, None] * axes[1]
    path = QPainterPath(at + QPointF(*points[0].tolist()))
    for x, y in points[1:].tolist():
        path.lineTo(at + QPointF(x, y))
    path.closeSubpath()
    fill = QColor(ink.theme.accent)
    fill.setAlphaF(0.14)
    painter.setBrush(fill)
    for colour, width in ((ink.theme.canvas, 4.0), (ink.theme.accent, 1.8)):
        painter.setPen(QPen(QColor(colour), ink.line(width)))
        painter.drawPath(path)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_axis(painter: QPainter, at: QPointF, axis: Numbers, eigenvalue: float, area: PlotArea, ink: Ink) -> None:
    end = QPointF(*axis.tolist())
    pen = QPen(QColor(ink.theme.accent), ink.line(1.8))
    if eigenvalue < 0:
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawLine(at - end, at + end)
    length = math.hypot(end.x(), end.y()) or 1.0
    away = end * ((length + ink.px(26)) / length) if length > 1 else QPointF(ink.px(26), 0)
    text = f"λ = {format_number(eigenvalue)}"
    middle = at + away if _fits(at + away, text, area, ink) else at - away
    middle = kept_within(middle, text, ink, WORDS, area.box, SANS)
    paint_label(painter, middle, text, ink, WORDS, ink.theme.accent, SANS)


def _fits(middle: QPointF, text: str, area: PlotArea, ink: Ink) -> bool:
    return area.box.contains(label_box(middle, text, ink, WORDS, SANS))
