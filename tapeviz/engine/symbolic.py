"""The symbolic twin: the derivative of a scalar, elementwise graph as a formula, beside the number TensorFlow gave."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sympy

from tapeviz.engine.algebra import apply, choose, is_blocking, is_gate, number_of
from tapeviz.model.explanation import SymbolicDerivative
from tapeviz.model.folding import build_graph
from tapeviz.model.graph import Subject
from tapeviz.model.numbers import format_factor
from tapeviz.model.recording import GradientCall, Op, Recording, Source
from tapeviz.model.rules import KEEPS_ONE_ELEMENT
from tapeviz.model.rules.notation import TIGHT, Piece, latex_name, piece_of, show, typeset
from tapeviz.model.subjects import name_of, source_name

MOST_OPS = 80
"""A graph with more ops than this is no formula that anyone reads."""

LARGEST_FORMULA = 400
"""Symbols and signs in a formula written out; one that uses its own parts again and again grows past any bound."""

LONGEST_EXPRESSION = 90
LONGEST_WITHOUT_NAMES = 40
MOST_TERMS = 5
MOST_CONDITIONS = 2
LONGEST_CONDITION = 30
LARGEST_TO_REWRITE = 60
WORTH_REWRITING = 0.7
_TOLERANCES = {"float16": 2e-2, "bfloat16": 5e-2, "float32": 1e-4, "float64": 1e-9}


def derive(recording: Recording, call_id: int) -> tuple[SymbolicDerivative | None, ...]:
    """Differentiate the target of a gradient call by each of its sources, symbolically.

    Returns
    -------
    tuple of SymbolicDerivative or None
        One per source; None where the way from source to target is not made of scalar, elementwise ops, where the
        formula would be too long to read, and where its number is not the one that TensorFlow returned.
    """
    call = recording.gradient_calls[call_id]
    if call.method != "gradient":
        return tuple(None for _ in call.sources)

    @functools.cache
    def target_name() -> str:
        return _target_name(recording, call)

    return tuple(_derive_by(recording, call, source, target_name) for source in call.sources)


def _derive_by(
    recording: Recording, call: GradientCall, source: Source, target_name: Callable[[], str]
) -> SymbolicDerivative | None:
    if source.value is None or _scalar(recording, source.value) is None:
        return None
    formula = _Formula(recording, call, source)
    if not formula.build():
        return None
    try:
        slope = formula.derivative()
        number = float(slope.subs(formula.numbers).evalf())
    except (TypeError, ValueError, ZeroDivisionError, OverflowError, RecursionError):
        return None
    returned = _scalar(recording, source.value)
    tolerance = _TOLERANCES.get(recording.tensors[source.value].dtype)
    if returned is None or tolerance is None or not abs(number - returned) <= tolerance * max(1.0, abs(returned)):
        return None
    return _written(formula, slope, number, target_name)


def _scalar(recording: Recording, tensor: int) -> float | None:
    """Take the number out of a real tensor of one element; None where there is none."""
    value = recording.tensors[tensor].value
    if value is None or not value.is_whole or value.size != 1 or value.array.dtype.kind not in "iufb":
        return None
    return float(value.array.item())


class _Formula:
    """The target of a call as an expression, with one source as the symbol to differentiate by.

    `numbers` are the values of the symbols. What the tape does not hold (and what stops the gradient) enters as a
    symbol of its own, stands still while the rest is differentiated, and is written out again afterwards.
    """

    def __init__(self, recording: Recording, call: GradientCall, source: Source) -> None:
        self.recording = recording
        self.call = call
        self.source = source
        self.names: dict[str, str] = {}
        self.numbers: dict[Any, float] = {}
        self.conditions: list[str] = []
        self._expressions: dict[int, Any] = {}
        self._symbols: dict[int, Any] = {}
        self._still: dict[Any, Any] = {}
        self._dependent = {source.tensor}
        self._named: list[tuple[Any, Any]] = []
        self._sizes: dict[int, int] = {}

    def build(self) -> bool:
        """Build the expression of the target; False where that cannot be done."""
        ops = self._ops_between()
        if ops is None:
            return False
        self._symbols[self.source.tensor] = self._symbol(self.source.tensor, source_name(self.recording, self.source))
        return all(self._run(op) for op in ops)

    def derivative(self) -> Any:
        """Differentiate the target, weighted with its seed, and write it as short as it gets."""
        total = sympy.Integer(0)
        for target, seed in zip(self.call.target, self.call.seed, strict=True):
            weight = 1.0 if seed is None else _scalar(self.recording, seed)
            total += number_of(1.0 if weight is None else weight, "float64") * self._of(target)
        slope = sympy.diff(total, self._symbols[self.source.tensor])
        while any(symbol in slope.free_symbols for symbol in self._still):
            slope = slope.subs(self._still)
        return self._abbreviated(_shortest(slope, self.text))

    def _abbreviated(self, slope: Any) -> Any:
        """Put the lesson's names for intermediate values into a derivative that is long without them."""
        for expression, symbol in reversed(self._named):
            if len(self.text(slope)) > LONGEST_WITHOUT_NAMES:
                slope = slope.subs(expression, symbol)
        return slope

    def text(self, expression: Any) -> str:
        """Write an expression in the lesson's names: ``3x + 3y²``."""
        names = {key: piece_of(name) for key, name in self.names.items()} | {"E": piece_of("e")}
        return show(_source_of(expression), names, TIGHT).text

    def latex(self, expression: Any) -> str:
        """Set an expression in LaTeX."""
        return typeset(_source_of(expression), {key: latex_name(name) for key, name in self.names.items()} | {"E": "e"})

    def _ops_between(self) -> list[Op] | None:
        """List the ops that the target was computed by, in the order in which they ran; None if they are too many."""
        found: set[int] = set()
        waiting = list(self.call.target)
        while waiting:
            tensor = waiting.pop()
            producer = self.recording.tensors[tensor].producer
            if producer is None or producer in found or tensor == self.source.tensor:
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
        is_dependent = bool(self._dependent.intersection(op.outputs))
        if len(op.outputs) != 1 or _scalar(self.recording, op.outputs[0]) is None:
            return not is_dependent
        output = op.outputs[0]
        self._sizes[output] = 1 + sum(self._sizes.get(tensor, 1) for tensor in _operands(op))
        expression = self._expression_of(op, is_dependent) if self._sizes[output] <= LARGEST_FORMULA else None
        if expression is None:
            self._sizes[output] = 1
            return not is_dependent
        if not is_dependent and self._has_dependent_root(expression):
            still = sympy.Dummy(real=True)
            self._still[still] = expression
            expression = still
        self._expressions[output] = expression
        if is_dependent:
            self._note_name(output, expression)
        return True

    def _note_name(self, tensor: int, expression: Any) -> None:
        """Remember what the lesson calls an expression, to write long derivatives with."""
        name, number = self.recording.tensors[tensor].name, _scalar(self.recording, tensor)
        if name and number is not None and sympy.count_ops(expression) > 1:
            symbol = self._symbol(tensor, name)
            self.numbers[symbol] = number
            self._named.append((expression, symbol))

    def _has_dependent_root(self, expression: Any) -> bool:
        """Whether an expression that must stand still would move with the source."""
        return self._symbols[self.source.tensor] in expression.free_symbols

    def _expression_of(self, op: Op, is_dependent: bool) -> Any | None:
        if op.type == "ReadVariableOp":
            return self._read(op)
        numbers = [_scalar(self.recording, tensor) for tensor in _operands(op)]
        known = [number for number in numbers if number is not None]
        if len(known) != len(numbers):
            return None
        inputs = [self._of(tensor) for tensor in _operands(op)]
        if is_gate(op.type):
            slope = op.attributes.get("alpha", 0.0)
            branch, condition = choose(op.type, inputs, known, slope if isinstance(slope, float) else 0.0)
            if is_dependent:
                self._note_condition(condition, inputs)
            return branch
        if op.type == "StopGradient":
            return inputs[0]
        return apply(op.type, inputs)

    def _read(self, op: Op) -> Any | None:
        """Read a variable: always the same symbol, as long as it always holds the same number."""
        variable, output = op.inputs[0], op.outputs[0]
        number = _scalar(self.recording, output)
        if variable not in self._symbols:
            self._symbols[variable] = self._symbol(variable, name_of(self.recording, variable))
        symbol = self._symbols[variable]
        if number is None or self.numbers.setdefault(symbol, number) != number:
            return None
        return symbol

    def _of(self, tensor: int) -> Any:
        """Express a tensor; one that no known op made is a symbol if it has a name, else a number."""
        if tensor in self._symbols:
            symbol = self._symbols[tensor]
            self.numbers.setdefault(symbol, _scalar(self.recording, tensor) or 0.0)
            return symbol
        if tensor not in self._expressions:
            self._expressions[tensor] = self._leaf(tensor)
        return self._expressions[tensor]

    def _leaf(self, tensor: int) -> Any:
        found, number = self.recording.tensors[tensor], _scalar(self.recording, tensor) or 0.0
        if not found.name:
            return number_of(number, found.dtype)
        symbol = self._symbol(tensor, found.name)
        self.numbers[symbol] = number
        self._symbols[tensor] = symbol
        return symbol

    def _symbol(self, tensor: int, name: str) -> Any:
        key = name if name.isidentifier() and name not in self.names and name not in {"E", "pi"} else f"s{tensor}"
        self.names[key] = name
        return sympy.Symbol(key, real=True)

    def _note_condition(self, condition: str, inputs: Sequence[Any]) -> None:
        if condition and not any(expression.free_symbols for expression in inputs):
            return
        if not condition:
            self.conditions.append("on this branch")
            return
        operands: dict[str, Piece] = {}
        for letter, expression in zip("uvw", inputs, strict=False):
            written = expression
            while any(symbol in written.free_symbols for symbol in self._still):
                written = written.subs(self._still)
            operands[letter] = Piece(self.text(written), 2)
        text = show(condition, operands).text
        if text not in self.conditions:
            self.conditions.append(text if len(text) <= LONGEST_CONDITION else "on this branch")


