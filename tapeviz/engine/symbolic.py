"""The symbolic twin: the derivative of a scalar, elementwise graph as a formula, beside the number TensorFlow gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sympy

from tapeviz.engine.formula import THIS_BRANCH, Formula, scalar
from tapeviz.model.explanation import SymbolicDerivative
from tapeviz.model.folding import build_graph
from tapeviz.model.graph import Subject
from tapeviz.model.latex import latex_target, partial
from tapeviz.model.numbers import format_factor, latex_of_numbers
from tapeviz.model.recording import GradientCall, Recording, Source
from tapeviz.model.rules.notation import latex_name
from tapeviz.model.subjects import source_name

LONGEST_EXPRESSION = 110
MOST_TERMS = 5
MOST_CONDITIONS = 2
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
    formulas = _formulas(recording, call)
    target = _target_name(recording, call) if any(formulas) else ""
    return tuple(
        None if formula is None else _derive_by(formula, source, target)
        for formula, source in zip(formulas, call.sources, strict=True)
    )


def _formulas(recording: Recording, call: GradientCall) -> list[Formula | None]:
    """Write the target out for each source: once for all that no op made, since none of them hides another."""
    is_candidate = [
        call.method == "gradient" and source.value is not None and scalar(recording, source.value) is not None
        for source in call.sources
    ]
    candidates = [source for source, is_one in zip(call.sources, is_candidate, strict=True) if is_one]
    given = [source for source in candidates if recording.tensors[source.tensor].producer is None]
    shared = _built(recording, call, given)
    formulas: list[Formula | None] = []
    for source, is_one in zip(call.sources, is_candidate, strict=True):
        if not is_one:
            formulas.append(None)
        elif shared is not None and source in given:
            formulas.append(shared)
        else:
            formulas.append(_built(recording, call, [source]))
    return formulas


def _built(recording: Recording, call: GradientCall, sources: Sequence[Source]) -> Formula | None:
    if not sources or len({source.tensor for source in sources}) < len(sources):
        return None
    formula = Formula(recording, call, sources)
    return formula if formula.build() else None


def _derive_by(formula: Formula, source: Source, target: str) -> SymbolicDerivative | None:
    if source.value is None:
        return None
    try:
        slope = formula.abbreviated(_shortest(formula.derivative(source), formula.text))
        number = float(slope.subs(formula.numbers).evalf())
    except (TypeError, ValueError, ZeroDivisionError, OverflowError, RecursionError):
        return None
    returned = scalar(formula.recording, source.value)
    tolerance = _TOLERANCES.get(formula.recording.tensors[source.value].dtype)
    if returned is None or tolerance is None or not abs(number - returned) <= tolerance * max(1.0, abs(returned)):
        return None
    return _written(formula, source, slope, number, target)


def _shortest(expression: Any, text: Callable[[Any], str]) -> Any:
    """Write it as the rules of calculus left it, unless multiplying out or reducing makes it much shorter."""
    if sympy.count_ops(expression) > LARGEST_TO_REWRITE:
        return expression
    rewritten = [sympy.expand(expression), sympy.factor_terms(expression), sympy.cancel(expression)]
    shortest = min(rewritten, key=lambda form: len(text(form)))
    return shortest if len(text(shortest)) < WORTH_REWRITING * len(text(expression)) else expression


def _written(formula: Formula, source: Source, slope: Any, number: float, target: str) -> SymbolicDerivative | None:
    expression = formula.text(slope)
    if len(expression) > LONGEST_EXPRESSION:
        return None
    name = source_name(formula.recording, source)
    latex_left = partial(latex_target(target), latex_name(name))
    substituted = _substituted(slope, formula.numbers)
    value = format_factor(number)
    latex = [latex_left, formula.latex(slope), latex_of_numbers(substituted), latex_of_numbers(value)]
    return SymbolicDerivative(
        left=f"{_conditional(formula.conditions(source))}∂{target}/∂{name}",
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
    if len(conditions) > MOST_CONDITIONS or THIS_BRANCH in conditions:
        return f"{THIS_BRANCH}: "
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
    if terms[0].could_extract_minus_sign() and not terms[1].could_extract_minus_sign():
        terms[:2] = terms[1::-1]  # as they are set: what is negative does not begin a sum
    text = ""
    for term in terms:
        shown = format_factor(float(term.subs(numbers).evalf()))
        if not text:
            text = shown
        else:
            text += f" − {shown[1:]}" if shown.startswith("−") else f" + {shown}"
    return text
