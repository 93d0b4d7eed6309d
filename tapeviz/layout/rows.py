"""A long, thin graph is broken into rows, as a long sentence is, so that it can be read on a wide canvas."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from tapeviz.layout.channels import TRACK_PITCH, Crossing

ROW_GAP = 64.0
INDENT = 34.0
MAX_ROWS = 12
FEW_BROKEN_EDGES = 3
MAX_BROKEN_EDGES = 6
MIN_GAIN = 1.25
"""Rows have to make the picture larger by this factor, or the graph stays in one."""

CANVAS = (1000.0, 620.0)
MAX_ZOOM = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A layer: its extent along the flow, where the channel behind it ends, and its extent across the flow."""

    start: float
    end: float
    turn: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The layers from `first` to `last`, moved by `along` and `across`; what leaves it turns back below `bottom`.

    `gap` is the room between it and the next row.
    """

    first: int
    last: int
    along: float
    across: float
    bottom: float
    gap: float = ROW_GAP


def break_into_rows(spans: Sequence[Span], channels: Sequence[Sequence[Crossing]], is_down: bool) -> list[Row]:
    """Choose how many rows show the graph largest, and where they break.

    Parameters
    ----------
    spans : one per layer
    channels : the edges between each layer and the next
    is_down : whether the flow will run down the canvas instead of across it
    """
    whole = _rows(spans, [])
    width, height = CANVAS[::-1] if is_down else CANVAS
    best, largest = whole, _zoom(whole, spans, width, height) * MIN_GAIN
    for edges in (1, FEW_BROKEN_EDGES, MAX_BROKEN_EDGES):
        breaks = [k for k, channel in enumerate(channels) if len(channel) <= edges]
        gap = ROW_GAP + TRACK_PITCH * max(0, edges - FEW_BROKEN_EDGES)
        # Breaking several lines at once has to be worth it again.
        least = largest if edges == 1 or best is whole else largest * MIN_GAIN
        for count in range(2, min(MAX_ROWS, len(breaks) + 1) + 1):
            rows = _rows(spans, _even_breaks(spans, breaks, count), gap)
            zoom = _zoom(rows, spans, width, height)
            if zoom > max(largest, least):
                best, largest = rows, zoom
    return best


def turn_back(
    channel: Sequence[Crossing], edge: str, row: Row, following: Row, turn: float
) -> list[tuple[float, float]]:
    """Lead an edge from the end of a row to the start of the next; several are nested, so that they do not cross."""
    order = sorted(channel, key=lambda crossing: crossing.start)
    place = next(k for k, crossing in enumerate(order) if crossing.edge == edge)
    crossing = order[place]
    inner = len(order) - 1 - place
    right = turn + row.along + TRACK_PITCH * inner
    left = -INDENT - TRACK_PITCH * place
    lane = row.bottom + row.gap / 2 + TRACK_PITCH * (inner - (len(order) - 1) / 2)
    start, end = crossing.start + row.across, crossing.end + following.across
    return [(right, start), (right, lane), (left, lane), (left, end)]


def _even_breaks(spans: Sequence[Span], breaks: list[int], count: int) -> list[int]:
    ends = [spans[k].end for k in breaks]
    chosen: dict[int, None] = {}
    for part in range(1, count):
        wanted = spans[0].start + (spans[-1].end - spans[0].start) * part / count
        k = bisect_left(ends, wanted)
        near = [j for j in (k - 1, k) if 0 <= j < len(ends)]
        chosen[breaks[min(near, key=lambda j: abs(ends[j] - wanted))]] = None
    return sorted(chosen)


def _rows(spans: Sequence[Span], breaks: list[int], gap: float = ROW_GAP) -> list[Row]:
    rows: list[Row] = []
    firsts = [0, *(k + 1 for k in breaks)]
    lasts = [*breaks, len(spans) - 1]
    top = 0.0
    for first, last in zip(firsts, lasts, strict=True):
        own_top = min(span.top for span in spans[first : last + 1])
        own_bottom = max(span.bottom for span in spans[first : last + 1])
        across = top - own_top
        bottom = own_bottom + across
        rows.append(Row(first=first, last=last, along=-spans[first].start, across=across, bottom=bottom, gap=gap))
        top = bottom + gap
    return rows


def _zoom(rows: list[Row], spans: Sequence[Span], width: float, height: float) -> float:
    longest = max(spans[row.last].turn + row.along for row in rows)
    indent = INDENT if len(rows) > 1 else 0.0
    return min(width / max(longest + indent, 1.0), height / max(rows[-1].bottom, 1.0), MAX_ZOOM)
