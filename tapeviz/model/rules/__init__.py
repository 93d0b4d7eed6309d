"""Local derivatives per op type, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tapeviz.model.rules.backward_ops import ELEMENTWISE_VJPS, STRUCTURAL_VJPS
from tapeviz.model.rules.elementwise import ARITHMETIC, EXPONENTIAL, PIECEWISE, TRIGONOMETRIC
from tapeviz.model.rules.layers import CONVOLUTIONS, FOURIER, NORMALISATION, POOLING, RESIZING
from tapeviz.model.rules.linear_algebra import DECOMPOSITIONS, DIAGONALS, PRODUCTS, SYSTEMS
from tapeviz.model.rules.neural import ACTIVATIONS, LOSSES
from tapeviz.model.rules.picking import JOINING, PICKING, SCATTERING
from tapeviz.model.rules.reductions import REDUCTIONS, RUNNING, SEGMENTS
from tapeviz.model.rules.rule import Rule
from tapeviz.model.rules.shaping import BLOCKING, COPYING, MOVING, PASSING
from tapeviz.model.rules.special import BESSEL, COMPLEX, GAMMA, INTEGRALS, PAIRS

__all__ = ["CHAPTERS", "KEEPS_ONE_ELEMENT", "RULES", "Rule", "rule_of", "symbol_of"]

CHAPTERS: dict[str, tuple[Rule, ...]] = {
    "Arithmetic": ARITHMETIC,
    "Exponentials and logarithms": (*EXPONENTIAL, *PAIRS),
    "Trigonometry": TRIGONOMETRIC,
    "Switches": PIECEWISE,
    "Activations": ACTIVATIONS,
    "Losses": LOSSES,
    "Products": PRODUCTS,
    "Linear systems": SYSTEMS,
    "Decompositions": DECOMPOSITIONS,
    "Diagonals and bands": DIAGONALS,
    "Reductions": REDUCTIONS,
    "Running sums and products": RUNNING,
    "Segments": SEGMENTS,
    "Identities": PASSING,
    "Moving": MOVING,
    "Copying": COPYING,
    "Picking": PICKING,
    "Scattering": SCATTERING,
    "Joining and parting": JOINING,
    "Convolutions": CONVOLUTIONS,
    "Pooling": POOLING,
    "Normalisation": NORMALISATION,
    "Resizing": RESIZING,
    "Fourier transforms": FOURIER,
    "Complex numbers": COMPLEX,
    "Gamma and beta": GAMMA,
    "Integrals": INTEGRALS,
    "Bessel functions": BESSEL,
    "Ops of the backward pass, element by element": ELEMENTWISE_VJPS,
    "Ops of the backward pass, on whole tensors": STRUCTURAL_VJPS,
    "Nothing goes back": BLOCKING,
}
"""Every rule there is, by chapter."""

RULES: tuple[Rule, ...] = tuple(rule for chapter in CHAPTERS.values() for rule in chapter)
"""Every rule there is."""

KEEPS_ONE_ELEMENT = frozenset(
    {"Sum", "Mean", "Prod", "Max", "Min", "Reshape", "Squeeze", "ExpandDims", "Transpose", "BroadcastTo", "Tile"}
)
"""Ops that change nothing about a tensor of one element, whatever axes or shapes their other inputs give."""

_RULES_BY_TYPE: dict[str, list[Rule]] = {}
for _rule in RULES:
    for _op_type in _rule.op_types:
        _RULES_BY_TYPE.setdefault(_op_type, []).append(_rule)

_SYMBOLS = {
    "Floor": "floor",
    "Ceil": "ceil",
    "Round": "round",
    "Rint": "round",
    "FloorDiv": "//",
    "OnesLike": "ones",
    "ZerosLike": "zeros",
    "Greater": ">",
    "GreaterEqual": "≥",
    "Less": "<",
    "LessEqual": "≤",
    "Equal": "=",
    "NotEqual": "≠",
    "LogicalAnd": "and",
    "LogicalOr": "or",
    "LogicalNot": "not",
    "ArgMax": "argmax",
    "ArgMin": "argmin",
    "AssignVariableOp": ":=",
    "AssignAddVariableOp": "+=",
    "AssignSubVariableOp": "−=",
    "RandomStandardNormal": "N(0,1)",
    "StatelessRandomNormalV2": "N(0,1)",
    "RandomUniform": "U(0,1)",
    "StatelessRandomUniformV2": "U(0,1)",
}
_LONGEST_SYMBOL = 8
_LONGEST_FUNCTION = 18


def rule_of(op_type: str, attributes: Mapping[str, object] | None = None) -> Rule | None:
    """Find the rule of an op type (``Mul``) with these attributes; the usual case where they are not given.

    Returns None where TensorFlow's registered gradient speaks for itself.
    """
    rules = _RULES_BY_TYPE.get(op_type, ())
    return next((rule for rule in rules if rule.holds(attributes or {})), None)


def symbol_of(op_type: str) -> str:
    """Choose what is drawn in an op's node: its mathematical symbol, or its type in small letters, cut to eight."""
    symbol = _SYMBOLS.get(op_type)
    if symbol:
        return symbol
    rule = rule_of(op_type)
    if rule:
        return rule.symbol
    if op_type.startswith(("__forward_", "__inference_", "StatefulPartitionedCall", "PartitionedCall")):
        return _function_symbol(op_type)
    return _shortened(op_type.lower())


def _function_symbol(op_type: str) -> str:
    name = re.sub(r"_\d+$", "", op_type.removeprefix("__forward_").removeprefix("__inference_"))
    return "func" if "PartitionedCall" in name else _shortened(name, _LONGEST_FUNCTION)


def _shortened(name: str, longest: int = _LONGEST_SYMBOL) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"
