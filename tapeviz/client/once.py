"""Running lessons one after another and waiting for each: what the command line and notebooks do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from tapeviz.client.engine_client import EngineClient
from tapeviz.client.events import ClientEvent
from tapeviz.model.recording import LessonError, LessonSource, OutputFigure, Recording
from tapeviz.model.tensor import TensorValue
from tapeviz.protocol.requests import FetchTensor, Request, RunLesson
from tapeviz.protocol.responses import FigureShown, LessonRecorded, OutputPrinted, Response, TensorFetched

_POLL = 0.2  # a wait without end cannot be interrupted by Ctrl+C on Windows


class LessonRunner:
    """A worker that runs one lesson at a time; a context manager, so that TensorFlow is imported once for all."""

    def __init__(self) -> None:
        self._answers: SimpleQueue[Response | ClientEvent] = SimpleQueue()
        self._client = EngineClient(self._answers.put, self._answers.put, has_standby=False)

    def __enter__(self) -> Self:
        self._client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def run(self, request: RunLesson, on_output: Callable[[str], None] | None = None) -> Recording:
        """Run a lesson and return its recording, however it ended.

        A lesson that took its process down leaves an empty recording: ``ended_by`` says why, the error how, and the
        output what was printed until then. Ctrl+C stops the lesson and keeps what it recorded; a second one raises.

        Parameters
        ----------
        request : RunLesson
            Its generation must be greater than that of the run before.
        on_output : callable, optional
            Called with what the lesson prints, as it is printed.
        """
        self._client.send(request)
        printed: list[str] = []
        figures: list[OutputFigure] = []
        is_stopping = False
        while True:
            try:
                answer = self.next_answer()
                if isinstance(answer, OutputPrinted) and answer.generation == request.generation:
                    printed.append(answer.text)
                    if on_output is not None:
                        on_output(answer.text)
                elif isinstance(answer, FigureShown) and answer.generation == request.generation:
                    figures.append(answer.figure)
                elif isinstance(answer, LessonRecorded) and answer.generation == request.generation:
                    return answer.recording
                elif isinstance(answer, ClientEvent) and _is_end_of(request, answer):
                    return _lost_recording(request, answer, "".join(printed), figures)
            except KeyboardInterrupt:
                if is_stopping:
                    raise
                is_stopping = True
                self._client.stop()

    def fetch(self, generation: int, tensor: int) -> TensorValue | None:
        """Return the whole of a value of the last run, `generation`, that travelled summarised; None if it is gone."""
        self._client.send(FetchTensor(generation=generation, tensor=tensor))
        while True:
            answer = self.next_answer()
            if isinstance(answer, TensorFetched) and (answer.generation, answer.tensor) == (generation, tensor):
                return answer.value
            if isinstance(answer, ClientEvent) and answer.kind in ("killed", "died", "failed"):
                return None

    def send(self, request: Request) -> None:
        """Send a request other than a run; what it is answered with comes by `next_answer`."""
        self._client.send(request)

    def next_answer(self, until: float | None = None) -> Response | ClientEvent:
        """Wait for what comes next.

        Parameters
        ----------
        until : float, optional
            The ``time.monotonic()`` at which to wait no longer.

        Raises
        ------
        TimeoutError
            Where nothing has come until then.
        """
        while True:
            try:
                return self._answers.get(timeout=_POLL)
            except Empty:
                if until is not None and time.monotonic() >= until:
                    raise TimeoutError from None


def run_once(request: RunLesson, on_output: Callable[[str], None] | None = None) -> Recording:
    """Run one lesson in a worker of its own; see `LessonRunner.run`."""
    with LessonRunner() as runner:
        return runner.run(request, on_output)


def _is_end_of(request: RunLesson, event: ClientEvent) -> bool:
    return event.kind in ("killed", "died", "failed") and event.generation == request.generation


def _lost_recording(request: RunLesson, event: ClientEvent, output: str, figures: Sequence[OutputFigure]) -> Recording:
    error = LessonError(cell=0, type="ProcessEnded", message=event.message, line=event.line, hint=None)
    return Recording(
        source=LessonSource(name=request.name, text=request.text),
        tapes=(),
        ops=(),
        tensors=(),
        gradient_calls=(),
        assignments=(),
        series=(),
        output=output,
        errors=(error,),
        ended_by=event.ended_by or "died",
        figures=tuple(figures),
    )
