"""The objectives of the last run: each is made once, and shared by all threads that describe, race on or draw it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tapeviz.protocol.requests import DescribeObjective, OpenIterate
from tapeviz.protocol.responses import IterateOpened, ObjectiveDescribed

if TYPE_CHECKING:
    from tapeviz.engine.lesson_objective import LessonObjective
    from tapeviz.engine.objective import NoObjectiveError
    from tapeviz.engine.runner import RunResult


class Objectives:
    """Makes the objectives of the gradient calls of the last run, and keeps them until the next one is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[int, RunResult, dict[int, LessonObjective | NoObjectiveError]] | None = None

    def keep(self, generation: int, result: RunResult) -> None:
        """Make objectives of this run from now on."""
        # Not under the lock: a run must not wait for an objective of the last one, which may take any time to make.
        self._last = generation, result, {}

    def of(self, generation: int, call: int) -> LessonObjective:
        """Return the objective of a call, always the same one.

        Raises
        ------
        NoObjectiveError
            Where there is none; the message is a sentence that says why, and what mends it.
        """
        from tapeviz.engine.lesson_objective import objective_of
        from tapeviz.engine.objective import NoObjectiveError

        with self._lock:
            last = self._last
            if last is None or last[0] != generation:
                raise NoObjectiveError("The lesson ran anew meanwhile; ask again.")
            made = last[2].get(call)
            if made is None:
                try:
                    made = objective_of(last[1], call)
                except NoObjectiveError as error:
                    made = error
                last[2][call] = made
        if isinstance(made, NoObjectiveError):
            raise NoObjectiveError(*made.args)
        return made

    def open_iterate(self, errand: OpenIterate) -> IterateOpened:
        """Answer with the tape of an iterate. To be called in the main thread, while no lesson runs."""
        from tapeviz.engine.iterate_tape import tape_of_iterate
        from tapeviz.engine.objective import NoObjectiveError

        recording, problem = None, ""
        try:
            objective = self.of(errand.generation, errand.call)
            if self._last is not None:
                result = self._last[1]
                recording = tape_of_iterate(result, objective, errand.position, errand.settings, errand.iterate)
        except NoObjectiveError as error:
            problem = str(error)
        return IterateOpened(
            generation=errand.generation,
            call=errand.call,
            look=errand.look,
            iterate=errand.iterate,
            recording=recording,
            problem=problem,
        )

    def describe(self, errand: DescribeObjective) -> ObjectiveDescribed:
        """Answer what the objective of a call is."""
        from tapeviz.engine.objective import NoObjectiveError

        try:
            facts = self.of(errand.generation, errand.call).facts()
        except NoObjectiveError as error:
            return ObjectiveDescribed(
                generation=errand.generation, call=errand.call, objective=None, problem=str(error)
            )
        return ObjectiveDescribed(generation=errand.generation, call=errand.call, objective=facts)
