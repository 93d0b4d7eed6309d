"""Local derivatives per op type, as data."""

from __future__ import annotations

from tapeviz.model.rules.elementwise import ARITHMETIC, EXPONENTIAL, PIECEWISE, TRIGONOMETRIC
from tapeviz.model.rules.linear_algebra import LINEAR_ALGEBRA
from tapeviz.model.rules.neural import ACTIVATIONS, LOSSES
from tapeviz.model.rules.reductions import REDUCTIONS
from tapeviz.model.rules.rule import Rule
from tapeviz.model.rules.shaping import BLOCKING, COPYING, JOINING, MOVING, PASSING, PICKING

__all__ = ["KEEPS_ONE_ELEMENT", "RULES", "Rule", "rule_of", "symbol_of"]

RULES: tuple[Rule, ...] = (
    *ARITHMETIC,
    *EXPONENTIAL,
    *TRIGONOMETRIC,
    *PIECEWISE,
    *ACTIVATIONS,
    *LOSSES,
    *LINEAR_ALGEBRA,
    *REDUCTIONS,
    *PASSING,
    *MOVING,
    *COPYING,
    *PICKING,
    *JOINING,
    *BLOCKING,
)
"""Every rule there is."""

KEEPS_ONE_ELEMENT = frozenset(
    {"Sum", "Mean", "Prod", "Max", "Min", "Reshape", "Squeeze", "ExpandDims", "Transpose", "BroadcastTo", "Tile"}
)
"""Ops that change nothing about a tensor of one element, whatever axes or shapes their other inputs give."""

_RULE_BY_TYPE = {op_type: rule for rule in RULES for op_type in rule.op_types}

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
    "ComplexAbs": "|x|",
    "Conv2D": "conv",
    "MaxPool": "maxpool",
    "AvgPool": "avgpool",
    "AssignVariableOp": ":=",
    "AssignAddVariableOp": "+=",
    "AssignSubVariableOp": "−=",
    "RandomStandardNormal": "N(0,1)",
    "StatelessRandomNormalV2": "N(0,1)",
    "RandomUniform": "U(0,1)",
    "StatelessRandomUniformV2": "U(0,1)",
}
_LONGEST_SYMBOL = 8


def rule_of(op_type: str) -> Rule | None:
    """Find the rule of an op type (``Mul``); None where TensorFlow's registered gradient speaks for itself."""
    return _RULE_BY_TYPE.get(op_type)


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
    name = op_type.removeprefix("__forward_").removeprefix("__inference_").rsplit("_", 1)[0]
    return "func" if "PartitionedCall" in name else _shortened(name)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_SYMBOL else name[: _LONGEST_SYMBOL - 1] + "…"
