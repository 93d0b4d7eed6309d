"""Iterations opened into their sub-steps, in a thread of their own: each goes its descent's way once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tapeviz.protocol.requests import ExplainIterate
from tapeviz.protocol.responses import IterateExplained
from tapeviz.worker.desk import Desk
from tapeviz.worker.streams import Channel

if TYPE_CHECKING:
    from tapeviz.engine.iterate_steps import IterateOpener
    from tapeviz.engine.objective import Objective


class Explainer(Desk[ExplainIterate]):
    """Explains the iteration that was asked for last.

    Parameters
    ----------
    channel : Channel
    find : callable
        Gives the objective of a gradient call: ``find(generation, call)``.
    """

    def __init__(self, channel: Channel, find: Callable[[int, int], Objective]) -> None:
        super().__init__(channel, "tapeviz-explainer", (ExplainIterate,))
        self._find = find
        self._opener: IterateOpener | None = None

    def answers(self, request: ExplainIterate, is_wanted: Callable[[], bool]) -> Iterator[IterateExplained]:
        """Open an iteration into its sub-steps."""
        from tapeviz.engine.descent import DescentError
        from tapeviz.engine.iterate_steps import IterateOpener

        self._opener = self._opener or IterateOpener()
        objective = self._find(request.generation, request.call)
        try:
            opened = self._opener.open(objective, request.settings, request.iterate, request.steered, is_wanted)
        except DescentError as error:
            yield self.nothing(request, str(error))
        else:
            yield IterateExplained(race=request.race, look=request.look, iterate=request.iterate, opened=opened)

    def nothing(self, request: ExplainIterate, problem: str) -> IterateExplained:
        """Say why an iteration cannot be opened."""
        return IterateExplained(
            race=request.race, look=request.look, iterate=request.iterate, opened=None, problem=problem
        )
