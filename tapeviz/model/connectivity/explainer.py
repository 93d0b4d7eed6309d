"""Why a gradient is None: the first true cause in a fixed order, and the op at which the path is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

import networkx as nx

from tapeviz.model.connectivity.branches import lines_not_taken
from tapeviz.model.connectivity.flow import Flow, FlowGraph, Node, is_assignment
from tapeviz.model.connectivity.question import Cut, Question, is_differentiable
from tapeviz.model.connectivity.reasons import Reasons
from tapeviz.model.connectivity.syntax import LessonSyntax
from tapeviz.model.facts import RunFacts
from tapeviz.model.nondifferentiable import NOT_DIFFERENTIABLE
from tapeviz.model.recording import Cause, Op, Recording, SourceRange, Tensor, WhyNone

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
        departures = (departure.line for departure in facts.departures)
        self._recording = recording
        self._facts = facts
        self._syntax = LessonSyntax(recording.source.text, (line for line in departures if line is not None))
        self._flows = FlowGraph(recording, facts, self._syntax)

    def explain(self, call_id: int, source_index: int) -> WhyNone:
        """Say why this source's gradient is None."""
        question = Question(recording=self._recording, facts=self._facts, call_id=call_id, source_index=source_index)
        reasons = Reasons(question, self._syntax, self._flows)
        standing = self._standing(question)
        paths = self._paths(question)
        for cause in ORDER:
            if self._holds_by_itself(cause, question, standing, paths):
                return reasons.whole(cause, has_path=len(paths) > 0)
            cuts = _cuts(paths, question.source, cause)
            if cuts and _is_severed(paths, question.source, question.targets, {cause}):
                return reasons.cut([(cause, cuts)])
        groups = self._mixed(paths, question)
        if groups:
            return reasons.cut(groups)
        if len(paths):
            return reasons.unexplained(self._first_unrecorded(paths, question))
        lines = lines_not_taken(self._syntax, reasons.name, self._places_in_block(question))
        return reasons.branch(lines) if lines else reasons.unconnected()

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
        if any(rebinding.tensor == source.id for rebinding in self._facts.rebindings):
            return made_by is None or not question.is_in_block(made_by.id)
        if made_by is None or question.is_in_block(made_by.id):
            return False
        ancestors = (self._recording.tensors[tensor] for tensor in self._flows.ancestors(source.id))
        return any(tensor.role == "variable" and is_differentiable(tensor) for tensor in ancestors)

    def _holds_by_itself(self, cause: Cause, question: Question, standing: _Standing, paths: nx.MultiDiGraph) -> bool:
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
                return not standing.is_on_tape and len(paths) > 0
            case _:
                return False

    def _paths(self, question: Question) -> nx.MultiDiGraph:
        """Return the flows between source and target, each with the set of causes that cut it."""
        paths = self._flows.paths(question.source, question.targets, question.tape.entered_at).copy()
        for _, _, label in paths.edges(data=True):
            label["causes"] = self._causes(label["flow"], question)
        open_paths = _without(paths, set(ORDER))
        for _, _, label in open_paths.edges(data=True):
            if self._sends_nothing(label["flow"], question):
                label["causes"].add("not_differentiable")
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
        if op.id in self._facts.stopped_ops and question.is_in_block(op.id):
            return {"recording_stopped"}
        if not question.is_in_block(op.id):
            return {"computed_outside_tape"}
        was_watched_otherwise = flow.start == question.source and question.source in question.tape.watched
        if was_watched_otherwise and not is_assignment(op) and op.type not in NOT_DIFFERENTIABLE:
            return {"not_watched"} if question.reset_before(op.id) is None else {"tape_reset"}
        return set()

    def _sends_nothing(self, flow: Flow, question: Question) -> bool:
        """Whether the backward pass came to this op and its VJP sent nothing to this input."""
        return any(
            share.op == flow.op and share.tensor == flow.start and share.value is None
            for share in question.call.contributions
            if any(cotangent is not None for cotangent in share.output_cotangents)
        )

    def _mixed(self, paths: nx.MultiDiGraph, question: Question) -> list[tuple[Cause, list[Cut]]]:
        """Return the cuts of paths that are cut in different ways, each path under the first cause that cuts it."""
        groups: list[tuple[Cause, list[Cut]]] = []
        seen: set[Cause] = set()
        for cause in ORDER:
            rest = _on_paths(_without(paths, seen), question.source, question.targets)
            cuts = _cuts(rest, question.source, cause)
            if cuts:
                groups.append((cause, cuts))
            seen.add(cause)
        return groups if _is_severed(paths, question.source, question.targets, seen) else []

    def _places_in_block(self, question: Question) -> list[SourceRange]:
        ops = self._recording.ops[question.tape.entered_at : question.call.started_at]
        return [op.place for op in ops if op.place is not None]

    def _first_unrecorded(self, paths: nx.MultiDiGraph, question: Question) -> int | None:
        ops = {label["flow"].op for _, _, label in paths.edges(data=True)}
        unrecorded = (op for op in ops if question.tape.id not in self._recording.ops[op].recorded_by)
        return min(unrecorded, default=None)


def _without(paths: nx.MultiDiGraph, causes: set[Cause]) -> nx.MultiDiGraph:
    """Return the flows that none of `causes` cuts."""
    return nx.subgraph_view(paths, filter_edge=lambda u, v, k: not paths[u][v][k]["causes"] & causes)


def _on_paths(paths: nx.MultiDiGraph, source: Node, targets: tuple[int, ...]) -> nx.MultiDiGraph:
    if source not in paths:
        return paths
    forward: set[Node] = nx.descendants(paths, source) | {source}
    backward: set[Node] = {target for target in targets if target in paths}
    for target in tuple(backward):
        backward |= nx.ancestors(paths, target)
    return paths.subgraph(forward & backward)


def _is_severed(paths: nx.MultiDiGraph, source: Node, targets: tuple[int, ...], causes: set[Cause]) -> bool:
    """Whether `causes` together cut every path from `source` to the targets, there being one."""
    if source not in paths:
        return False
    reached = nx.descendants(_without(paths, causes), source) | {source}
    return not reached & set(targets)


def _cuts(paths: nx.MultiDiGraph, source: Node, cause: Cause) -> list[Cut]:
    """Return the flows that `cause` cuts first, seen from the source, in the order in which they ran."""
    if source not in paths:
        return []
    whole = _without(paths, {cause})
    reached = nx.descendants(whole, source) | {source}
    flows = [
        label["flow"]
        for start, _, label in paths.edges(reached, data=True)
        if start in reached and cause in label["causes"]
    ]
    distinct = {(flow.op, flow.departure): flow for flow in flows}
    cuts = [Cut(cause=cause, flow=flow) for flow in distinct.values()]
    return sorted(cuts, key=lambda cut: -1 if cut.flow.op is None else cut.flow.op)
