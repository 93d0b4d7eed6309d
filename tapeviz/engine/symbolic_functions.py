"""The functions of the rules as functions of sympy; each has the slope that its rule says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy.core.function import ArgumentIndexError

from tapeviz.model.rules import rule_of
from tapeviz.model.rules.notation import evaluate, functions_in
from tapeviz.model.rules.rule import letter_of


def _function(name: str, op_type: str, number: Callable[..., Any]) -> Any:
    """Make a function of its own, so that its derivative reads σ(u)·(1 − σ(u)), not as a quotient of exponentials.

    `number` is what it is worth, in functions that sympy evaluates; its derivatives are those of the rule of `op_type`.
    """

    def fdiff(applied: Any, argindex: int = 1) -> Any:
        rule = rule_of(op_type)
        slope = "" if rule is None else rule.local_of(argindex - 1)
        if not slope or not functions_in(slope) <= FUNCTIONS.keys():
            raise ArgumentIndexError(applied, argindex)
        values = {letter_of(place): argument for place, argument in enumerate(applied.args)}
        return evaluate(slope, values | {"z": applied, "pi": sympy.pi}, FUNCTIONS)

    def evaluated(applied: Any, precision: int) -> Any:
        return number(*applied.args)._eval_evalf(precision)

    return type(name, (sympy.Function,), {"fdiff": fdiff, "_eval_evalf": evaluated})


def _log_beta(a: Any, b: Any) -> Any:
    return FUNCTIONS["lgamma"](a) + FUNCTIONS["lgamma"](b) - FUNCTIONS["lgamma"](a + b)


_NUMBERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "sigmoid": ("Sigmoid", lambda u: 1 / (1 + sympy.exp(-u))),
    "softplus": ("Softplus", lambda u: sympy.log(1 + sympy.exp(u))),
    "lgamma": ("Lgamma", sympy.loggamma),
    "digamma": ("Digamma", sympy.digamma),
    "igamma": ("Igamma", lambda a, x: sympy.lowergamma(a, x) / sympy.gamma(a)),
    "betainc": ("Betainc", lambda a, b, x: sympy.betainc_regularized(a, b, 0, x)),
    "ndtri": ("Ndtri", lambda u: sympy.sqrt(2) * sympy.erfinv(2 * u - 1)),
    "dawsn": ("Dawsn", lambda u: sympy.sqrt(sympy.pi) / 2 * sympy.exp(-(u**2)) * sympy.erfi(u)),
    "spence": ("Spence", lambda u: sympy.polylog(2, 1 - u)),
    "besselI0": ("BesselI0", lambda u: sympy.besseli(0, u)),
    "besselI1": ("BesselI1", lambda u: sympy.besseli(1, u)),
    "besselI0e": ("BesselI0e", lambda u: sympy.exp(-sympy.Abs(u)) * sympy.besseli(0, u)),
    "besselI1e": ("BesselI1e", lambda u: sympy.exp(-sympy.Abs(u)) * sympy.besseli(1, u)),
    "besselJ0": ("BesselJ0", lambda u: sympy.besselj(0, u)),
    "besselJ1": ("BesselJ1", lambda u: sympy.besselj(1, u)),
    "besselK0": ("BesselK0", lambda u: sympy.besselk(0, u)),
    "besselK1": ("BesselK1", lambda u: sympy.besselk(1, u)),
    "besselK0e": ("BesselK0e", lambda u: sympy.exp(u) * sympy.besselk(0, u)),
    "besselK1e": ("BesselK1e", lambda u: sympy.exp(u) * sympy.besselk(1, u)),
    "besselY0": ("BesselY0", lambda u: sympy.bessely(0, u)),
    "besselY1": ("BesselY1", lambda u: sympy.bessely(1, u)),
}

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "sqrt": sympy.sqrt,
    "exp": sympy.exp,
    "log": sympy.log,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "atan2": sympy.atan2,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "asinh": sympy.asinh,
    "acosh": sympy.acosh,
    "atanh": sympy.atanh,
    "erf": sympy.erf,
    "erfinv": sympy.erfinv,
    "polygamma": sympy.polygamma,
    "zeta": sympy.zeta,
    "lbeta": _log_beta,
    "expint": sympy.Ei,
    "fresnel_cos": sympy.fresnelc,
    "fresnel_sin": sympy.fresnels,
    **{name: _function(name, op_type, number) for name, (op_type, number) in _NUMBERS.items()},
}
"""What the functions of the notation mean for symbols."""
