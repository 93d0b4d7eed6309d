"""Where one turn of a loop ends and the next begins, told from the places at which its ops stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from tapeviz.model.recording import SourceRange


class Run(NamedTuple):
    """The ops `first` to `last` ran in turn `number` (from 1) of the loop on `line`."""

    number: int
    line: int
    first: int
    last: int


Loop = ast.For | ast.While


def iteration_runs(text: str, places: Sequence[SourceRange]) -> Iterator[Run]:
    """Find the turns of every loop of the lesson among ops that ran in one call of one function.

    A new turn has begun where an op stands in an earlier statement of the loop's body than the one before it, or
    where the first op of the turn comes again after another. Loops that went round once are left out.

    Parameters
    ----------
    text : str
        The lesson; without loops that Python can read, nothing is found.
    places : sequence of SourceRange
        Where the ops stand, in the order in which they ran.
    """
    for loop in _loops(text):
        statements = [_statement_of(loop, place) for place in places]
        for first, last in _stretches(statements):
            starts = [first, *_starts(loop, statements, places, first, last)]
            if len(starts) > 1:
                ends = [*(start - 1 for start in starts[1:]), last]
                for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
                    yield Run(number, loop.lineno, start, end)


def lines_of_loop(text: str, line: int | None) -> range | None:
    """Find the lines of the innermost loop of the lesson around a line; None where it stands in none."""
    found = [range(loop.lineno, (loop.end_lineno or loop.lineno) + 1) for loop in _loops(text)]
    return min((lines for lines in found if line is not None and line in lines), key=len, default=None)


@lru_cache(maxsize=8)
def _loops(text: str) -> tuple[Loop, ...]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, Loop))


def _statement_of(loop: Loop, place: SourceRange) -> int | None:
    spans = ((k, statement.lineno, statement.end_lineno or statement.lineno) for k, statement in enumerate(loop.body))
    return next((k for k, first, last in spans if first <= place.line <= last), None)


def _stretches(statements: Sequence[int | None]) -> Iterator[tuple[int, int]]:
    first: int | None = None
    for place, statement in enumerate([*statements, None]):
        if statement is None and first is not None:
            yield first, place - 1
            first = None
        elif statement is not None and first is None:
            first = place


def _starts(
    loop: Loop, statements: Sequence[int | None], places: Sequence[SourceRange], first: int, last: int
) -> Iterator[int]:
    begun = first
    for here in range(first + 1, last + 1):
        statement, before = statements[here], statements[here - 1]
        assert statement is not None and before is not None
        is_plain = not isinstance(loop.body[statement], Loop)
        came_again = is_plain and places[here] == places[begun] and places[here - 1] != places[begun]
        if statement < before or came_again:
            yield here
            begun = here
