"""Qt's paths and lines out of NumPy arrays, without a Python object for every point."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QDataStream, QIODevice, QLineF, Qt
from PySide6.QtGui import QPaintEngine, QPainter, QPainterPath, QPen

Numbers = npt.NDArray[Any]

_ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
_MOVE, _LINE = 0, 1


def path_of(parts: Sequence[Numbers], fill: Qt.FillRule = Qt.FillRule.OddEvenFill) -> QPainterPath:
    """Join the points of each part, shape (n, 2), by lines; a part that ends where it began is closed."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return QPainterPath()
    points = np.concatenate(parts)
    starts = np.concatenate(([0], np.cumsum([len(part) for part in parts])))
    elements = np.empty(len(points), dtype=_ELEMENT)
    elements["kind"] = _LINE
    elements["kind"][starts[:-1]] = _MOVE
    elements["x"], elements["y"] = points[:, 0], points[:, 1]
    return _path(elements, int(starts[-2]), fill)


def _path(elements: Numbers, last_start: int, fill: Qt.FillRule = Qt.FillRule.OddEvenFill) -> QPainterPath:
    """Read a path from a stream as Qt writes it.

    That is (QPainterPath's ``operator<<``) the number of its elements, for each whether it moves or draws and where
    to, where the last part begins, and how it is filled.
    """
    path = QPainterPath()
    tail = struct.pack(">ii", last_start, fill.value)
    content = QByteArray(struct.pack(">i", len(elements)) + elements.tobytes() + tail)
    stream = QDataStream(content, QIODevice.OpenModeFlag.ReadOnly)
    stream >> path
    return path


def draw_hairlines(painter: QPainter, lines: Numbers) -> None:
    """Draw lines given by their ends, shape (n, 4), one pixel wide: any number of them in a moment."""
    if not len(lines):
        return
    painter.setPen(QPen(painter.pen().color(), 1.0))
    _draw_pairs(painter, lines)


def _draw_pairs(painter: QPainter, lines: Numbers) -> None:
    elements = np.empty(2 * len(lines), dtype=_ELEMENT)
    elements["kind"] = np.tile([_MOVE, _LINE], len(lines))
    elements["x"], elements["y"] = lines.reshape(-1, 2).T
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_path(elements, len(elements) - 2))


def draw_lines(painter: QPainter, lines: Numbers) -> None:
    """Draw lines given by their ends, shape (n, 4); on pixels each by itself, for wide pens are slow on long paths.

    On paper they are one path, which keeps a drawing small.
    """
    if not len(lines):
        return
    if painter.paintEngine().type() == QPaintEngine.Type.Raster:
        painter.drawLines([QLineF(*ends) for ends in lines.tolist()])
    else:
        _draw_pairs(painter, lines)
