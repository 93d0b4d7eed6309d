"""One iteration, told sub-step by sub-step, with its numbers: ``m = 0.9 m + 0.1 g = 0.9 × 0.21 + 0.1 × 2 = 0.389``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent import DescentSettings
from tapeviz.model.identity import Same
from tapeviz.model.iterate_rules import SubStepRule, rules_of
from tapeviz.model.numbers import MAX_INLINE_LENGTH, format_factor
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.rules.notation import ATOM, Piece, Style, piece_of, show, typeset
from tapeviz.model.schedule_facts import CLIPPINGS
from tapeviz.model.tensor import TensorValue

Numbers = npt.NDArray[Any]

_BESIDE = Style(times=" ")
_TIMES = Style(times=" × ")
_LATEX = {
    "rate": r"\eta",
    "beta_1": r"\beta_1",
    "beta_2": r"\beta_2",
    "rest_1": r"(1-\beta_1)",
    "rest_2": r"(1-\beta_2)",
    "rho": r"\rho",
    "rest_rho": r"(1-\rho)",
    "momentum": r"\mu",
    "epsilon": r"\varepsilon",
    "weight_decay": r"\lambda",
    "kept": r"\kappa",
    "rest_kept": r"(1-\kappa)",
    "gathered": "n",
    "t": "t",
    "α": r"\alpha",
    "μ": r"\mu_t",
    "ν": r"\mu_{t+1}",
    "p": r"\Pi",
    "δ": r"\delta",
    "Δ": r"\Delta",
    "θ": r"\theta",
    "h": r"\hat{m}",
    "z": r"\hat{v}",
    "ā": r"\bar{\theta}",
}
_BESIDE_NUMBERS = re.compile(r"(?<=[\d⁰¹²³⁴⁵⁶⁷⁸⁹]) (?=\d)")
_DOUBLE_BRACKETS = re.compile(r"(?<=sign)\((\([^()]*\))\)")
_KEPT = frozenset("mvwuapsāθ")
"""Letters whose value before and after an iteration is told apart by an index."""

_SHOWN = {"h": "m̂", "z": "v̂", "p": "Π", "rate": "t"}
"""What a letter of the rules is called on the screen, where that is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedIterate:
    """One iteration in numbers, as Keras made it and as TensorFlow computed what lies between.

    Parameters
    ----------
    settings : DescentSettings
    iterate : int
        The one that the iteration leaves.
    position, following : TensorValue, shape (dimension,)
        Where it stood, and where Keras' update took it.
    loss : float
        At `position`.
    numbers : dict of str to float
        What the rules call by name: hyperparameters, the learning rate, t.
    before : dict of str to TensorValue
        What Keras had kept when the iteration began, by its letter.
    results : tuple of TensorValue
        What each of `rules_of` yielded: shape (), (dimension,), or (dimension, dimension) for a Hessian.
    title : str
        What the objective's value is called, and its `parameters`.
    defect : str
        A sentence where the sub-steps do not add up to the update that was really made; empty where they do.
    """

    settings: DescentSettings
    iterate: int
    position: TensorValue
    following: TensorValue
    loss: float
    numbers: dict[str, float]
    before: dict[str, TensorValue]
    results: tuple[TensorValue, ...]
    title: str = "f"
    parameters: tuple[str, ...] = ()
    defect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubStep:
    """One sub-step as it is shown.

    Parameters
    ----------
    title, words, formula, caption : str
        ``First moment``; what it is for; ``m = 0.9 m + 0.1 g``; the same with its numbers.
    latex : str
    vector : array of shape (dimension,) or None
        What is drawn as an arrow from the iterate; None for a number.
    is_move : bool
        The arrow is part of the way to the next iterate, and drawn to scale; otherwise only its direction says
        something.
    """

    title: str
    words: str
    formula: str
    latex: str
    caption: str
    vector: Numbers | None = field(default=None, compare=False)
    is_move: bool = False

    @property
    def brief(self) -> str:
        """The caption without the formula in it, for where that stands beside: ``m = 0.9 × 0.21 + 0.1 × 2 = 0.389``."""
        symbol = self.formula.partition(" = ")[0]
        rest = self.caption.removeprefix(self.formula)
        return symbol + rest if rest.startswith(" = ") and rest != self.caption else self.caption


