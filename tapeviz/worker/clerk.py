"""Answers that need no lesson to run: whole tensors, completions, symbolic derivatives, objectives."""

from __future__ import annotations

import logging
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, assert_never

from tapeviz.model.tensor import TensorValue, whole_value
from tapeviz.protocol.requests import (
    CompleteName,
    DeriveSymbolic,
    DescribeObjective,
    FetchTensor,
    VerifyCall,
)
from tapeviz.protocol.responses import (
    CallVerified,
    NamesCompleted,
    ObjectiveDescribed,
    SymbolicDerived,
    TensorFetched,
)
from tapeviz.worker.objectives import Objectives
from tapeviz.worker.streams import Channel

if TYPE_CHECKING:
    from tapeviz.engine.runner import RunResult

Errand = FetchTensor | CompleteName | DeriveSymbolic | VerifyCall | DescribeObjective
Answer = TensorFetched | NamesCompleted | SymbolicDerived | CallVerified | ObjectiveDescribed

_log = logging.getLogger(__name__)


class Clerk:
    """Answers errands about the last run in a thread of its own, also while the next lesson runs.

    Parameters
    ----------
    channel : Channel
    name : str
        What the thread is called.
    objectives : Objectives
        Those of the last run.
    """

    def __init__(self, channel: Channel, name: str, objectives: Objectives) -> None:
        self._channel = channel
        self._objectives = objectives
        self._name = name
        self._newest = -1
        self._errands: SimpleQueue[Errand] = SimpleQueue()
        self._last: tuple[int, RunResult] | None = None

    def start(self) -> None:
        """Begin to answer; errands that came before wait until now, because they need the engine."""
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def keep(self, generation: int, result: RunResult) -> None:
        """Answer about this run from now on."""
        self._last = generation, result

    def give_way(self, generation: int) -> None:
        """Leave off what takes long: a run is asked for, and comes first."""
        self._newest = generation

    def take(self, errand: Errand) -> None:
        """Have `errand` answered."""
        self._errands.put(errand)

    def _work(self) -> None:
        while True:
            errand = self._errands.get()
            try:
                answer = self._answer(errand)
            except Exception:
                _log.exception("tapeviz could not answer %s", errand)
                answer = _nothing(errand)
            self._channel.send(answer)

    def _answer(self, errand: Errand) -> Answer:
        if isinstance(errand, CompleteName):
            from tapeviz.engine.completion import complete

            namespace = self._last[1].namespace if self._last else {}
            return NamesCompleted(request_id=errand.request_id, names=tuple(complete(namespace, errand.prefix)))
        if isinstance(errand, DescribeObjective):
            return self._objectives.describe(errand)
        if self._last is None or self._last[0] != errand.generation:
            return _nothing(errand)
        result = self._last[1]
        if isinstance(errand, FetchTensor):
            value = _whole_value(result, errand.tensor)
            return TensorFetched(generation=errand.generation, tensor=errand.tensor, value=value)
        if isinstance(errand, VerifyCall):
            return self._verified(errand, result)
        from tapeviz.engine.symbolic import derive

        derivatives = tuple(derive(result.recording, errand.call))
        return SymbolicDerived(generation=errand.generation, call=errand.call, derivatives=derivatives)

    def _verified(self, errand: VerifyCall, result: RunResult) -> Answer:
        from tapeviz.engine.replay import GivenUpError
        from tapeviz.engine.verification import verify

        def is_wanted() -> bool:
            return self._newest <= errand.generation

        try:
            verification = verify(result.recording, result.arrays, errand.call, is_wanted)
        except GivenUpError:
            return _nothing(errand)
        return CallVerified(generation=errand.generation, call=errand.call, verification=verification)


def _whole_value(result: RunResult, tensor: int) -> TensorValue | None:
    array = result.arrays.get(tensor)
    if array is None:
        return result.recording.tensors[tensor].value if 0 <= tensor < len(result.recording.tensors) else None
    return whole_value(array)


def _nothing(errand: Errand) -> Answer:
    match errand:
        case FetchTensor():
            return TensorFetched(generation=errand.generation, tensor=errand.tensor, value=None)
        case CompleteName():
            return NamesCompleted(request_id=errand.request_id, names=())
        case DeriveSymbolic():
            return SymbolicDerived(generation=errand.generation, call=errand.call, derivatives=())
        case VerifyCall():
            return CallVerified(generation=errand.generation, call=errand.call, verification=None)
        case DescribeObjective():
            problem = "tapeviz could not make a function of this call's block. Please report it."
            return ObjectiveDescribed(generation=errand.generation, call=errand.call, objective=None, problem=problem)
        case _:
            assert_never(errand)
