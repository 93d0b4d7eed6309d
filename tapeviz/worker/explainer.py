"""Iterations opened into their sub-steps, in a thread of their own: each goes its descent's way once more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tapeviz.protocol.messages import ExplainIterate, IterateExplained
from tapeviz.worker.streams import Channel

if TYPE_CHECKING:
    from tapeviz.engine.iterate_steps import IterateOpener
    from tapeviz.engine.objective import Objective

_log = logging.getLogger(__name__)


class Explainer:
    """Explains one iteration at a time, the one that was asked for last.

    Parameters
    ----------
    channel : Channel
    find : callable
        Gives the objective of a gradient call: ``find(generation, call)``.
    """

    def __init__(self, channel: Channel, find: Callable[[int, int], Objective]) -> None:
        self._channel = channel
        self._find = find
        self._changed = threading.Condition()
        self._waiting: ExplainIterate | None = None
        self._newest = -1
        self._opener: IterateOpener | None = None

    def start(self) -> None:
        """Begin to answer; what was asked before waits until now, because it needs the engine."""
        threading.Thread(target=self._work, name="tapeviz-explainer", daemon=True).start()

    def take(self, request: ExplainIterate) -> None:
        """Have `request` answered; an older one is given up."""
        with self._changed:
            self._waiting = request
            self._changed.notify()

    def give_way(self, generation: int) -> None:
        """Leave off: a run is asked for, and comes first."""
        self._newest = generation

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._waiting is None:
                    self._changed.wait()
                request, self._waiting = self._waiting, None
            answer = self._answer(request)
            if answer is not None:
                self._channel.send(answer)

    def _answer(self, request: ExplainIterate) -> IterateExplained | None:
        from tapeviz.engine.descent import DescentError
        from tapeviz.engine.iterate_steps import IterateOpener
        from tapeviz.engine.replay import GivenUpError

        def is_wanted() -> bool:
            return self._waiting is None and self._newest <= request.generation

        opened, problem = None, ""
        self._opener = self._opener or IterateOpener()
        try:
            objective = self._find(request.generation, request.call)
            opened = self._opener.open(objective, request.settings, request.iterate, request.steered, is_wanted)
        except GivenUpError:
            return None
        except (ValueError, DescentError) as error:  # the engine's word on what cannot be
            problem = str(error)
        except Exception as error:
            _log.exception("tapeviz could not explain %s", request)
            problem = f"tapeviz failed to open this iteration ({type(error).__name__}: {error}). Please report it."
        return IterateExplained(
            race=request.race, look=request.look, iterate=request.iterate, opened=opened, problem=problem
        )