def story_of(opened: OpenedIterate) -> tuple[SubStep, ...]:
    """Tell an iteration: one sub-step for each rule, in order."""
    return _told(Same(opened))


@lru_cache(maxsize=4)
def _told(same: Same) -> tuple[SubStep, ...]:
    opened: OpenedIterate = same.objects[0]
    told: list[SubStep] = []
    values: dict[str, Any] = {**opened.numbers, "θ": opened.position.array}
    values |= {letter: value.array for letter, value in opened.before.items()}
    settled: set[str] = set()
    for rule, result in zip(rules_of(opened.settings, opened.iterate), opened.results, strict=True):
        told.append(_sub_step(opened, rule, result.array, values, settled))
        values[rule.symbol] = result.array if result.shape else float(result.array)
        settled.add(rule.symbol)
    return tuple(told)


def headline(opened: OpenedIterate) -> str:
    """Say which iteration this is: ``Adam, iteration 3: from (1, 2) to (0.9, 1.9)``."""
    title = f"{OPTIMIZERS[opened.settings.optimizer].title}, iteration {opened.iterate + 1}"
    position, following = opened.position.array, opened.following.array
    if np.array_equal(position, following):
        return f"{title}: it stays at {_text(position)}"
    if position.size > MAX_INLINE_LENGTH:
        return f"{title}: a step of length {_norm(following - position)}"
    return f"{title}: from {_text(position)} to {_text(following)}"


def _sub_step(
    opened: OpenedIterate, rule: SubStepRule, result: Numbers, values: Mapping[str, Any], settled: set[str]
) -> SubStep:
    formula, latex, caption = (
        _by_expression(rule, result, values, settled)
        if rule.expression
        else _SPECIAL[rule.special](opened, result, values)
    )
    vector = None
    if rule.symbol == "θ":
        vector = result - values["θ"]
    elif result.ndim == 1:
        vector = result
    return SubStep(
        title=rule.title,
        words=rule.words,
        formula=formula,
        latex=latex,
        caption=caption,
        vector=vector,
        is_move=rule.yields == "move",
    )


def _by_expression(
    rule: SubStepRule, result: Numbers, values: Mapping[str, Any], settled: set[str]
) -> tuple[str, str, str]:
    symbol = _SHOWN.get(rule.symbol, rule.symbol)
    letters = {name: _symbol_piece(name, value) for name, value in values.items()}
    formula = f"{symbol} = {_shown(rule.expression, letters, _BESIDE)}"
    is_short = max(np.size(value) for value in (result, *values.values())) <= MAX_INLINE_LENGTH
    if is_short:
        filled = {name: _number_piece(value) for name, value in values.items()}
        in_numbers = _shown(rule.expression, filled, _TIMES)
        is_same = in_numbers == _shown(rule.expression, letters, _TIMES)
        ways = (f"{symbol} = {in_numbers}",) if is_same else (formula, in_numbers)
        caption = " = ".join(dict.fromkeys((*ways, _text(result))))
    elif np.ndim(result):
        is_changed = rule.symbol in values and rule.expression != "ā"
        change = f"its norm goes from {_norm(values[rule.symbol])}" if is_changed else "of norm"
        caption = f"{formula}, {change} to {_norm(result)}" if is_changed else f"{formula}, {change} {_norm(result)}"
    else:
        caption = f"{formula} = {_text(result)}"
    names = {name: _latex(name, name in settled) for name in values}
    return formula, f"{_latex(rule.symbol, True)} = {typeset(rule.expression, names).text}", caption


def _shown(expression: str, names: Mapping[str, Piece], style: Style) -> str:
    """Set an expression, with a dot where two numbers would stand beside each other."""
    text = show(expression, names, style).text
    return _DOUBLE_BRACKETS.sub(r"\1", _BESIDE_NUMBERS.sub(" · ", text))


def _symbol_piece(name: str, value: Any) -> Piece:
    """Give a hyperparameter as its number, what is computed on the way as its letter."""
    is_letter = np.ndim(value) > 0 or name in _SHOWN or not name.isascii() or (len(name) == 1 and name != "t")
    return Piece(_SHOWN.get(name, name), ATOM) if is_letter and name != "rate" else _number_piece(value)


