"""Long lines cut down to what can be seen of them, and cut into dashes, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF

Numbers = npt.NDArray[Any]

FINEST = 1.0
"""Pixels: a point that lies in the same square of this side as the one before it is left out."""

LEAP = 3.0
"""Pixels: where a step this long begins, the point before it is kept, so that the line leaves from the right place."""

MAX_DASHES = 20_000
"""A line of more dashes than this goes over itself again and again, and is drawn solid."""


def thinned(points: Numbers) -> Numbers:
    """Say which of the points, shape (n, 2) in pixels, are needed: the first, the last, and those that moved.

    Returns
    -------
    array of int
        Ascending places in `points`; one that is not finite is kept, for the line breaks there.
    """
    if len(points) < 3:
        return np.arange(len(points))
    with np.errstate(all="ignore"):
        squares = np.where(np.isfinite(points), np.clip(np.floor(points / FINEST), -1e9, 1e9), np.inf)
        has_moved = np.any(squares[1:] != squares[:-1], axis=1)
        has_leapt = np.abs(np.diff(points, axis=0)).max(axis=1) >= LEAP
    is_needed = np.concatenate(([True], has_moved))
    is_needed[:-1] |= has_leapt | ~np.isfinite(points[1:]).all(axis=1)
    is_needed[-1] = True
    return np.flatnonzero(is_needed)


def lines_between(points: Numbers, view: QRectF) -> Numbers:
    """Join points by lines and cut them off at a view (by the algorithm of Liang and Barsky).

    Parameters
    ----------
    points : array of shape (n, 2)
        In pixels. No line goes to or from one that is not finite.
    view : QRectF

    Returns
    -------
    array of shape (m, 4)
        What can be seen, by the ends (x, y, x, y) of each piece, in order.
    """
    starts, ends = points[:-1], points[1:]
    is_whole = np.isfinite(starts).all(axis=1) & np.isfinite(ends).all(axis=1)
    starts, ends = starts[is_whole], ends[is_whole]
    lows, highs = np.array([view.left(), view.top()]), np.array([view.right(), view.bottom()])
    with np.errstate(all="ignore"):
        steps = ends - starts
        first, second = (lows - starts) / steps, (highs - starts) / steps
        is_still = steps == 0
        is_between = (starts >= lows) & (starts <= highs)
        enters = np.where(is_still, np.where(is_between, -np.inf, np.inf), np.minimum(first, second)).max(axis=1)
        leaves = np.where(is_still, np.inf, np.maximum(first, second)).min(axis=1)
        enters, leaves = np.clip(enters, 0, 1), np.clip(leaves, 0, 1)
        is_seen = enters < leaves
        begin = np.where(enters[:, None] == 0, starts, starts + enters[:, None] * steps)
        end = np.where(leaves[:, None] == 1, ends, starts + leaves[:, None] * steps)
    return np.asarray(np.concatenate([begin, end], axis=1)[is_seen])


def lengths_of(lines: Numbers) -> Numbers:
    """Measure lines of shape (n, 4)."""
    return np.asarray(np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]))


def dashed(lines: Numbers, dash: Sequence[float], travelled: float) -> Numbers:
    """Cut lines of shape (n, 4) into dashes that go on over their corners.

    Parameters
    ----------
    dash : sequence of float
        Lengths of lines and gaps in turn; empty for a solid line.
    travelled : float
        How long the line was before the first of them.
    """
    period = sum(dash)
    lengths = lengths_of(lines)
    ends = travelled + np.cumsum(lengths)
    if not len(lines) or not dash or lengths.sum() > MAX_DASHES * period:
        return lines
    starts = ends - lengths
    turns = np.concatenate(([0.0], np.cumsum(dash)))[:-1]
    laps = np.arange(np.floor(travelled / period), np.floor(ends[-1] / period) + 1)
    breaks = (laps[:, None] * period + turns).ravel()
    cuts = np.unique(np.concatenate([starts, ends[-1:], breaks[(breaks > starts[0]) & (breaks < ends[-1])]]))
    middles = (cuts[1:] + cuts[:-1]) / 2
    turn = np.searchsorted(turns, np.mod(middles, period), side="right") - 1
    is_drawn = turn % 2 == 0
    line = np.clip(np.searchsorted(starts, middles, side="right") - 1, 0, len(lines) - 1)[is_drawn]
    return np.concatenate(
        [
            _along(lines, starts, lengths, line, cuts[:-1][is_drawn]),
            _along(lines, starts, lengths, line, cuts[1:][is_drawn]),
        ],
        axis=1,
    )


def _along(lines: Numbers, starts: Numbers, lengths: Numbers, line: Numbers, at: Numbers) -> Numbers:
    length = lengths[line]
    shares = np.divide(at - starts[line], length, out=np.zeros_like(at), where=length > 0)
    shares = np.clip(shares, 0, 1)[:, None]
    return np.asarray(lines[line, :2] + shares * (lines[line, 2:] - lines[line, :2]))


def points_along(lines: Numbers, travelled: float, spacing: float) -> tuple[Numbers, Numbers]:
    """Find the points every `spacing` pixels along lines, and the unit vectors in which those go there.

    Returns
    -------
    points, directions : arrays of shape (m, 2)
    """
    lengths = lengths_of(lines)
    ends = travelled + np.cumsum(lengths)
    if not len(lines) or ends[-1] == travelled:
        return np.empty((0, 2)), np.empty((0, 2))
    starts = ends - lengths
    at = spacing * (np.arange(np.floor(travelled / spacing), np.floor(ends[-1] / spacing)) + 1)
    at = at[-MAX_DASHES:]
    line = np.clip(np.searchsorted(ends, at), 0, len(lines) - 1)
    steps = lines[line, 2:] - lines[line, :2]
    return _along(lines, starts, lengths, line, at), steps / np.maximum(lengths[line], 1e-12)[:, None]


def newcomers(points: Numbers, side: float, taken: set[int]) -> Numbers:
    """Say which points are the first in their square of that side; `taken` remembers the squares from call to call."""
    if not len(points):
        return np.empty(0, dtype=np.intp)
    squares = np.floor(np.clip(points / side, -1e6, 1e6)).astype(np.int64)
    keys = squares[:, 0] * 4_000_003 + squares[:, 1]
    unique, first = np.unique(keys, return_index=True)
    chosen = [place for key, place in zip(unique.tolist(), first.tolist(), strict=True) if key not in taken]
    taken.update(unique.tolist())
    return np.sort(np.array(chosen, dtype=np.intp))
