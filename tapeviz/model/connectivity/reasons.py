"""The sentences that say why a gradient is None, in the lesson's own names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from tapeviz.model.connectivity.branches import NotTaken
from tapeviz.model.connectivity.flow import Flow, FlowGraph, changed_by, is_assignment
from tapeviz.model.connectivity.mends import (
    mend_cut,
    mend_in_place,
    mend_integer_source,
    mend_rebinding,
)
from tapeviz.model.connectivity.paths import Cut, Paths
from tapeviz.model.connectivity.phrases import MAX_NAMED, Phrases, listed
from tapeviz.model.connectivity.question import Question, is_differentiable
from tapeviz.model.connectivity.syntax import LessonSyntax
from tapeviz.model.nondifferentiable import NOT_DIFFERENTIABLE
from tapeviz.model.recording import Op, Tensor
from tapeviz.model.why_none import Cause, CutPlace, WhyNone

ZERO_INSTEAD = "pass unconnected_gradients=tf.UnconnectedGradients.ZERO if zero is meant"

LOOKUPS = frozenset({"GatherV2", "ResourceGather", "GatherNd", "ResourceGatherNd"})

TAILS: dict[Cause, str] = {
    "integer_dtype": "; no derivative passes through it",
    "left_tensorflow": "; the tape cannot see what Python or NumPy computes",
    "stateful": "; a tape records what is read out of something with a state, never what was put into it",
    "stop_gradient": ", which lets numbers forward and nothing back",
}


Groups = Sequence[tuple[Cause, Sequence[Cut]]]
"""The cuts of paths by cause, the first true cause first."""


class Reasons:
    """Writes the answer to one question.

    Parameters
    ----------
    question : Question
    syntax : LessonSyntax
    flows : FlowGraph
    """

    def __init__(self, question: Question, syntax: LessonSyntax, flows: FlowGraph) -> None:
        self._question = question
        self._recording = question.recording
        self._syntax = syntax
        self._flows = flows
        self._source = self._recording.tensors[question.source]
        self._say = Phrases(question, syntax)
        given = question.call.sources[question.source_index].name
        self.name = given or self._say.described(self._source)
        self._target = self._say.named([self._recording.tensors[target] for target in question.targets])

    def whole(self, cause: Cause, paths: Paths, further: Groups) -> WhyNone:
        """Answer for a cause that lies in the source or the target; `further` are cuts that would remain without it."""
        match cause:
            case "integer_dtype":
                return self._integer()
            case "not_trainable":
                reason = self._frozen(has_path=paths.exist)
            case "variable_became_tensor":
                reason = self._became_tensor()
            case _:
                reason = self._not_watched()
        return self._with_further(reason, self.cut(further, paths)) if further else reason

    def _with_further(self, reason: WhyNone, other: WhyNone) -> WhyNone:
        """Name a second cut too: the mend of the first alone would bring no gradient."""
        is_one_line = {cut.line for cut in reason.cuts} <= {cut.line for cut in other.cuts}
        return replace(
            reason,
            message=f"{reason.message} There is a second cut: {other.message}",
            fix=other.fix if is_one_line else f"{reason.fix} {other.fix}",
            cuts=(*reason.cuts, *other.cuts),
        )

    def cut(self, groups: Groups, paths: Paths) -> WhyNone:
        """Answer for paths that are cut on the way; the first group's cause is the answer's."""
        cause, cuts = groups[0]
        every = [cut for _, group in groups for cut in group]
        clauses = self._clauses(every)
        if len(clauses) == 1:
            message = self._sentence(cuts[0], clauses[0])
        else:
            named = "; another ".join(clauses[:MAX_NAMED])
            more = f"; and {len(clauses) - MAX_NAMED} more are cut" if len(clauses) > MAX_NAMED else ""
            message = f"Every path from {self._target} back to {self.name} is cut: one {named}{more}."
        fixes = list(dict.fromkeys(self._mend(cut, paths) for cut in every))
        places = tuple(dict.fromkeys(self._place(cut) for cut in every))
        return WhyNone(cause=cause, message=message, cut_at=places[0].op, fix=" ".join(fixes[:MAX_NAMED]), cuts=places)

    def _clauses(self, cuts: Sequence[Cut]) -> list[str]:
        """Say where each path is cut; what leaves TensorFlow on one line and comes back in many places is said once."""
        backs: dict[int | None, set[int | None]] = {}
        for cut in cuts:
            if self._is_python(cut):
                backs.setdefault(_left_on(cut.flow), set()).add(self._line_back(cut.flow))
        clauses = (
            self._python_clause(cut.flow, is_back_once=len(backs[_left_on(cut.flow)]) == 1)
            if self._is_python(cut)
            else self._clause(cut)
            for cut in cuts
        )
        return list(dict.fromkeys(clauses))

    def branch(self, not_taken: NotTaken) -> WhyNone:
        """Answer for a source that only branches use which did not run."""
        lines = not_taken.lines
        where = f"line {lines[0]}" if len(lines) == 1 else "lines " + ", ".join(map(str, lines))
        message = (
            f"{'Apart from a condition, ' if not_taken.is_in_condition else ''}{self.name} is used only on {where}, "
            f"in a branch that did not run: {self._target} has no path to it."
        )
        fix = f"Choose values for which the branch with {where} runs, or {ZERO_INSTEAD}."
        return WhyNone(cause="branch_not_taken", message=message, cut_at=None, fix=fix)

    def unconnected(self) -> WhyNone:
        """Answer for a target that nothing links to the source."""
        roots: list[Tensor] = []
        for target in self._question.targets:
            roots += [self._recording.tensors[root] for root in (target, *self._flows.roots(target))]
        names = list(dict.fromkeys(t.name for t in roots if t.name and t.name not in (self.name, self._target)))
        message = f"Nothing links {self._target} to {self.name}: no op leads from one to the other."
        if names:
            message = f"Nothing links {self._target} to {self.name}: {self._target} was computed from {listed(names)}."
            made_at = self._source.producer
            if made_at is not None:
                message = (
                    f"{self.name} was computed{self._say.on_line(self._recording.ops[made_at])}, but {self._target} "
                    f"was not computed from it: it came from {listed(names)}."
                )
        fix = f"Use {self.name} in the computation of {self._target}, or {ZERO_INSTEAD}."
        return WhyNone(cause="not_connected", message=message, cut_at=None, fix=fix)

    def unexplained(self, op: int | None) -> WhyNone:
        """Answer for a path that looks whole: say what was seen and no more."""
        if op is None:
            message = (
                f"The tape recorded every op between {self._target} and {self.name}, "
                "but the gradients of these ops sent nothing back."
            )
            fix = "Look for an op on the path whose own gradient is None, such as a tf.custom_gradient."
            return WhyNone(cause="not_differentiable", message=message, cut_at=None, fix=fix)
        ran = self._say.operation(self._recording.ops[op])
        message = f"{ran} ran within the block of {self._say.tape()}, but the tape did not record it."
        fix = f"Compute {ran} plainly inside the `with` block."
        return self._at_op("computed_outside_tape", message, fix, op)

    def _integer(self) -> WhyNone:
        rule = "TensorFlow takes derivatives of floating point and complex numbers only."
        if not is_differentiable(self._source):
            message = f"{self.name}{self._where_made(self.name)} has dtype {self._source.dtype}, and {rule}"
            made_by = None if self._source.producer is None else self._recording.ops[self._source.producer]
            fix = mend_integer_source(self._syntax, self.name, made_by, self._question.call.line)
            table = self._table_looked_up()
            if table is not None:
                fix = f"{self.name} says which rows to take; differentiate by the table {table} instead."
            return self._at_source("integer_dtype", message, fix, self._source.producer, self._line_made(self.name))
        target = self._recording.tensors[self._question.targets[0]]
        made_by = None if target.producer is None else self._recording.ops[target.producer]
        line = f", computed on line {made_by.line}," if made_by is not None and made_by.line else ""
        message = f"The target {self._target}{line} has dtype {target.dtype}, and {rule}"
        fix = f"Keep {self._target} floating: leave out what makes it {target.dtype}."
        return self._at_op("integer_dtype", message, fix, target.producer)

    def _frozen(self, has_path: bool) -> WhyNone:
        message = (
            f"{self.name} is a variable with trainable=False, and {self._say.tape()} by itself watches only trainable "
            "variables."
        )
        if not has_path:
            message += f" Nor does {self._target} depend on {self.name}."
        fix = f"Create {self.name} with trainable=True, or {self._watch_it()}."
        if not has_path:
            fix = f"Leave {self.name} out of the sources: a model's trainable_variables are those without such ones."
        return self._at_source("not_trainable", message, fix, self._first_use(), self._line_made(self.name))

    def _became_tensor(self) -> WhyNone:
        rebinding = self._question.rebinding(self._syntax)
        made_at = self._source.producer
        line = None if made_at is None else self._recording.ops[made_at].line
        tape_watches = f"{self._say.tape()} by itself watches variables, never tensors"
        if rebinding is not None:
            text = (
                f"line {rebinding.line} (`{self._syntax.text_of(rebinding.line)}`)" if rebinding.line else "the lesson"
            )
            message = f"{self.name} is no longer the variable: {text} bound the name to a tensor, and {tape_watches}."
            fix = mend_rebinding(self._syntax, rebinding, self._watch_it())
            return self._at_source("variable_became_tensor", message, fix, made_at, rebinding.line)
        parents = self._variables_behind()
        where = f" on line {line}, outside the tape" if line else " outside the tape"
        message = f"{self.name} is a tensor that was made from {parents}{where}, and {tape_watches}."
        fix = f"Compute {self.name} inside the `with` block, or {self._watch_it()}."
        if line is not None and line == self._question.call.line:
            fix = f"Differentiate by {parents} itself, or give the tensor a name inside the `with` block and use that."
        elif (in_place := mend_in_place(self._syntax, line)) is not None:
            fix = in_place
        elif line is not None and self._syntax.function_around(line) is None:
            fix = f"Move line {line} inside the `with` block, or {self._watch_it()}."
        return self._at_source("variable_became_tensor", message, fix, made_at, line)

    def _not_watched(self) -> WhyNone:
        tape = self._say.tape()
        if self._source.role == "variable":
            message = (
                f"T{tape[1:]} was made with watch_accessed_variables=False and was never told to watch {self.name}."
            )
            fix = f"C{self._watch_it()[1:]}, or leave out watch_accessed_variables=False."
        else:
            message = f"{self.name} is a tensor, not a variable, and {tape} was never told to watch it."
            fix = f"C{self._watch_it()[1:]}, or make {self.name} a tf.Variable."
        return self._at_source("not_watched", message, fix, self._first_use(), self._question.tape.line)

    def _at_source(self, cause: Cause, message: str, fix: str, cut_at: int | None, line: int | None) -> WhyNone:
        """Answer for a cause that lies in the source: it is cut off where it is first used."""
        place = CutPlace(cause=cause, op=self._first_use(), tensor=self._source.id, line=line)
        return WhyNone(cause=cause, message=message, cut_at=cut_at, fix=fix, cuts=(place,))

    def _at_op(self, cause: Cause, message: str, fix: str, op: int | None) -> WhyNone:
        """Answer for a cause that lies in one op: nothing passes back through it."""
        line = None if op is None else self._recording.ops[op].line
        place = CutPlace(cause=cause, op=op, tensor=None, line=line)
        return WhyNone(cause=cause, message=message, cut_at=op, fix=fix, cuts=(place,))

    def _place(self, cut: Cut) -> CutPlace:
        op, line = self._cut_at(cut), None if cut.flow.departure is None else cut.flow.departure.line
        if line is None and op is not None:
            line = self._recording.ops[op].line
        start = cut.flow.start if isinstance(cut.flow.start, int) else None
        return CutPlace(cause=cut.cause, op=op, tensor=start, line=line)

    def _clause(self, cut: Cut) -> str:
        """Say where one path is cut, as what the path does there."""
        op = self._recording.ops[cast(int, cut.flow.op)]
        through = f"runs through {self._say.operation(op)}"
        match cut.cause:
            case "integer_dtype":
                made = self._recording.tensors[cut.flow.end] if isinstance(cut.flow.end, int) else self._source
                return f"{through}, which gives {made.dtype}"
            case "tape_reset":
                reset = self._question.reset_after(op.id) or self._question.reset_before(op.id)
                line = f" on line {reset.line}" if reset is not None and reset.line else ""
                return f"{through}, which the tape no longer knew of after {self._say.tape_name}.reset(){line}"
            case "recording_stopped":
                return f"{through}, executed under {self._say.tape_name}.stop_recording()"
            case "stop_gradient":
                return f"runs through tf.stop_gradient{self._say.on_line(op)}"
            case "left_tensorflow":
                return f"leaves TensorFlow in {self._say.operation(op)}"
            case "stateful":
                changed, _ = changed_by(op) if is_assignment(op) else (op.inputs[0], ())
                return f"runs through {self._say.state(op, changed)}{self._say.on_line(op)}"
            case "not_differentiable" if op.type in NOT_DIFFERENTIABLE:
                return f"{through}, whose gradient is registered as None"
            case "not_differentiable":
                return f"{through}, whose gradient sent nothing back that way"
            case "not_watched":
                return f"{through}, which ran before {self.name} was watched"
            case _:
                return f"runs through {self._say.subject(op)}, computed{self._say.on_line(op)}, {self._say.when(op)}"

    def _is_python(self, cut: Cut) -> bool:
        return cut.flow.op is None or (cut.cause == "left_tensorflow" and cut.flow.departure is not None)

    def _line_back(self, flow: Flow) -> int | None:
        return self._recording.ops[flow.op].line if flow.op is not None else None

    def _python_clause(self, flow: Flow, *, is_back_once: bool) -> str:
        left, back = _left_on(flow), self._line_back(flow)
        where = f" on line {left}" if left else ""
        if back is None or back == left or not is_back_once:
            return f"leaves TensorFlow{where} and comes back as a plain number"
        return f"leaves TensorFlow{where} and comes back on line {back} as a plain number"

    def _sentence(self, cut: Cut, clause: str) -> str:
        if cut.cause == "computed_outside_tape" and cut.flow.op is not None:
            op = self._recording.ops[cut.flow.op]
            return f"{self._say.subject(op)} was computed{self._say.on_line(op)}, {self._say.when(op)}."
        return f"The path from {self._target} back to {self.name} {clause}{TAILS.get(cut.cause, '')}."

    def _mend(self, cut: Cut, paths: Paths) -> str:
        if cut.cause == "computed_outside_tape":
            return self._mend_outside([self._recording.ops[op] for op in paths.ops_cut_by(cut.cause)])
        op = self._recording.ops[cut.flow.op] if cut.flow.op is not None else None
        return mend_cut(cut.cause, op, cut.flow.departure, self._syntax, self.name, self._say.tape_name)

    def _mend_outside(self, ops: Sequence[Op]) -> str:
        """Say what to move into the block: lines, the call of a function, or what stands in the gradient call."""
        own = self._syntax.function_around(self._question.tape.line)
        functions = [self._syntax.function_around(op.line) for op in ops]
        called = list(dict.fromkeys(name for name in functions if name not in (None, own)))
        if called:
            return f"Call {' and '.join(map(str, called))} inside the `with` block."
        lines = sorted({op.line for op in ops if op.line is not None} - {self._question.call.line})
        if not lines:
            subject, where = self._say.subject(ops[0]), self._say.on_line(ops[0])
            return f"Compute {subject} inside the `with` block, before the gradient is asked for{where}."
        if len(lines) == 1:
            return f"Move line {lines[0]} inside the `with` block."
        if len(lines) > MAX_NAMED:
            return f"Move what is computed from line {lines[0]} to line {lines[-1]} inside the `with` block."
        listed = ", ".join(map(str, lines[:-1]))
        return f"Move lines {listed} and {lines[-1]} inside the `with` block."

    def _cut_at(self, cut: Cut) -> int | None:
        """Return the op at which the picture shows the cut: for a passage through Python the last op before it."""
        if cut.flow.kind == "python" and isinstance(cut.flow.start, int):
            producer = self._recording.tensors[cut.flow.start].producer
            return cut.flow.op if producer is None else producer
        return cut.flow.op

    def _table_looked_up(self) -> str | None:
        """Return the name of the table of which the source picks the rows, if that is what it does."""
        flows = self._flows
        for op in self._recording.ops[: self._question.call.started_at]:
            if op.type in LOOKUPS and len(op.inputs) > 1:
                index = op.inputs[1]
                if index == self._source.id or self._source.id in flows.ancestors(index):
                    roots = (self._recording.tensors[root] for root in (op.inputs[0], *flows.roots(op.inputs[0])))
                    return next((root.name for root in roots if root.name and is_differentiable(root)), None)
        return None

    def _first_use(self) -> int | None:
        ops = self._recording.ops[self._question.tape.entered_at : self._question.call.started_at]
        return next((op.id for op in ops if self._source.id in op.inputs), None)

    def _variables_behind(self) -> str:
        tensors = (self._recording.tensors[tensor] for tensor in sorted(self._flows.ancestors(self._source.id)))
        names = list(dict.fromkeys(tensor.name for tensor in tensors if tensor.role == "variable" and tensor.name))
        if not names:
            return "a variable"
        listed = ", ".join(names[:MAX_NAMED])
        return f"the variable {listed}" if len(names) == 1 else f"the variables {listed}"

    def _watch_it(self) -> str:
        name = self.name if self._source.name else "..."
        return f"call {self._say.tape_name}.watch({name}) at the start of the `with` block"

    def _where_made(self, name: str) -> str:
        line = self._line_made(name)
        return f" (line {line})" if line is not None else ""

    def _line_made(self, name: str) -> int | None:
        value = self._syntax.assigned_value(name, before=self._question.call.line)
        return None if value is None else value.lineno


def _left_on(flow: Flow) -> int | None:
    return flow.departure.line if flow.departure is not None else None
