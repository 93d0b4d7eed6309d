"""Qt's paths and lines out of NumPy arrays, without a Python object for every point."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QDataStream, QIODevice, QLineF, Qt
from PySide6.QtGui import QPainter, QPainterPath

Numbers = npt.NDArray[Any]

_ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
_MOVE, _LINE = 0, 1


def path_of(parts: Sequence[Numbers], fill: Qt.FillRule = Qt.FillRule.OddEvenFill) -> QPainterPath:
    """Join the points of each part, shape (n, 2), by lines; a part that ends where it began is closed.

    A path is read from a stream as Qt writes it (QPainterPath's ``operator<<``): the number of its elements, for each
    whether it moves or draws and where to, where the last part begins, and how it is filled.
    """
    parts = [part for part in parts if len(part)]
    path = QPainterPath()
    if not parts:
        return path
    points = np.concatenate(parts)
    starts = np.concatenate(([0], np.cumsum([len(part) for part in parts])))
    elements = np.empty(len(points), dtype=_ELEMENT)
    elements["kind"] = _LINE
    elements["kind"][starts[:-1]] = _MOVE
    elements["x"], elements["y"] = points[:, 0], points[:, 1]
    tail = struct.pack(">ii", int(starts[-2]), fill.value)
    content = QByteArray(struct.pack(">i", len(points)) + elements.tobytes() + tail)
    stream = QDataStream(content, QIODevice.OpenModeFlag.ReadOnly)
    stream >> path
    return path


def draw_lines(painter: QPainter, lines: Numbers) -> None:
    """Draw lines given by their ends, shape (n, 4), each by itself: wide pens are slow on long joined curves."""
    if len(lines):
        painter.drawLines([QLineF(*ends) for ends in lines.tolist()])
