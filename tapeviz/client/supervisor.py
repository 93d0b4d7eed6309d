"""What the client does about every request, report and deadline. One thread calls it; nothing here blocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from tapeviz.client import sentences
from tapeviz.client.events import ClientEvent, EventKind
from tapeviz.client.output import KeptOutput, split_crash
from tapeviz.client.process import Answered, Exited, Marked, Printed, Report, WorkerProcess
from tapeviz.client.races import HEED_SECONDS, Races
from tapeviz.model.recording import EndedBy, OutputFigure
from tapeviz.protocol.requests import Interrupt, Request, RunLesson
from tapeviz.protocol.responses import (
    EngineReady,
    FigureShown,
    LessonRecorded,
    OutputPrinted,
    RaceEnded,
    Response,
)

_TIMEOUT_SLACK = 2.0
"""How long past its time limit the worker may take to interrupt a lesson; then it is killed."""

_PRINT_SECONDS = 1 / 30
_MAX_FAILED_STARTS = 3


@dataclass(slots=True)
class _Execution:
    """The run whose code is in the worker's main thread now."""

    request: RunLesson
    output: KeptOutput
    ended_by: EndedBy = "died"
    kill_at: float | None = None
    is_killed: bool = False
    figures_shown: int = 0


class Supervisor:
    """Keeps one worker at work and another, warm, beside it.

    Parameters
    ----------
    report : callable
        Where the processes report to; what is put there is to come back through `take_report`.
    on_response, on_event : callable
        What a person or a program is to be told.
    has_standby : bool
        Whether to keep the second worker.
    """

    def __init__(
        self,
        report: Callable[[Report], None],
        on_response: Callable[[Response], None],
        on_event: Callable[[ClientEvent], None],
        *,
        has_standby: bool,
    ) -> None:
        self._report = report
        self._on_response = on_response
        self._on_event = on_event
        self._has_standby = has_standby
        self._active: WorkerProcess | None = WorkerProcess(report)
        self._standby: WorkerProcess | None = None
        self._failed_starts = 0
        self._is_taking_over = False
        self._sent: dict[int, RunLesson] = {}
        self._wanted: RunLesson | None = None
        self._is_stopping = False
        self._execution: _Execution | None = None
        self._ended: dict[int, _Execution] = {}
        self._held: dict[int, LessonRecorded] = {}
        self._figures: dict[int, list[OutputFigure]] = {}
        self._races = Races(self._pass_on)
        self._print_at: float | None = None
        self._printed_at = 0.0

    @property
    def next_deadline(self) -> float | None:
        """When `meet_deadlines` is to be called next, on the clock of `time.monotonic`."""
        kill_at = self._execution.kill_at if self._execution else None
        moments = (kill_at, self._print_at, self._races.kill_at)
        return min((moment for moment in moments if moment is not None), default=None)

    def meet_deadlines(self) -> None:
        """Do what is due by now: give out what was printed, kill what does not heed."""
        now = time.monotonic()
        if self._print_at is not None and now >= self._print_at:
            self._give_out_printed()
        if self._execution and self._execution.kill_at is not None and now >= self._execution.kill_at:
            self._kill()
        if self._races.kill_at is not None and now >= self._races.kill_at and self._active:
            self._races.is_killed = True
            self._active.kill()

    def send(self, request: Request) -> None:
        """Pass `request` on to the worker."""
        if isinstance(request, RunLesson):
            self._sent.pop(request.generation, None)
            self._sent[request.generation] = request
            self._wanted, self._is_stopping = request, False
            if self._active is None:
                self._failed_starts = 0
                self._active = WorkerProcess(self._report)
        if self._active is not None:
            self._races.send(request)

    def _pass_on(self, request: Request) -> None:
        if self._active is not None:
            self._active.send(request)

    def stop(self) -> None:
        """Interrupt what runs or waits; asked a second time, kill it."""
        if self._wanted is None or self._active is None:
            return
        if self._is_stopping and self._execution:
            self._kill()
            return
        self._is_stopping = True
        self._races.send(Interrupt(generation=self._wanted.generation))
        if self._execution:
            self._expect_heed(self._execution, "interrupted")

    def close(self) -> None:
        """End all workers and wait until they are gone."""
        workers = [worker for worker in (self._active, self._standby) if worker is not None]
        self._active = self._standby = None
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.join()

    def take_report(self, report: Report) -> None:
        """Deal with what a process reported."""
        match report:
            case Answered(process=process, response=EngineReady() as ready):
                self._welcome(process, ready)
            case Answered(response=LessonRecorded() as recorded):
                self._held[recorded.generation] = recorded
                self._deliver(recorded.generation)
            case Answered(response=FigureShown() as shown):
                self._figures.setdefault(shown.generation, []).append(shown.figure)
                self._show_figures(self._execution)
            case Answered(process=process, response=RaceEnded() as ended):
                if process is self._active:
                    self._races.take(ended)
                self._on_response(ended)
            case Answered(response=response):
                self._on_response(response)
            case Printed():
                self._print_at = max(time.monotonic(), self._printed_at + _PRINT_SECONDS)
            case Marked():
                self._follow(report)
            case Exited():
                self._bury(report)
            case _:
                assert_never(report)

    def _welcome(self, process: WorkerProcess, ready: EngineReady) -> None:
        process.ready = ready
        self._failed_starts = 0
        if process is self._active:
            self._announce(ready)

    def _announce(self, ready: EngineReady) -> None:
        self._on_response(ready)
        if self._is_taking_over:
            self._is_taking_over = False
            self._on_event(ClientEvent(kind="restarted", message=sentences.RESTARTED))
        if self._has_standby and self._standby is None:
            self._standby = WorkerProcess(self._report)

    def _follow(self, report: Marked) -> None:
        generation = report.mark.generation
        execution = self._execution
        if report.mark.moment == "begins":
            self._begin(generation, report.output)
        elif execution is None or execution.request.generation != generation:
            return  # the lesson ended while its limit was being announced
        elif report.mark.moment == "timeout" or report.mark.moment == "memory":
            self._expect_heed(execution, report.mark.moment)
        elif report.mark.moment == "heeded":
            execution.kill_at = None
        elif report.mark.moment == "figure":
            self._show_figures(execution)
        elif report.mark.moment == "ends":
            self._give_out_printed()
            self._print(generation, execution.output.finish())
            self._ended[generation] = execution
            self._execution = None
            self._deliver(generation)

    def _begin(self, generation: int, output: KeptOutput) -> None:
        if generation not in self._sent:
            return  # it was given up for lost already
        while (sent := next(iter(self._sent))) != generation:
            del self._sent[sent]  # a newer one came before it could begin
        request = self._sent.pop(generation)
        self._execution = execution = _Execution(request=request, output=output)
        if self._is_stopping:
            self._expect_heed(execution, "interrupted")
        elif request.timeout is not None:
            execution.ended_by = "timeout"
            execution.kill_at = time.monotonic() + request.timeout + _TIMEOUT_SLACK

    def _expect_heed(self, execution: _Execution, reason: EndedBy) -> None:
        execution.ended_by = reason
        execution.kill_at = time.monotonic() + HEED_SECONDS

    def _kill(self) -> None:
        if self._execution and self._active:
            self._execution.is_killed = True
            self._execution.kill_at = None
            self._active.kill()

    def _give_out_printed(self) -> None:
        self._print_at, self._printed_at = None, time.monotonic()
        if self._execution:
            self._print(self._execution.request.generation, self._execution.output.take_new())

    def _print(self, generation: int, text: str) -> None:
        if text:
            self._on_response(OutputPrinted(generation=generation, text=text))

    def _show_figures(self, execution: _Execution | None) -> None:
        """Pass on the figures of a run that are here, and whose place in what it prints is known."""
        if execution is None:
            return
        generation = execution.request.generation
        new = _placed(self._figures.get(generation, []), execution.output)[execution.figures_shown :]
        if new:
            self._give_out_printed()
        printed = len(execution.output.text)
        for figure in new:
            shown = replace(figure, position=min(figure.position, printed))
            self._on_response(FigureShown(generation=generation, figure=shown))
        execution.figures_shown += len(new)

    def _deliver(self, generation: int) -> None:
        """Pass a recording on once both it and the end of what its run printed are here."""
        if generation not in self._held or generation not in self._ended:
            return
        recorded, execution = self._held.pop(generation), self._ended.pop(generation)
        self._show_figures(execution)  # the last ones may have come when all was printed
        figures = _placed(self._figures.pop(generation, []), execution.output)
        recording = replace(recorded.recording, output=execution.output.text, figures=figures)
        self._on_response(replace(recorded, recording=recording))
        if self._wanted is None or self._wanted.generation != generation:
            return
        if recording.ended_by in ("interrupted", "timeout", "memory"):
            message = sentences.stopped(recording.ended_by, self._wanted)
            self._tell("interrupted", message, recording.ended_by, self._wanted)
        self._wanted, self._is_stopping = None, False

    def _tell(
        self, kind: EventKind, message: str, ended_by: EndedBy, run: RunLesson | None, line: int | None = None
    ) -> None:
        generation = run.generation if run else None
        self._on_event(ClientEvent(kind=kind, message=message, generation=generation, ended_by=ended_by, line=line))

    def _bury(self, report: Exited) -> None:
        if report.process.ready is None:
            self._failed_starts += 1
        if report.process is self._standby:
            self._standby = None
        elif report.process is self._active:
            self._account_for_loss(report)
            self._replace_active(report)

    def _account_for_loss(self, report: Exited) -> None:
        execution, self._execution = self._execution, None
        self._ended.clear()
        self._held.clear()
        self._figures.clear()
        races_killed = self._races.is_killed
        for ended in self._races.lost(sentences.died(report.exit_code, None, None)):
            self._on_response(ended)
        if execution is None:
            if races_killed:
                self._on_event(ClientEvent(kind="killed", message=sentences.RACE_KILLED))
            elif report.process.ready is not None:
                self._on_event(ClientEvent(kind="died", message=sentences.died(report.exit_code, None, None)))
            return
        lost = self._wanted if self._is_stopping else execution.request
        rest, line = split_crash(execution.output.finish(), execution.request.name)
        self._print(execution.request.generation, rest)
        if execution.is_killed:
            message = sentences.killed(execution.ended_by, execution.request)
            self._tell("killed", message, execution.ended_by, lost)
        else:
            self._tell("died", sentences.died(report.exit_code, execution.request, line), "died", lost, line)
        if lost is self._wanted:
            self._wanted, self._is_stopping = None, False

    def _replace_active(self, report: Exited) -> None:
        self._active, self._standby = self._standby, None
        if self._active is None and self._failed_starts < _MAX_FAILED_STARTS:
            self._active = WorkerProcess(self._report)
        if self._active is None:
            self._tell("failed", sentences.failed(report.exit_code, report.complaint), "died", self._wanted)
            self._wanted, self._is_stopping = None, False
            return
        self._is_taking_over = report.process.ready is not None
        if self._wanted is not None:
            self._active.send(self._wanted)
        if self._active.ready is not None:
            self._announce(self._active.ready)


def _placed(figures: Sequence[OutputFigure], output: KeptOutput) -> tuple[OutputFigure, ...]:
    """Put figures where they stand in what was printed; those whose place is not known yet are left out."""
    pairs = zip(figures, output.places, strict=False)
    return tuple(replace(figure, position=place) for figure, place in pairs)
