"""The factors of the chain rule: what a VJP sent, divided by what came into it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.recording import Contribution, GradientCall, Recording
from tapeviz.model.rules import rule_of
from tapeviz.model.tensor import TensorValue

MAX_ELEMENTS = 36
"""Factors of up to this many elements are asked for where the shares do not tell them."""

Factors = npt.NDArray[np.float64]


def factor_of(recording: Recording, contribution: Contribution) -> Factors | None:
    """Divide a share by the cotangent that came in: the local derivative, element by element, in TensorFlow's numbers.

    Where 0 or no number came in, the quotient says nothing and is NaN. None where an op is neither scalar nor
    elementwise, so that its derivative is no factor, or where the numbers were not kept.
    """
    upstream, sent = _told(recording, contribution)
    if upstream is None or sent is None:
        return None
    with np.errstate(all="ignore"):
        return np.where(np.isfinite(upstream) & (upstream != 0), sent / upstream, np.nan)


def untold_factors(recording: Recording, call: GradientCall) -> list[tuple[int, int]]:
    """List the op and input of the shares that do not tell their factor, because 0 or no number came in."""
    untold = []
    for contribution in call.contributions:
        upstream, sent = _told(recording, contribution)
        if upstream is None or sent is None or upstream.size > MAX_ELEMENTS:
            continue
        if recording.ops[contribution.op].attributes.get("custom_gradient"):
            continue
        if not np.all(np.isfinite(upstream) & (upstream != 0)):
            untold.append((contribution.op, contribution.input_index))
    return list(dict.fromkeys(untold))


def _told(recording: Recording, contribution: Contribution) -> tuple[Factors | None, Factors | None]:
    """Give what came in and what went out, where the derivative between them is a factor."""
    op = recording.ops[contribution.op]
    came = [tensor for tensor in contribution.output_cotangents if tensor is not None]
    if contribution.value is None or len(came) != 1:
        return None, None
    upstream, sent = (_numbers(recording.tensors[tensor].value) for tensor in (came[0], contribution.value))
    if upstream is None or sent is None:
        return None, None
    if upstream.size == sent.size == 1:
        return upstream.reshape(()), sent.reshape(())
    rule = rule_of(op.type)
    is_elementwise = rule is not None and (rule.is_elementwise or rule.manner == "passing")
    return (upstream, sent) if is_elementwise and upstream.shape == sent.shape else (None, None)


def _numbers(value: TensorValue | None) -> Factors | None:
    if value is None or not value.is_whole or not value.encoding or value.array.dtype.kind not in "iuf":
        return None
    numbers: npt.NDArray[Any] = value.array
    return numbers.astype(np.float64)


def product_of(factors: Iterable[Factors | None]) -> Factors | None:
    """Multiply the factors along a path; None where one of them is none."""
    product: Factors = np.ones(())
    for factor in factors:
        if factor is None:
            return None
        with np.errstate(all="ignore"):
            product = product * factor
    return product
