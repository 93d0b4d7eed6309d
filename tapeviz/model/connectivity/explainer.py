"""Why a gradient is None: the first true cause in a fixed order, and the op at which the path is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

from tapeviz.model.connectivity.branches import lines_not_taken
from tapeviz.model.connectivity.departures import implied_departures
from tapeviz.model.connectivity.flow import Flow, FlowGraph, is_assignment
from tapeviz.model.connectivity.paths import Cut, Edge, Paths
from tapeviz.model.connectivity.question import Question, is_differentiable
from tapeviz.model.connectivity.reasons import Reasons
from tapeviz.model.connectivity.syntax import LessonSyntax
from tapeviz.model.facts import RunFacts
from tapeviz.model.nondifferentiable import NOT_DIFFERENTIABLE
from tapeviz.model.recording import Op, Recording, SourceRange, Tensor
from tapeviz.model.why_none import Cause, WhyNone

ORDER: tuple[Cause, ...] = get_args(Cause)


def explain_none(recording: Recording, facts: RunFacts, call_id: int, source_index: int) -> WhyNone:
    """Say why the gradient of call `call_id` with respect to its source `source_index` is None.

    The cause is the first one of `ORDER` that accounts for the None by itself: that cuts every path from the target
    to the source. Where the paths are cut in different ways, it is the first one that cuts any, and the message
    names each. `Explainer` answers several such questions of one run for the price of one preparation.
    """
    return Explainer(recording, facts).explain(call_id, source_index)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How the tape of a call stands towards one source, whatever the path."""

    source: Tensor
    is_on_tape: bool
    was_watched: bool
    is_from_variable: bool


