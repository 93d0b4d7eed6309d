"""What the plots show, in words, for those who do not see them."""

from __future__ import annotations

from tapeviz.model.descent_scene import Way, ways_of
from tapeviz.model.descent_state import DescentState
from tapeviz.model.numbers import format_number
from tapeviz.model.trajectory import iterate_at

MAX_NUMBERS = 6


def terrain_words(descent: DescentState) -> str:
    """Say what is looked at, and where every racer stands at the clock."""
    if descent.plane is None or descent.extent is None:
        return descent.problem
    ends = zip(descent.plane.titles, descent.extent.low, descent.extent.high, strict=True)
    seen = ", ".join(f"{title} from {format_number(low)} to {format_number(high)}" for title, low, high in ends)
    return " ".join([f"{seen}.", *(way_words(way) for way in ways_of(descent))])


def way_words(way: Way) -> str:
    """Say where one racer stands at the clock."""
    iterate = iterate_at(way.trajectory, way.shown) if way.shown >= 0 else None
    if iterate is None:
        return f"{way.title}: not begun."
    position = iterate.position.tolist()
    place = ", ".join(format_number(number) for number in position)
    where = f" at ({place})" if len(position) <= MAX_NUMBERS and iterate.kept == iterate.number else ""
    return f"{way.title}: iteration {format_number(iterate.number)}, loss {format_number(iterate.loss)}{where}."
