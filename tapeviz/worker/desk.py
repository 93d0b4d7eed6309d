"""Where questions about objectives are answered: a thread for each subject, and of each kind the newest only."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Generic, Protocol, TypeVar

from tapeviz.protocol.responses import Response
from tapeviz.worker.streams import Channel

_log = logging.getLogger(__name__)


class Asked(Protocol):
    """A question about a run."""

    @property
    def generation(self) -> int:
        """Which run it is about."""
        ...


Q = TypeVar("Q", bound=Asked)


class Desk(ABC, Generic[Q]):
    """Answers one question at a time in a thread of its own, of each kind the newest only.

    Parameters
    ----------
    channel : Channel
    name : str
        What the thread is called.
    kinds : sequence of type
        The kinds of questions; one of an earlier kind comes before one of a later.
    """

    def __init__(self, channel: Channel, name: str, kinds: Sequence[type[Q]]) -> None:
        self._channel = channel
        self._name = name
        self._kinds = tuple(kinds)
        self._changed = threading.Condition()
        self._newest = -1
        self._waiting: dict[type[Q], Q] = {}

    def start(self) -> None:
        """Begin to answer; what was asked before waits until now, because it needs the engine."""
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def take(self, question: Q) -> None:
        """Have `question` answered; an older one of its kind is given up."""
        with self._changed:
            self._waiting[type(question)] = question
            self._changed.notify()

    def give_way(self, generation: int) -> None:
        """Leave off: a run is asked for, and comes first."""
        with self._changed:
            self._newest = generation
            self._waiting = {kind: each for kind, each in self._waiting.items() if each.generation >= generation}

    @abstractmethod
    def answers(self, question: Q, is_wanted: Callable[[], bool]) -> Iterator[Response]:
        """Answer, in one piece or several.

        `is_wanted` is to be asked again and again; where it says no, `GivenUpError` is raised.

        Raises
        ------
        ValueError
            The engine's word on what cannot be found, a sentence.
        """

    @abstractmethod
    def nothing(self, question: Q, problem: str) -> Response:
        """Answer that there is nothing, with a sentence that says why."""

    def _work(self) -> None:
        from tapeviz.engine.replay import GivenUpError

        while True:
            question = self._next()
            try:
                for answer in self.answers(question, partial(self._is_first, question)):
                    self._channel.send(answer)
            except GivenUpError:
                self._put_back(question)
            except ValueError as error:
                self._channel.send(self.nothing(question, str(error)))
            except Exception as error:
                _log.exception("tapeviz could not answer %s", question)
                what = f"{type(error).__name__}: {error}"
                problem = f"tapeviz failed to compute this ({what}). Please report it."
                self._channel.send(self.nothing(question, problem))

    def _next(self) -> Q:
        with self._changed:
            while not self._waiting:
                self._changed.wait()
            return self._waiting.pop(next(kind for kind in self._kinds if kind in self._waiting))

    def _put_back(self, question: Q) -> None:
        """Have a question that another one came before answered later, where it is still wanted."""
        with self._changed:
            if question.generation >= self._newest:
                self._waiting.setdefault(type(question), question)

    def _is_first(self, question: Q) -> bool:
        if self._newest > question.generation:
            return False
        return not any(kind in self._waiting for kind in self._kinds[: self._kinds.index(type(question)) + 1])
