"""One gradient call as it stands in the script: its tape's block, its target, and what it calls a source."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tapeviz.model.connectivity.reasons import LOOKUPS
from tapeviz.model.connectivity.syntax import LessonSyntax
from tapeviz.model.mending.sheet import Sheet
from tapeviz.model.recording import GradientCall, Recording, Source
from tapeviz.model.why_none import WhyNone

METHODS = frozenset({"gradient", "jacobian", "batch_jacobian"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A source of a gradient call, found in the script.

    `block` is the ``with`` statement of the tape, `call` the gradient call in the text; each None where the text does
    not show it.
    """

    recording: Recording
    sheet: Sheet
    gradient_call: GradientCall
    source: Source
    tape_name: str
    block: ast.With | None
    call: ast.Call | None

    @property
    def why(self) -> WhyNone | None:
        """Why there is no gradient."""
        return self.source.why_none

    @property
    def name(self) -> str:
        """What the lesson calls the source."""
        return self.source.name or self.recording.tensors[self.source.tensor].name or ""

    @property
    def target(self) -> ast.expr | None:
        """The expression that is differentiated."""
        return None if self.call is None else argument(self.call, 0, "target")

    @property
    def sources(self) -> ast.expr | None:
        """The expression by which is differentiated: one source, or all."""
        return None if self.call is None else argument(self.call, 1, "sources")

    @property
    def is_index(self) -> bool:
        """Whether the source says which rows of a table to take, itself or what whole numbers are made of it."""
        same = {self.source.tensor}
        for op in self.recording.ops[: self.gradient_call.started_at]:
            if op.type in LOOKUPS and len(op.inputs) > 1 and op.inputs[1] in same:
                return True
            if same.intersection(op.inputs):
                same.update(out for out in op.outputs if "int" in self.recording.tensors[out].dtype)
        return False

    def source_expression(self) -> ast.expr | None:
        """Return what the call gives as this source: its own expression in a list, or else the whole list."""
        found = self.sources
        for step in self.source.path:
            if isinstance(found, ast.List | ast.Tuple) and isinstance(step, int) and step < len(found.elts):
                found = found.elts[step]
            elif isinstance(found, ast.Dict):
                keys = [key.value if isinstance(key, ast.Constant) else None for key in found.keys]
                found = found.values[keys.index(step)] if step in keys else found
        return found


def asked(recording: Recording, call_id: int, source_index: int) -> Asked:
    """Find a source of a gradient call in the text of its recording."""
    sheet = Sheet(recording.source.text)
    gradient_call = recording.gradient_calls[call_id]
    tape = recording.tapes[gradient_call.tape]
    rank = sum(other.line == tape.line for other in recording.tapes[: tape.id])
    name = LessonSyntax(recording.source.text).tape_name(tape.line, rank)
    return Asked(
        recording=recording,
        sheet=sheet,
        gradient_call=gradient_call,
        source=gradient_call.sources[source_index],
        tape_name=name,
        block=block_of(sheet, tape.line, name),
        call=gradient_call_at(sheet, gradient_call.line, name),
    )


def block_of(sheet: Sheet, line: int | None, name: str) -> ast.With | None:
    """Return the ``with`` statement of the tape made on `line`, or the first one below that enters it by name."""
    if line is None:
        return None
    blocks = [node for node in ast.walk(sheet.tree) if isinstance(node, ast.With)]
    for block in blocks:
        if any(_spans(item.context_expr, line) for item in block.items):
            return block
    entering = (
        block
        for block in sorted(blocks, key=lambda block: block.lineno)
        if block.lineno > line and any(ast.unparse(item.context_expr) == name for item in block.items)
    )
    return next(entering, None)


def gradient_call_at(sheet: Sheet, line: int | None, name: str) -> ast.Call | None:
    """Return the gradient call on `line`, that of the tape called `name` where there are several."""
    found = [
        call
        for call in sheet.calls(line)
        if isinstance(call.func, ast.Attribute) and call.func.attr in METHODS and line is not None
    ]
    own = [call for call in found if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == name]
    return next(iter(own or found), None)


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """Return an argument of a call, by place or by name."""
    if place < len(call.args):
        return call.args[place]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _spans(node: ast.expr, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)
