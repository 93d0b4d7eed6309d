"""Running a lesson, and stopping it."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.outcome import Outcome, Stop
from tapeviz.model.state import AppState, EnginePhase
from tapeviz.protocol.requests import FetchTensor, RunLesson, StopRace


def run(state: AppState) -> Outcome:
    """Run the lesson under the tape. What is on the screen stays until the new recording is there."""
    generation = state.generation + 1
    phase: EnginePhase = "starting" if state.engine.phase in ("starting", "restarting") else "running"
    engine = replace(state.engine, phase=phase, message="", output="", figures=())
    started = replace(state, generation=generation, engine=engine, is_rerun_wanted=False)
    request = RunLesson(generation=generation, name=state.lesson.path or state.lesson.name, text=state.lesson.text)
    return Outcome(state=replace(started, requested_text=state.lesson.text), request=request)


def rerun_after_edit(state: AppState) -> Outcome:
    """Record again after a value changed: at once when the engine is free, else as soon as it answers."""
    if state.recording is None:
        return Outcome(state=state)
    if state.requested_text is not None:
        return Outcome(state=replace(state, is_rerun_wanted=True))
    return run(state)


def stop(state: AppState) -> Outcome:
    """Interrupt the run, else the race; if that is not heeded, end the engine's process: the standby takes over."""
    if state.requested_text is None:
        return Outcome(state=state, request=StopRace(race=state.descent.race) if is_racing(state) else None)
    engine = replace(state.engine, phase="stopping")
    return Outcome(state=replace(state, engine=engine, is_rerun_wanted=False), request=Stop())


def fetch_tensor(state: AppState, *, tensor: int) -> Outcome:
    """Ask for the whole of a value that is too large to travel with the recording."""
    return Outcome(state=state, request=FetchTensor(generation=state.generation, tensor=tensor))


def is_running(state: AppState) -> bool:
    """Hold while a lesson was sent and its recording is not back."""
    return state.requested_text is not None


def is_racing(state: AppState) -> bool:
    """Hold while the engine computes iterates. Before an audience Esc ends presenting, whatever races."""
    return state.descent.is_computing and not state.view.is_presenting


def can_stop(state: AppState) -> bool:
    """Hold while there is something to stop."""
    return is_running(state) or is_racing(state)


def can_run(state: AppState) -> bool:
    """Hold where there is something to run."""
    return bool(state.lesson.text.strip())


COMMANDS = (
    Command(
        id="run.run",
        title="Run",
        tooltip="Run the lesson under the tape",
        menu="Run",
        shortcuts=("Ctrl+Return", "Ctrl+Enter", "F5"),
        is_enabled=can_run,
        function=run,
    ),
    Command(
        id="run.stop",
        title="Stop",
        tooltip="Stop what runs: the last good graph stays",
        menu="Run",
        shortcuts=("Esc",),
        is_enabled=can_stop,
        function=stop,
    ),
    Command(
        id="tensor.fetch", title="Fetch Tensor", tooltip="Ask for the whole of a large value", function=fetch_tensor
    ),
)
