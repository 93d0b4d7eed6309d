"""What comes back from the worker, put into the state. An answer of an older generation changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from tapeviz.commands.descent_asking import wanted_call
from tapeviz.commands.descent_opening import iterate_opened
from tapeviz.commands.descent_responses import respond_to_descent
from tapeviz.commands.iterate_steps import iterate_explained
from tapeviz.commands.looking import looking_again
from tapeviz.commands.outcome import Outcome
from tapeviz.commands.own_descent import own_iterates, with_own
from tapeviz.commands.run import run
from tapeviz.model.recording import LessonError, Recording
from tapeviz.model.state import AppState, EnginePhase
from tapeviz.model.verification import unverified
from tapeviz.protocol.responses import (
    BasinsColoured,
    CallVerified,
    CriticalPointsFound,
    CurvatureExamined,
    EngineReady,
    FigureShown,
    FitDescribed,
    FitEvaluated,
    IterateExplained,
    IterateOpened,
    IteratesComputed,
    LandscapeSketched,
    LessonRecorded,
    NamesCompleted,
    ObjectiveDescribed,
    OutputPrinted,
    OwnIterates,
    RaceEnded,
    Response,
    SymbolicDerived,
    TensorFetched,
)


def respond(state: AppState, response: Response) -> Outcome:
    """Take one response in."""
    match response:
        case EngineReady():
            return engine_ready(state, response)
        case OutputPrinted():
            return output_printed(state, response)
        case FigureShown():
            return figure_shown(state, response)
        case OwnIterates():
            return own_iterates(state, response)
        case LessonRecorded():
            return lesson_recorded(state, response)
        case TensorFetched():
            return tensor_fetched(state, response)
        case NamesCompleted():
            return Outcome(state=replace(state, engine=replace(state.engine, names=response.names)))
        case SymbolicDerived():
            return symbolic_derived(state, response)
        case CallVerified():
            return call_verified(state, response)
        case (
            ObjectiveDescribed()
            | IteratesComputed()
            | RaceEnded()
            | LandscapeSketched()
            | BasinsColoured()
            | CurvatureExamined()
            | CriticalPointsFound()
            | FitDescribed()
            | FitEvaluated()
        ):
            return respond_to_descent(state, response)
        case IterateOpened():
            return iterate_opened(state, response)
        case IterateExplained():
            return iterate_explained(state, response)
    assert_never(response)


def engine_ready(state: AppState, response: EngineReady) -> Outcome:
    """TensorFlow is there; a run that was asked for meanwhile is under way."""
    phase: EnginePhase = "running" if state.requested_text is not None else "ready"
    if response.problem:
        phase = "failed"
    engine = replace(
        state.engine,
        phase=phase,
        message=response.problem or state.engine.message,
        tensorflow_version=response.tensorflow_version,
    )
    return Outcome(state=replace(state, engine=engine))


def output_printed(state: AppState, response: OutputPrinted) -> Outcome:
    """Append what the lesson printed."""
    if response.generation != state.generation:
        return Outcome(state=state)
    engine = replace(state.engine, output=state.engine.output + response.text)
    return Outcome(state=replace(state, engine=engine))


def figure_shown(state: AppState, response: FigureShown) -> Outcome:
    """Put a figure where the output ends."""
    if response.generation != state.generation:
        return Outcome(state=state)
    engine = replace(state.engine, figures=(*state.engine.figures, response.figure))
    return Outcome(state=replace(state, engine=engine))


def lesson_recorded(state: AppState, response: LessonRecorded) -> Outcome:
    """Show the new recording. A run that saw no op leaves the last good graph on the screen."""
    if response.generation != state.generation:
        return Outcome(state=_idle_again(state))
    recording = response.recording
    failure = recording.errors[0] if recording.errors else None
    message = _ending(recording)
    engine = replace(state.engine, phase="ready", output=recording.output, figures=recording.figures, message=message)
    ended = replace(state, engine=engine, failure=failure, requested_text=None)
    if recording.ops or recording.ended_by == "finished":
        ended = replace(ended, recorded_text=recording.source.text, symbolic={}, verifications={})
        ended = looking_again(ended, recording)
    ended = with_own(ended, wanted_call(ended))
    if state.is_rerun_wanted:
        return run(ended)
    return Outcome(state=ended)


def _idle_again(state: AppState) -> AppState:
    """A run that nobody waits for any more has ended: the engine it was stopped on is free."""
    if state.engine.phase != "stopping" or state.requested_text is not None:
        return state
    return replace(state, engine=replace(state.engine, phase="ready"))


def _ending(recording: Recording) -> str:
    match recording.ended_by:
        case "interrupted":
            return "Stopped; what was recorded until then is shown."
        case "timeout":
            return "The time limit was reached; what was recorded until then is shown."
        case "memory":
            return "The memory limit was reached; what was recorded until then is shown."
        case "finished" | "error" | "died":
            return " ".join(recording.notes)
    assert_never(recording.ended_by)


def run_ended_early(state: AppState, *, message: str, generation: int | None, line: int | None) -> Outcome:
    """The process went down with the run, or was ended: say so, and leave the last good graph on the screen."""
    engine = replace(state.engine, phase="restarting", message=message)
    told = replace(state, engine=engine)
    if generation != state.generation or state.requested_text is None:
        return Outcome(state=told)
    failure = LessonError(cell=0, type="ProcessEnded", message=message, line=line, hint=None)
    ended = replace(told, failure=failure, requested_text=None, is_rerun_wanted=False)
    return Outcome(state=with_own(ended, wanted_call(ended)))


def engine_restarted(state: AppState) -> Outcome:
    """Another worker has taken over; what was said of the last one's end stays readable."""
    phase: EnginePhase = "running" if state.requested_text is not None else "ready"
    return Outcome(state=replace(state, engine=replace(state.engine, phase=phase)))


def engine_failed(state: AppState, *, message: str) -> Outcome:
    """No worker can be started."""
    engine = replace(state.engine, phase="failed", message=message)
    return Outcome(state=replace(state, engine=engine, requested_text=None, is_rerun_wanted=False))


def tensor_fetched(state: AppState, response: TensorFetched) -> Outcome:
    """Keep a large value that was asked for whole; None says that the worker has it no more."""
    if response.generation != state.generation:
        return Outcome(state=state)
    return Outcome(state=replace(state, fetched={**state.fetched, response.tensor: response.value}))


def symbolic_derived(state: AppState, response: SymbolicDerived) -> Outcome:
    """Keep the symbolic twin of a call."""
    if response.generation != state.generation:
        return Outcome(state=state)
    return Outcome(state=replace(state, symbolic={**state.symbolic, response.call: response.derivatives}))


def call_verified(state: AppState, response: CallVerified) -> Outcome:
    """Keep how a call compares with finite differences and forward mode."""
    if response.generation != state.generation:
        return Outcome(state=state)
    gone = "The engine no longer holds this recording; run the lesson to have its gradients compared."
    found = response.verification or unverified(response.call, gone)
    return Outcome(state=replace(state, verifications={**state.verifications, response.call: found}))
