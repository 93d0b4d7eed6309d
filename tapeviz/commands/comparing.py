"""Holding the picture against another one: a call, an iteration, a lesson or a recording."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tapeviz.commands.command import Command
from tapeviz.commands.looking import showing, turning_to
from tapeviz.commands.outcome import Outcome
from tapeviz.model.graph import Subject
from tapeviz.model.recording import Recording
from tapeviz.model.scrubbing import iteration_of, representative
from tapeviz.model.state import AppState, Compared
from tapeviz.model.subjects import distinct_subjects, iteration_title, subject_title, subjects

MOST_ITERATIONS = 24
"""Of a longer loop so many iterations are offered, evenly spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something of the same run that the picture can be held against."""

    subject: Subject
    title: str
    iteration: int | None = None


def choices(state: AppState) -> tuple[Choice, ...]:
    """List the other calls of the run, and the other iterations of the shown call's loop."""
    if state.looked_into is None or state.subject is None:
        return ()
    recording, here = state.looked_into, state.subject
    shown = {here} if state.iteration is None else {here, representative(recording, here, state.iteration)}
    calls = [each for each in distinct_subjects(recording) if each not in shown]
    found = [Choice(subject=each, title=subject_title(recording, each)) for each in calls]
    return (*_iterations(recording, here, state.iteration), *found)


def _iterations(recording: Recording, here: Subject, iteration: int | None) -> list[Choice]:
    found = iteration_of(recording, here)
    if found is None or iteration is None:
        return []
    count = found[0].iterations
    spread = {round(k * (count - 1) / (MOST_ITERATIONS - 1)) for k in range(MOST_ITERATIONS)}
    offered = sorted((spread | {max(iteration - 1, 0), min(iteration + 1, count - 1)}) - {iteration})
    return [Choice(subject=here, iteration=k, title=iteration_title(k, count)) for k in offered]


def compare_with(
    state: AppState,
    *,
    subject: Subject | None = None,
    recording: Recording | None = None,
    title: str = "",
    iteration: int | None = None,
) -> Outcome:
    """Put another call beside the picture; of another recording the first call, unless another is given."""
    held = recording or state.looked_into
    if held is None:
        return Outcome(state=state)
    chosen = subject or _likely(state, held)
    compared = Compared(subject=chosen, recording=recording, title=title, iteration=iteration)
    view = replace(state.view, tab="graph")
    return Outcome(state=replace(state, compared=compared, view=view))


def _likely(state: AppState, recording: Recording) -> Subject:
    """The call of another recording that stands where the shown one stands."""
    every = subjects(recording)
    own = () if state.looked_into is None else subjects(state.looked_into)
    here = own.index(state.subject) if state.subject in own else 0
    return every[here] if here < len(every) else every[0]


def swap(state: AppState) -> Outcome:
    """Change sides, where both are of the same run."""
    compared = state.compared
    if compared is None or compared.recording is not None or state.subject is None:
        return Outcome(state=state)
    swapped = showing(state, compared.subject)
    if compared.iteration is not None:
        swapped = turning_to(swapped, compared.iteration)
    other = Compared(subject=state.subject, recording=None, title="", iteration=state.iteration)
    return Outcome(state=replace(swapped, compared=other))


def leave(state: AppState) -> Outcome:
    """Let the picture stand alone again."""
    return Outcome(state=replace(state, compared=None))


def can_compare(state: AppState) -> bool:
    """Hold where there is a picture that something can be held against, or is."""
    return state.compared is not None or (state.shown is not None and not state.opened)


COMMANDS = (
    Command(
        id="compare.choose",
        title="Compare With…",
        tooltip="Put another call, iteration, lesson or recording beside the picture; again: leave",
        menu="View",
        group=3,
        shortcuts=("Ctrl+K",),
        is_enabled=can_compare,
        is_checked=lambda state: state.compared is not None,
    ),
    Command(
        id="compare.swap",
        title="Change Sides",
        tooltip="Put what stands on the right to the left",
        menu="View",
        group=3,
        shortcuts=("Ctrl+Shift+K",),
        is_enabled=lambda state: state.compared is not None and state.compared.recording is None,
        function=swap,
    ),
    Command(
        id="compare.leave",
        title="Leave Comparison",
        tooltip="Let the picture stand alone again",
        function=leave,
    ),
    Command(id="compare.with", title="Compare", tooltip="Put another call beside the picture", function=compare_with),
)
