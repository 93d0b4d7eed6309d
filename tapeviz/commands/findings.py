"""Going to what was found in a run, and mending it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from tapeviz.commands.command import Command
from tapeviz.commands.lesson import with_text
from tapeviz.commands.looking import closing, looking_at, showing, turning_to
from tapeviz.commands.outcome import Outcome
from tapeviz.commands.run import can_run, run
from tapeviz.model.findings import all_findings
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.identity import Same
from tapeviz.model.recording import Finding, Recording
from tapeviz.model.state import AppState, Selection
from tapeviz.model.timeline import Timeline


@lru_cache(maxsize=2)
def _all(same: Same) -> tuple[Finding, ...]:
    (recording,) = same.objects
    return all_findings(recording)


def findings_of(state: AppState) -> tuple[Finding, ...]:
    """List what was found in the last run, or in the iterate of a descent that is open."""
    recording = searched(state)
    return _all(Same(recording)) if recording is not None else ()


def searched(state: AppState) -> Recording | None:
    """Give the recording whose findings are listed: the whole run, or an iterate that is open."""
    own = state.opened[0].recording if state.opened else None
    return own if own is not None else state.recording


def has_findings(state: AppState) -> bool:
    """Hold where something was found."""
    return bool(findings_of(state))


def show(state: AppState, *, finding: int) -> Outcome:
    """Go to a finding (counted from 0): its call, the step in which it happens, its node, its line."""
    found = findings_of(state)
    if state.recording is None or not 0 <= finding < len(found):
        return Outcome(state=state)
    chosen = found[finding]
    subject = Subject(call=chosen.call) if chosen.call is not None else state.subject
    there = _outside(state, subject)
    there = showing(there, subject) if subject is not None and there.subject != subject else there
    if chosen.folded_iteration is not None:
        there = turning_to(there, chosen.folded_iteration)
    if there.graph is None or there.timeline is None or there.shown is None:
        return Outcome(state=state)
    node, step = _node(state, there.graph, chosen), _step(there.timeline, chosen)
    return Outcome(
        state=replace(
            there,
            playhead=step,
            selection=Selection(node=node, line=chosen.line, finding=finding),
            view=replace(there.view, tab="graph", is_playing=False),
        )
    )


def _outside(state: AppState, subject: Subject | None) -> AppState:
    """The state with what is open closed, as far as the recording goes that has the findings."""
    if state.opened and state.opened[0].recording is not None:
        return closing(state, 1)
    if not state.opened or state.recording is None or subject is None:
        return state
    return looking_at(state, state.recording, subject)


def _node(state: AppState, graph: OpGraph, finding: Finding) -> str | None:
    """Find the node of a finding: of a None the source, otherwise the op where it happened."""
    recording = searched(state)
    calls = recording.gradient_calls if recording is not None else ()
    if finding.kind == "none" and finding.call is not None and finding.source is not None:
        tensor = calls[finding.call].sources[finding.source].tensor
        return next((n.id for n in graph.nodes if n.kind != "target" and tensor in n.values), None)
    return next((n.id for n in graph.nodes if finding.op in (*n.folded_ops, *n.ops)), None)


def _step(timeline: Timeline, finding: Finding) -> int:
    """Find the step in which something happened; of a None the result."""
    if finding.kind == "none" or finding.op is None:
        return timeline.result
    phase = "vjp" if finding.is_backward else "forward"
    steps = (step.index for step in timeline.steps if step.phase == phase and finding.op in step.ops)
    return next(steps, timeline.result)


def show_next(state: AppState) -> Outcome:
    """Go to the next finding; behind the last one comes the first."""
    return _turn(state, 1)


def show_previous(state: AppState) -> Outcome:
    """Go to the finding before."""
    return _turn(state, -1)


def _turn(state: AppState, by: int) -> Outcome:
    count = len(findings_of(state))
    if not count:
        return Outcome(state=state)
    at = state.selection.finding
    first = 0 if by > 0 else count - 1
    return show(state, finding=first if at is None else (at + by) % count)


def apply_mend(state: AppState, *, text: str) -> Outcome:
    """Take a mended script and run it; a script that changed since the mend was worked out stays as it is."""
    if state.recording is None or state.lesson.text != state.recording.source.text or text == state.lesson.text:
        return Outcome(state=state)
    mended = replace(state, lesson=with_text(state.lesson, text), failure=None)
    return run(mended) if can_run(mended) else Outcome(state=mended)


COMMANDS = (
    Command(
        id="findings.show_next",
        title="Next Finding",
        tooltip="Go to the next gradient that is None or zero, NaN or warning",
        menu="Step",
        group=5,
        shortcuts=("F8",),
        is_enabled=has_findings,
        function=show_next,
    ),
    Command(
        id="findings.show_previous",
        title="Previous Finding",
        tooltip="Go to the finding before",
        menu="Step",
        group=5,
        shortcuts=("Shift+F8",),
        is_enabled=has_findings,
        function=show_previous,
    ),
    Command(id="findings.show", title="Show Finding", tooltip="Go to a finding", function=show),
    Command(id="lesson.apply_mend", title="Mend", tooltip="Change the script as told, and run it", function=apply_mend),
)
