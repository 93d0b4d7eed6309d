"""The target of a gradient call written out as one expression of its sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sympy

from tapeviz.engine.algebra import apply, choose, is_blocking, is_gate, number_of
from tapeviz.model.recording import GradientCall, Op, Recording, Source
from tapeviz.model.rules import KEEPS_ONE_ELEMENT, rule_of
from tapeviz.model.rules.notation import SUM, TIGHT, Piece, latex_name, piece_of, show, typeset
from tapeviz.model.subjects import name_of, source_name

MOST_OPS = 80
"""A graph with more ops than this is no formula that anyone reads."""

LARGEST_FORMULA = 400
"""Symbols and signs in a formula written out; one that uses its own parts again and again grows past any bound."""

LONGEST_WITHOUT_NAMES = 40
LONGEST_CONDITION = 30
THIS_BRANCH = "on this branch"


def scalar(recording: Recording, tensor: int) -> float | None:
    """Take the number out of a real tensor of one element; None where there is none."""
    value = recording.tensors[tensor].value
    if value is None or not value.is_whole or value.size != 1 or value.array.dtype.kind not in "iufb":
        return None
    return float(value.array.item())


class Formula:
    """The target of a call as an expression in which some of its sources are symbols.

    What the tape does not hold (and what stops the gradient) enters as a symbol of its own, stands still while the
    rest is differentiated, and is written out again afterwards.

    Parameters
    ----------
    recording : Recording
    call : GradientCall
    sources : sequence of Source
        Real tensors of one element, all to be differentiated by.

    Attributes
    ----------
    numbers : dict
        The value of each symbol, from the recording.
    """

    def __init__(self, recording: Recording, call: GradientCall, sources: Sequence[Source]) -> None:
        self.recording = recording
        self.call = call
        self.sources = sources
        self.numbers: dict[Any, float] = {}
        self._names: dict[str, str] = {}
        self._symbols: dict[int, Any] = {}
        self._expressions: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}
        self._still: dict[Any, Any] = {}
        self._named: list[tuple[Any, Any]] = []
        self._conditions: list[tuple[str, frozenset[Any]]] = []
        self._dependent = {source.tensor for source in sources}

    def build(self) -> bool:
        """Build the expression of the target; False where that cannot be done."""
        ops = self._ops_between()
        if ops is None:
            return False
        for source in self.sources:
            self._symbols[source.tensor] = self._symbol(source.tensor, source_name(self.recording, source))
        self._uses = Counter(self.recording.tensors[tensor].name for op in ops for tensor in op.outputs)
        return all(self._run(op) for op in ops)

    def derivative(self, source: Source) -> Any:
        """Differentiate the target, weighted with its seed, by one of the sources."""
        total = sympy.Integer(0)
        for target, seed in zip(self.call.target, self.call.seed, strict=True):
            weight = 1.0 if seed is None else scalar(self.recording, seed)
            total += number_of(1.0 if weight is None else weight, "float64") * self._of(target)
        return self._written_out(sympy.diff(total, self._symbols[source.tensor]))

    def abbreviated(self, slope: Any) -> Any:
        """Put the lesson's names for intermediate values into a derivative that is long without them."""
        if len(self.text(slope)) <= LONGEST_WITHOUT_NAMES:
            return slope
        for expression, symbol in reversed(self._named):
            slope = slope.subs(expression, symbol)
        return slope

    def conditions(self, source: Source) -> list[str]:
        """List what was decided on the way from a source to the target."""
        symbol = self._symbols[source.tensor]
        return list(dict.fromkeys(text for text, symbols in self._conditions if symbol in symbols))

    def text(self, expression: Any) -> str:
        """Write an expression in the lesson's names: ``3x + 3y²``."""
        names = {key: piece_of(name) for key, name in self._names.items()} | {"E": piece_of("e")}
        return show(_source_of(expression), names, TIGHT).text

    def latex(self, expression: Any) -> str:
        """Set an expression in LaTeX."""
        names = {key: latex_name(name) for key, name in self._names.items()} | {"E": "e"}
        return typeset(_source_of(expression), names).text

    def _ops_between(self) -> list[Op] | None:
        """List the ops that the target was computed by, in the order in which they ran; None if they are too many."""
        found: set[int] = set()
        waiting = list(self.call.target)
        while waiting:
            tensor = waiting.pop()
            producer = self.recording.tensors[tensor].producer
            if producer is None or producer in found or tensor in self._dependent:
                continue
            found.add(producer)
            if len(found) > 2 * MOST_OPS:
                return None
            waiting += self.recording.ops[producer].inputs
        ops = [self.recording.ops[op] for op in sorted(found)]
        for op in ops:
            is_wall = is_blocking(op.type) or self.call.tape not in op.recorded_by
            if self._dependent.intersection(op.inputs) and not is_wall:
                self._dependent.update(op.outputs)
        between = [op for op in ops if self._dependent.intersection(op.outputs)]
        is_connected = bool(self._dependent.intersection(self.call.target))
        return ops if is_connected and len(between) <= MOST_OPS else None

    def _run(self, op: Op) -> bool:
        """Express the output of an op; False where it should move with a source and cannot be expressed."""
        is_dependent = bool(self._dependent.intersection(op.outputs))
        if len(op.outputs) != 1 or scalar(self.recording, op.outputs[0]) is None:
            return not is_dependent
        output = op.outputs[0]
        self._sizes[output] = 1 + sum(self._sizes.get(tensor, 1) for tensor in _operands(op))
        expression = self._expression_of(op, is_dependent) if self._sizes[output] <= LARGEST_FORMULA else None
        if expression is None:
            self._sizes[output] = 1
            return not is_dependent
        if not is_dependent and expression.free_symbols.intersection(self._source_symbols()):
            still = sympy.Dummy(real=True)
            self._still[still] = expression
            expression = still
        self._expressions[output] = expression
        self._note_name(output, expression)
        return True

    def _source_symbols(self) -> list[Any]:
        return [self._symbols[source.tensor] for source in self.sources]

    def _note_name(self, tensor: int, expression: Any) -> None:
        """Remember what the lesson calls an expression; a name that it gave twice says nothing."""
        name, number = self.recording.tensors[tensor].name, scalar(self.recording, tensor)
        is_clear = bool(name) and self._uses[name] == 1 and name not in self._names.values()
        if name and is_clear and number is not None and sympy.count_ops(expression) > 1:
            symbol = self._symbol(tensor, name)
            self.numbers[symbol] = number
            self._named.append((expression, symbol))

    def _expression_of(self, op: Op, is_dependent: bool) -> Any | None:
        if op.type == "ReadVariableOp":
            return self._read(op)
        numbers = [scalar(self.recording, tensor) for tensor in _operands(op)]
        known = [number for number in numbers if number is not None]
        if len(known) != len(numbers):
            return None
        inputs = [self._of(tensor) for tensor in _operands(op)]
        if is_gate(op.type):
            branch, condition = choose(op.type, inputs, known, _parameters(op))
            if is_dependent:
                self._note_condition(condition, inputs)
            return branch
        return inputs[0] if op.type == "StopGradient" else apply(op.type, inputs)

    def _read(self, op: Op) -> Any | None:
        """Read a variable: always the same symbol, as long as it always holds the same number."""
        variable, output = op.inputs[0], op.outputs[0]
        number = scalar(self.recording, output)
        if variable not in self._symbols:
            self._symbols[variable] = self._symbol(variable, name_of(self.recording, variable))
        symbol = self._symbols[variable]
        if number is None or self.numbers.setdefault(symbol, number) != number:
            return None
        return symbol

    def _of(self, tensor: int) -> Any:
        """Express a tensor; one that no known op made is a symbol if it has a name of its own, else a number."""
        if tensor in self._symbols:
            symbol = self._symbols[tensor]
            self.numbers.setdefault(symbol, scalar(self.recording, tensor) or 0.0)
            return symbol
        if tensor not in self._expressions:
            self._expressions[tensor] = self._leaf(tensor)
        return self._expressions[tensor]

    def _leaf(self, tensor: int) -> Any:
        found, number = self.recording.tensors[tensor], scalar(self.recording, tensor) or 0.0
        if not found.name or found.name in self._names.values():
            return number_of(number, found.dtype)
        symbol = self._symbol(tensor, found.name)
        self.numbers[symbol] = number
        self._symbols[tensor] = symbol
        return symbol

    def _symbol(self, tensor: int, name: str) -> Any:
        key = name if name.isidentifier() and name not in self._names and name not in {"E", "pi"} else f"s{tensor}"
        self._names[key] = name
        return sympy.Symbol(key, real=True)

    def _note_condition(self, condition: str, inputs: Sequence[Any]) -> None:
        symbols = frozenset().union(*(self._written_out(expression).free_symbols for expression in inputs))
        if not symbols:
            return
        operands = {
            letter: Piece(self.text(self._written_out(expression)), SUM)
            for letter, expression in zip("uvw", inputs, strict=False)
        }
        text = show(condition, operands).text if condition else THIS_BRANCH
        self._conditions.append((text if len(text) <= LONGEST_CONDITION else THIS_BRANCH, symbols))

    def _written_out(self, expression: Any) -> Any:
        """Put back what stood still."""
        while any(symbol in expression.free_symbols for symbol in self._still):
            expression = expression.subs(self._still)
        return expression


def _operands(op: Op) -> Sequence[int]:
    """List the inputs that an op computes with: not the axes and shapes of those that change nothing but the form."""
    return op.inputs[:1] if op.type in KEEPS_ONE_ELEMENT else op.inputs


def _parameters(op: Op) -> dict[str, float]:
    """Read the letters of an op's rule that stand for its attributes: the slope of a leaky gate."""
    rule = rule_of(op.type, op.attributes)
    found = [] if rule is None else [(letter, op.attributes.get(name)) for letter, name in rule.parameters]
    return {letter: float(value) for letter, value in found if isinstance(value, int | float)}


def _source_of(expression: Any) -> str:
    return str(expression).replace("Abs(", "abs(")