def _number_piece(value: Any) -> Piece:
    return piece_of(_text(value))


def _latex(name: str, is_settled: bool) -> str:
    latex = _LATEX.get(name, name)
    if name == "g":
        return "g_k"
    return f"{latex}_{{k{'+1' if is_settled else ''}}}" if name in _KEPT else latex


def _text(value: Any) -> str:
    """Write a number, a short vector in brackets, a long one by its norm."""
    array = np.asarray(value)
    if array.size == 1:
        return format_factor(array.reshape(-1)[0].item())
    if array.size <= MAX_INLINE_LENGTH:
        return f"({', '.join(format_factor(each.item()) for each in array.reshape(-1))})"
    return f"numbers of norm {_norm(array)}"


def _norm(value: Any) -> str:
    return format_factor(float(np.linalg.norm(np.asarray(value, np.float64))))


def _gradient(opened: OpenedIterate, result: Numbers, _: Mapping[str, Any]) -> tuple[str, str, str]:
    formula = f"g = ∇{opened.title}({', '.join(opened.parameters)})"
    shown = _text(result) if result.size <= MAX_INLINE_LENGTH else f"{result.size} numbers of norm {_norm(result)}"
    return formula, r"g_k = \nabla f(\theta_k)", f"{formula} = {shown}, where {opened.title} = {_text(opened.loss)}"


def _clipping(opened: OpenedIterate, result: Numbers, values: Mapping[str, Any]) -> tuple[str, str, str]:
    clipping = opened.settings.clipping
    assert clipping is not None
    limit, before = format_factor(clipping.limit), np.asarray(values["g"])
    formula, latex = {
        "value": (f"g = g cut to {limit} on both sides", r"g_k = \min(\max(g_k, -c), c)"),
        "norm": (f"g = g {limit} / ‖g‖ by each variable", r"g_k = g_k \, \min(1, c / \|g_k\|)"),
        "global_norm": (f"g = g {limit} / ‖g‖", r"g_k = g_k \, \min(1, c / \|g_k\|)"),
    }[clipping.kind]
    if np.array_equal(before, result):
        return formula, latex, f"Nothing is cut: {CLIPPINGS[clipping.kind].title}, {_norm(before)}, is within {limit}"
    shown = f" = {_text(result)}" if result.size <= MAX_INLINE_LENGTH else ""
    return formula, latex, f"{formula}{shown}: its norm goes from {_norm(before)} to {_norm(result)}"


def _length(opened: OpenedIterate, result: Numbers, values: Mapping[str, Any]) -> tuple[str, str, str]:
    formula = f"t = the lowest point of {opened.title}(θ + t d)"
    after = values.get("loss_after")
    change = f": {opened.title} falls from {_text(opened.loss)} to {_text(after)}" if after is not None else ""
    return formula, r"t = \arg\min_{t \geq 0} f(\theta_k + t \, d)", f"t = {_text(result)}{change}"


def _hessian(opened: OpenedIterate, result: Numbers, _: Mapping[str, Any]) -> tuple[str, str, str]:
    formula = f"H = ∇²{opened.title}({', '.join(opened.parameters)})"
    eigenvalues = np.linalg.eigvalsh(np.asarray(result, np.float64))
    spread = f"eigenvalues from {_text(eigenvalues[0])} to {_text(eigenvalues[-1])}"
    if len(result) <= 2:
        rows = ", ".join(_text(row) for row in result)
        return formula, r"H = \nabla^2 f(\theta_k)", f"{formula} = ({rows}), {spread}"
    return formula, r"H = \nabla^2 f(\theta_k)", f"{formula}: {len(result)} × {len(result)}, {spread}"


def _solved(_: OpenedIterate, result: Numbers, __: Mapping[str, Any]) -> tuple[str, str, str]:
    shown = (
        f"d = −H⁻¹ g = {_text(result)}" if result.size <= MAX_INLINE_LENGTH else f"d = −H⁻¹ g, of norm {_norm(result)}"
    )
    return "d = −H⁻¹ g", "d = -H^{-1} g_k", shown


_SPECIAL = {
    "gradient": _gradient,
    "clipping": _clipping,
    "length": _length,
    "hessian": _hessian,
    "solved": _solved,
}
