"""Finding what has to be painted again: which of many rectangles an area touches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF

Bounds = npt.NDArray[np.float64]
"""One row (left, top, right, bottom) for each rectangle."""


def bounds_of(rectangles: list[QRectF]) -> Bounds:
    """Lay the sides of rectangles out as an array of shape (rectangles, 4)."""
    sides = [(area.left(), area.top(), area.right(), area.bottom()) for area in rectangles]
    return np.array(sides, dtype=np.float64).reshape(-1, 4)


def touched(bounds: Bounds, area: QRectF) -> Iterator[int]:
    """Give the numbers of the rectangles that an area touches, in their order."""
    inside = (
        (bounds[:, 0] <= area.right())
        & (bounds[:, 2] >= area.left())
        & (bounds[:, 1] <= area.bottom())
        & (bounds[:, 3] >= area.top())
    )
    return iter(np.flatnonzero(inside).tolist())
