"""Every op that works element by element, called with numbers it is defined for; two operands are broadcast."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_def_registry

from tests.rules.case import Case

Domain = tuple[float, float]
ANY, POSITIVE, INSIDE, UNIT, ABOVE_ONE = (-3.0, 3.0), (0.2, 4.0), (-0.9, 0.9), (0.05, 0.95), (1.1, 4.0)
random = np.random.default_rng(1)

DOMAINS: dict[Domain, str] = {
    ANY: "Neg Square Exp Expm1 Erf Erfc Sin Cos Atan Sinh Cosh Asinh Abs Sign Tanh Sigmoid Relu Elu Selu Softplus "
    "Softsign Dawsn BesselI0e BesselI1e BesselI0 BesselI1 BesselJ0 BesselJ1 FresnelCos FresnelSin",
    POSITIVE: "Sqrt Rsqrt Reciprocal Inv Log Log1p Lgamma Digamma BesselK0 BesselK1 BesselK0e BesselK1e BesselY0 "
    "BesselY1 Expint Spence",
    INSIDE: "Tan Asin Acos Atanh Erfinv",
    UNIT: "Ndtri",
    ABOVE_ONE: "Acosh",
    (-3.0, 9.0): "Relu6",
}
PAIR_DOMAINS: dict[tuple[Domain, Domain], str] = {
    (ANY, ANY): "AddV2 Add Sub Mul MulNoNan SquaredDifference Atan2 Maximum Minimum NextAfter",
    (ANY, POSITIVE): "RealDiv Div DivNoNan FloorMod Xdivy Xlogy Xlog1py",
    (POSITIVE, POSITIVE): "Pow Igamma Igammac",
    (ABOVE_ONE, POSITIVE): "Zeta",
}
SAME_SHAPE: dict[tuple[Domain, Domain], str] = {
    (POSITIVE, ANY): "SigmoidGrad TanhGrad SqrtGrad RsqrtGrad ReciprocalGrad InvGrad",
    (ANY, ANY): "SoftplusGrad ReluGrad EluGrad SeluGrad LeakyReluGrad",
    (ANY, (-3.0, 9.0)): "Relu6Grad",
}


def numbers(domain: Domain, shape: tuple[int, ...]) -> np.ndarray:
    return random.uniform(*domain, size=shape)


def of(op_type: str, *values: np.ndarray, called: Any = None, **more: Any) -> Case:
    names = [arg.name for arg in op_def_registry.get(op_type).input_arg]
    return Case(op_type, {**dict(zip(names, values, strict=True)), **more}, called=called)


def _select(condition: Any, t: Any, e: Any) -> tf.Tensor:
    return tf.raw_ops.Select(condition=condition, x=t, y=e)


def _all() -> list[Case]:
    cases = [of(name, numbers(domain, (3, 8))) for domain, names in DOMAINS.items() for name in names.split()]
    for (first, second), names in PAIR_DOMAINS.items():
        for name in names.split():
            cases.append(of(name, numbers(first, (3, 4)), numbers(second, (4,))))
            cases.append(of(name, numbers(first, (3, 1)), numbers(second, (2, 3, 4))))
    for (first, second), names in SAME_SHAPE.items():
        cases += [of(name, numbers(first, (12,)), numbers(second, (12,))) for name in names.split()]
    whole = np.array([1.0, 2.0, 3.0, 2.0])
    return [
        *cases,
        of("LeakyRelu", numbers(ANY, (12,)), alpha=0.3),
        of("Polygamma", whole, numbers(POSITIVE, (4,))),
        of("Betainc", numbers(POSITIVE, (6,)), numbers(POSITIVE, (6,)), numbers(UNIT, (6,))),
        of("ClipByValue", numbers(ANY, (24,)), np.array(-1.03), np.array(1.07)),
        of("SelectV2", numbers(ANY, (3, 4)) > 0, numbers(ANY, (3, 4)), numbers(ANY, (4,))),
        of("Select", numbers(ANY, (3, 4)) > 0, numbers(ANY, (3, 4)), numbers(ANY, (3, 4)), called=_select),
        of("BiasAdd", numbers(ANY, (5, 3)), numbers(ANY, (3,))),
        of("BiasAdd", numbers(ANY, (2, 4, 5, 3)), numbers(ANY, (3,))),
        Case("AddN", {"inputs": [numbers(ANY, (3,)), numbers(ANY, (3,)), numbers(ANY, (3,))]}),
    ]


CASES = _all()
