"""Hatching of parts of a grid: diagonal lines where a mask holds, the same on screen and paper."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF

Numbers = npt.NDArray[Any]

_SAMPLE = 1.5
"""Pixels from one look at the mask to the next along a line."""


def hatch_lines(mask: Numbers, place: QRectF, view: QRectF, spacing: float, degrees: float) -> Numbers:
    """Draw parallel lines over a view where a mask holds.

    Parameters
    ----------
    mask : bool array of shape (rows, columns)
        Rows from bottom to top.
    place : QRectF
        Where the first and the last points of the grid stand, in pixels.
    view : QRectF
        What can be seen, in pixels.
    spacing, degrees : float
        Pixels from line to line, and how steep they are: 0 lies flat, 45 rises to the right.

    Returns
    -------
    array of shape (n, 4)
        Lines by their ends (x, y, x, y), in pixels.
    """
    if not mask.any() or view.isEmpty():
        return np.empty((0, 4))
    along = np.array([math.cos(math.radians(degrees)), -math.sin(math.radians(degrees))])
    across = np.array([-along[1], along[0]])
    corners = np.array([[x, y] for x in (view.left(), view.right()) for y in (view.top(), view.bottom())])
    first, last = np.floor((corners @ across).min() / spacing), np.ceil((corners @ across).max() / spacing)
    offsets = spacing * np.arange(first, last + 1)
    steps = np.arange((corners @ along).min(), (corners @ along).max() + _SAMPLE, _SAMPLE)
    points = offsets[:, None, None] * across + steps[None, :, None] * along
    is_on = _looked_up(mask, place, points) & _within(view, points)
    edges = np.diff(np.pad(is_on, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    lines, starts = np.nonzero(edges == 1)
    _, ends = np.nonzero(edges == -1)
    return np.concatenate([points[lines, starts], points[lines, ends - 1]], axis=1)


def _looked_up(mask: Numbers, place: QRectF, points: Numbers) -> Numbers:
    rows, columns = mask.shape
    with np.errstate(invalid="ignore"):
        column = np.rint((points[..., 0] - place.left()) / place.width() * (columns - 1))
        row = np.rint((place.bottom() - points[..., 1]) / place.height() * (rows - 1))
    is_inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    found = mask[np.clip(row, 0, rows - 1).astype(np.intp), np.clip(column, 0, columns - 1).astype(np.intp)]
    return np.asarray(found & is_inside)


def _within(view: QRectF, points: Numbers) -> Numbers:
    x, y = points[..., 0], points[..., 1]
    return np.asarray((x >= view.left()) & (x <= view.right()) & (y >= view.top()) & (y <= view.bottom()))
