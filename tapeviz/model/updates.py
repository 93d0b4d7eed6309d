"""What was done with the gradients: the variables that were given new values after a call, and how these were made."""

from __future__ import annotations

from dataclasses import dataclass

from tapeviz.model.numbers import format_factor, format_shape, format_value
from tapeviz.model.recording import GradientCall, Op, Recording
from tapeviz.model.rules import rule_of
from tapeviz.model.rules.notation import ATOM, NEGATIVE, PRODUCT, Piece, Style, piece_of, show
from tapeviz.model.rules.rule import letter_of
from tapeviz.model.subjects import name_of, source_name
from tapeviz.model.tensor import TensorValue

_ARITHMETIC = Style(times=" × ")
_PASSING = frozenset({"Identity", "Cast", "ReadVariableOp", "StopGradient", "EnsureShape"})
_INCREMENTS = {"AssignSubVariableOp": "z - u", "AssignAddVariableOp": "z + u"}
_DEEPEST = 6
_METHODS = {
    "AssignVariableOp": "assign",
    "AssignSubVariableOp": "assign_sub",
    "AssignAddVariableOp": "assign_add",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A variable was given a new value after a gradient call.

    `assignment` is its place in `Recording.assignments`, `op` the op that carried it out. `before` is None where it is
    not known what the variable held.
    """

    assignment: int
    variable: int
    op: int
    line: int | None
    before: TensorValue | None
    after: TensorValue


def updates_of(recording: Recording, call: GradientCall) -> tuple[Update, ...]:
    """List the assignments that followed a call, in the order made, up to the next tape or call."""
    starts = [tape.entered_at for tape in recording.tapes]
    starts += [other.started_at for other in recording.gradient_calls if other.id != call.id]
    end = min((start for start in starts if start >= call.ended_at), default=len(recording.ops))
    held: dict[int, TensorValue] = {}
    found = []
    for place, assignment in enumerate(recording.assignments):
        op, variable = assignment.op, assignment.variable
        if op is not None and call.ended_at <= op < end:
            found.append(
                Update(
                    assignment=place,
                    variable=variable,
                    op=op,
                    line=assignment.line,
                    before=held.get(variable, recording.tensors[variable].value),
                    after=assignment.value,
                )
            )
        held[variable] = assignment.value
    return tuple(found)


def method_of(op_type: str) -> str:
    """Say what the lesson calls an op that gives a variable a new value: ``assign_sub``."""
    return _METHODS.get(op_type, op_type)


def arithmetic_of(recording: Recording, call: GradientCall, update: Update, *, depth: int = _DEEPEST) -> str:
    """Write out how a new value was made of the old one: ``0.5000 − 0.1 × 2.000``; empty where no op tells.

    The numbers are those of the ops that ran between the call and the assignment. Tensors too large for a line stand by
    their names: ``W − 0.1 × ∂loss/∂W``.

    Parameters
    ----------
    depth : int
        How many ops deep the calculation is followed; what lies deeper is a number.
    """
    return _Writer(recording, call, update).written(depth)


class _Writer:
    """Writes one update; the calculation begins at the gradients and at what the variables held."""

    def __init__(self, recording: Recording, call: GradientCall, update: Update) -> None:
        self._recording = recording
        self._update = update
        self._since = call.ended_at
        self._variable = name_of(recording, update.variable)
        target = name_of(recording, call.target[0]) if len(call.target) == 1 else ""
        self._gradients = {
            source.value: f"∂{target}/∂{source_name(recording, source)}" if target else "the gradient"
            for source in call.sources
            if source.value is not None
        }

    def written(self, depth: int) -> str:
        op = self._recording.ops[self._update.op]
        if op.type == "ResourceApplyGradientDescent":
            rate, gradient = (self._piece(tensor, depth) for tensor in op.inputs[1:3])
            return self._shown("z - u * v", {"u": rate, "v": gradient})
        if len(op.inputs) < 2 or not op.type.startswith("Assign"):
            return ""
        value = op.inputs[1]
        if op.type in _INCREMENTS:
            return self._shown(_INCREMENTS[op.type], {"u": self._piece(value, depth)})
        return self._piece(value, depth).text if self._maker(value) is not None and depth else ""

    def _shown(self, expression: str, pieces: dict[str, Piece]) -> str:
        return show(expression, {"z": self._said(self._update.before, self._variable), **pieces}, _ARITHMETIC).text

    def _piece(self, tensor: int, depth: int) -> Piece:
        maker = self._maker(tensor)
        if maker is None or depth == 0:
            return self._leaf(tensor)
        if maker.type in _PASSING:
            return self._piece(maker.inputs[0], depth)
        rule = rule_of(maker.type)
        if rule is None or not rule.is_elementwise or rule.parameters or len(maker.inputs) > 2:
            return self._leaf(tensor)
        pieces = {letter_of(place): self._piece(each, depth - 1) for place, each in enumerate(maker.inputs)}
        return show(rule.forward, pieces, _ARITHMETIC)

    def _maker(self, tensor: int) -> Op | None:
        """Find the op that made a value between the call and the assignment; None where the calculation begins."""
        producer = self._recording.tensors[tensor].producer
        if tensor in self._gradients or producer is None or producer < self._since:
            return None
        return self._recording.ops[producer]

    def _leaf(self, tensor: int) -> Piece:
        found = self._recording.tensors[tensor]
        if found.role == "variable":
            is_own = tensor == self._update.variable
            return self._said(self._update.before if is_own else self._held(tensor), name_of(self._recording, tensor))
        is_given = found.producer is None and not found.shape and found.value is not None and found.value.is_whole
        if is_given and found.value is not None and found.value.array.dtype.kind in "iuf":
            return piece_of(format_factor(found.value.array.item()))
        name = self._gradients.get(tensor) or found.name or f"({format_shape(found.shape)})"
        return self._said(found.value, name)

    def _held(self, variable: int) -> TensorValue | None:
        """Find what another variable (a learning rate, a momentum) held then."""
        before = [
            assignment.value
            for assignment in self._recording.assignments
            if assignment.variable == variable and assignment.op is not None and assignment.op < self._update.op
        ]
        return before[-1] if before else self._recording.tensors[variable].value

    def _said(self, value: TensorValue | None, name: str) -> Piece:
        text = format_value(value)
        if value is None or value.text is not None or " · " in text or len(value.shape) > 1:
            return Piece(name, ATOM if "/" not in name else PRODUCT)
        return Piece(text, NEGATIVE) if text.startswith("−") else Piece(text, ATOM)