class Explainer:
    """Answers for every None of one run.

    Parameters
    ----------
    recording : Recording
        The run; the `why_none` of its sources are not looked at.
    facts : RunFacts
        What the engine noticed beside the ops.
    """

    def __init__(self, recording: Recording, facts: RunFacts) -> None:
        self._recording = recording
        self._facts = facts
        self._syntax = LessonSyntax(recording.source.text)
        departures = [*facts.departures, *implied_departures(recording, self._syntax)]
        self._syntax.follow_departures(departure.line for departure in departures if departure.line is not None)
        self._flows = FlowGraph(recording, departures, self._syntax)

    def explain(self, call_id: int, source_index: int) -> WhyNone:
        """Say why this source's gradient is None."""
        question = Question(recording=self._recording, facts=self._facts, call_id=call_id, source_index=source_index)
        reasons = Reasons(question, self._syntax, self._flows)
        standing = self._standing(question)
        paths = self._paths(question, standing.is_on_tape)
        for cause in ORDER:
            if self._holds_by_itself(cause, question, standing, paths):
                return reasons.whole(cause, paths, _groups(paths) if paths.are_severed_by(set(ORDER)) else ())
            if paths.are_severed_by({cause}):
                return reasons.cut([(cause, paths.cuts(cause))], paths)
        if paths.are_severed_by(set(ORDER)):
            return reasons.cut(_groups(paths), paths)
        if paths.exist:
            return reasons.unexplained(self._first_unrecorded(paths, question))
        not_taken = lines_not_taken(self._syntax, reasons.name, question.tape.line, self._places_in_block(question))
        return reasons.branch(not_taken) if not_taken.lines else reasons.unconnected()

    def _standing(self, question: Question) -> _Standing:
        source = self._recording.tensors[question.source]
        tape = question.tape
        made_by = None if source.producer is None else self._recording.ops[source.producer]
        was_watched = source.id in tape.watched
        is_on_tape = was_watched
        if source.role == "variable":
            is_on_tape |= bool(source.trainable) and tape.watch_accessed_variables
        elif made_by is not None:
            is_on_tape |= tape.id in made_by.recorded_by
        return _Standing(
            source=source,
            is_on_tape=is_on_tape,
            was_watched=was_watched,
            is_from_variable=source.role != "variable" and self._is_from_variable(source, question, made_by),
        )

    def _is_from_variable(self, source: Tensor, question: Question, made_by: Op | None) -> bool:
        if question.rebinding(self._syntax) is not None:
            return made_by is None or not question.is_in_block(made_by.id)
        if made_by is None or question.is_in_block(made_by.id):
            return False
        ancestors = (self._recording.tensors[tensor] for tensor in self._flows.ancestors(source.id))
        return any(tensor.role == "variable" and is_differentiable(tensor) for tensor in ancestors)

    def _holds_by_itself(self, cause: Cause, question: Question, standing: _Standing, paths: Paths) -> bool:
        """Whether a cause that lies in the source or the target holds, whatever the paths between them."""
        source = standing.source
        match cause:
            case "integer_dtype":
                targets = [self._recording.tensors[target] for target in question.targets]
                is_target_whole = bool(targets) and not any(map(is_differentiable, targets))
                return not is_differentiable(source) or is_target_whole
            case "not_trainable":
                return source.role == "variable" and source.trainable is False and not standing.was_watched
            case "variable_became_tensor":
                return standing.is_from_variable and not standing.is_on_tape
            case "not_watched":
                return not standing.is_on_tape and paths.exist
            case _:
                return False

    def _paths(self, question: Question, is_on_tape: bool) -> Paths:
        """Return the flows between source and target, each with the set of causes that cut it."""
        flows = self._flows.between(question.source, question.call, question.tape.entered_at)
        edges = (Edge(flow, self._causes(flow, question)) for flow in flows)
        paths = Paths(question.source, question.targets, edges)
        if is_on_tape and not paths.are_severed_by(set(ORDER)):
            silent = _silent_inputs(question)
            for edge in paths.open_edges():
                if (edge.flow.op, edge.flow.start) in silent:
                    edge.causes.add("not_differentiable")
        return paths

    def _causes(self, flow: Flow, question: Question) -> set[Cause]:
        if flow.kind == "python":
            return {"left_tensorflow"}
        op = self._recording.ops[cast(int, flow.op)]
        causes: set[Cause] = set()
        if flow.kind == "state":
            causes.add("stateful")
        if isinstance(flow.end, int) and not is_differentiable(self._recording.tensors[flow.end]):
            causes.add("integer_dtype")
        if op.type == "StopGradient":
            causes.add("stop_gradient")
        elif op.type in NOT_DIFFERENTIABLE:
            causes.add("not_differentiable")
        elif op.type in {"PyFunc", "PyFuncStateless"}:
            causes.add("left_tensorflow")
        return causes | self._causes_of_tape(op, flow, question)

    def _causes_of_tape(self, op: Op, flow: Flow, question: Question) -> set[Cause]:
        if question.tape.id in op.recorded_by:
            return {"tape_reset"} if question.reset_after(op.id) is not None else set()
        if op.id in self._facts.stopped_ops and self._is_stopped(op, question):
            return {"recording_stopped"}
        if not question.is_in_block(op.id):
            return {"computed_outside_tape"}
        was_watched_otherwise = flow.start == question.source and question.source in question.tape.watched
        if was_watched_otherwise and not is_assignment(op) and op.type not in NOT_DIFFERENTIABLE:
            return {"not_watched"} if question.reset_before(op.id) is None else {"tape_reset"}
        return set()

    def _is_stopped(self, op: Op, question: Question) -> bool:
        """Whether it was this tape, and not another one around the op, that was told to stop recording."""
        stopped = self._syntax.stopped_tapes(op.line)
        return question.is_in_block(op.id) and (not stopped or question.tape_name(self._syntax) in stopped)

    def _places_in_block(self, question: Question) -> list[SourceRange]:
        ops = self._recording.ops[question.tape.entered_at : question.call.started_at]
        return [op.place for op in ops if op.place is not None and question.is_in_block(op.id)]

    def _first_unrecorded(self, paths: Paths, question: Question) -> int | None:
        ops = (edge.flow.op for edge in paths.edges if edge.flow.op is not None)
        unrecorded = (op for op in ops if question.tape.id not in self._recording.ops[op].recorded_by)
        return min(unrecorded, default=None)


def _silent_inputs(question: Question) -> set[tuple[int, int]]:
    """Return each op and input to which the backward pass came and its VJP sent nothing."""
    shares = [s for s in question.call.contributions if any(c is not None for c in s.output_cotangents)]
    sent = {(share.op, share.tensor) for share in shares if share.value is not None}
    return {(share.op, share.tensor) for share in shares} - sent


def _groups(paths: Paths) -> list[tuple[Cause, list[Cut]]]:
    """Return the cuts of paths that are cut in different ways, each path under the first cause that cuts it."""
    groups: list[tuple[Cause, list[Cut]]] = []
    rest = paths
    for cause in ORDER:
        cuts = rest.cuts(cause)
        if cuts:
            groups.append((cause, cuts))
            rest = rest.without({cause})
    return groups
