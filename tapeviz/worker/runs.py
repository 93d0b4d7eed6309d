"""One run of a lesson in the main thread: its surroundings, its limits, and what comes back."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tapeviz.model.own_trajectory import LiveIterates
from tapeviz.model.recording import EndedBy, LessonError, LessonSource, OutputFigure, Recording
from tapeviz.protocol.marks import Mark, Moment
from tapeviz.protocol.requests import RunLesson
from tapeviz.protocol.responses import FigureShown, OwnIterates
from tapeviz.worker.interrupt import Interrupter, Reason
from tapeviz.worker.limits import memory_limit, time_limit
from tapeviz.worker.streams import Channel, lesson_streams
from tapeviz.worker.surroundings import lesson_surroundings

if TYPE_CHECKING:
    from tapeviz.engine.runner import Engine, RunResult

_MEMORY_ERRORS = frozenset({"MemoryError", "_ArrayMemoryError", "ResourceExhaustedError"})


def run_lesson(request: RunLesson, engine: Engine, interrupter: Interrupter, channel: Channel) -> RunResult:
    """Run a lesson under its limits; what it prints goes out between two marks.

    The recording says how the run ended: the engine knows of an interrupt, only this side knows why it came.
    """

    def mark(moment: Moment) -> None:
        channel.mark(Mark(moment=moment, generation=request.generation))

    def stop(reason: Literal["timeout", "memory"]) -> None:
        mark(reason)
        interrupter.interrupt(reason)

    def show(figure: OutputFigure) -> None:
        with suppress(AttributeError, OSError, ValueError):  # the lesson may have put anything in its place
            sys.stdout.flush()
        mark("figure")
        channel.send(FigureShown(generation=request.generation, figure=figure))

    def tell(iterates: LiveIterates) -> None:
        channel.send(OwnIterates(generation=request.generation, iterates=iterates))

    with ExitStack() as stack:
        stack.enter_context(lesson_streams(channel))
        stack.enter_context(lesson_surroundings(request.name, request.folder, request.working_folder))
        lesson = stack.enter_context(interrupter.lesson(request.generation, lambda: mark("heeded")))
        stack.enter_context(memory_limit(request.memory_limit, lambda: stop("memory")))
        stack.enter_context(time_limit(request.timeout, lambda: stop("timeout")))
        result = engine.run(
            name=request.name,
            text=request.text,
            keep_going=request.keep_going,
            overrides=request.overrides,
            seed=request.seed,
            output_of_run=lambda: "",  # the client has it, whole even when this process dies
            on_figure=show,  # and the figures too
            on_iterates=tell,
        )
    ended_by = _ended_by(result.recording, lesson.reason, has_memory_limit=request.memory_limit is not None)
    if ended_by == "memory":
        result = replace(
            result, namespace={}, live=replace(result.live, scopes={}, handles={}, sources={})
        )  # what filled the memory must not stay
    return replace(result, recording=replace(result.recording, ended_by=ended_by))


def empty_recording(request: RunLesson, ended_by: EndedBy, *errors: LessonError) -> Recording:
    """Return what a run leaves that never came to its first line."""
    return Recording(
        source=LessonSource(name=request.name, text=request.text),
        tapes=(),
        ops=(),
        tensors=(),
        gradient_calls=(),
        assignments=(),
        series=(),
        output="",
        errors=errors,
        ended_by=ended_by,
    )


def _ended_by(recording: Recording, reason: Reason | None, *, has_memory_limit: bool) -> EndedBy:
    if recording.ended_by == "interrupted" and reason is not None:
        return reason
    ran_out = any(error.type in _MEMORY_ERRORS for error in recording.errors)
    return "memory" if has_memory_limit and ran_out else recording.ended_by