def _operands(op: Op) -> Sequence[int]:
    """List the inputs that an op computes with: not the axes and shapes of those that change nothing but the form."""
    return op.inputs[:1] if op.type in KEEPS_ONE_ELEMENT else op.inputs


def _shortest(expression: Any, text: Any) -> Any:
    """Write it as the rules of calculus left it, unless multiplying out or reducing makes it much shorter."""
    if sympy.count_ops(expression) > LARGEST_TO_REWRITE:
        return expression
    rewritten = [sympy.expand(expression), sympy.factor_terms(expression), sympy.cancel(expression)]
    shortest = min(rewritten, key=lambda form: len(text(form)))
    return shortest if len(text(shortest)) < WORTH_REWRITING * len(text(expression)) else expression


def _source_of(expression: Any) -> str:
    return str(expression).replace("Abs(", "abs(")


def _written(formula: _Formula, slope: Any, number: float, target_name: Callable[[], str]) -> SymbolicDerivative | None:
    expression = formula.text(slope)
    if len(expression) > LONGEST_EXPRESSION:
        return None
    target = target_name()
    name = source_name(formula.recording, formula.source)
    left = f"∂{target}/∂{name}"
    latex_target = r"\left(" + target.strip("()") + r"\right)" if target.startswith("(") else latex_name(target)
    latex_left = rf"\frac{{\partial {latex_target}}}{{\partial {latex_name(name)}}}"
    substituted = _substituted(slope, formula.numbers)
    value = format_factor(number)
    latex = [latex_left, formula.latex(slope), substituted.replace("−", "-"), value.replace("−", "-")]
    return SymbolicDerivative(
        left=_conditional(formula.conditions) + left,
        expression=expression,
        substituted=substituted,
        value=number,
        latex=" = ".join(_distinct(latex)),
    )


def _distinct(parts: Iterable[str]) -> list[str]:
    return [part for part in dict.fromkeys(parts) if part]


def _conditional(conditions: Sequence[str]) -> str:
    if not conditions:
        return ""
    if len(conditions) > MOST_CONDITIONS or "on this branch" in conditions:
        return "on this branch: "
    return f"where {' and '.join(conditions)}: "


def _target_name(recording: Recording, call: GradientCall) -> str:
    """Name the target as the picture does."""
    graph = build_graph(recording, Subject(call=call.id), is_folded=True)
    names = [node.symbol for node in graph.nodes if node.kind == "target"]
    return names[0] if len(names) == 1 else f"({' + '.join(names)})"


def _substituted(slope: Any, numbers: dict[Any, float]) -> str:
    """Write the value of each term of a sum: ``6 + 27``; empty where it adds nothing."""
    terms = slope.as_ordered_terms()
    if not 2 <= len(terms) <= MOST_TERMS:
        return ""
    text = ""
    for term in terms:
        shown = format_factor(float(term.subs(numbers).evalf()))
        if not text:
            text = shown
        else:
            text += f" − {shown[1:]}" if shown.startswith("−") else f" + {shown}"
    return text
