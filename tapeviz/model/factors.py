"""The factors of the chain rule: what a VJP sent, divided by what came into it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.recording import Contribution, GradientCall, Recording
from tapeviz.model.rules import rule_of
from tapeviz.model.tensor import TensorValue

MAX_ELEMENTS = 36
"""Factors of up to this many elements are asked for where the shares do not tell them."""

Factors = npt.NDArray[np.float64]
Told = npt.NDArray[np.bool_]


def factor_of(recording: Recording, contribution: Contribution) -> tuple[Factors, Told] | None:
    """Divide a share by the cotangent that came in: the local derivative, element by element, in TensorFlow's numbers.

    Returns
    -------
    tuple of array, array of bool, or None
        The factors, and where they are told: not where 0 or no number came in, for then the quotient says nothing.
        None where an op neither makes one number nor is elementwise, so that its derivative is no factor, or where
        the numbers were not kept.
    """
    came, sent = _flows(recording, contribution)
    return None if came is None or sent is None else quotient(came, sent)


def quotient(came: Factors, sent: Factors) -> tuple[Factors, Told]:
    """Divide what was sent by what came in, and say where that tells a factor."""
    is_told = np.broadcast_to(np.isfinite(came) & (came != 0), sent.shape)
    with np.errstate(all="ignore"):
        return np.where(is_told, sent / came, np.nan), is_told


def untold_factors(recording: Recording, call: GradientCall) -> list[tuple[int, int]]:
    """List the op and input of the shares that do not tell their factor, because 0 or no number came in."""
    untold = []
    for contribution in call.contributions:
        found = factor_of(recording, contribution)
        if found is None or found[0].size > MAX_ELEMENTS:
            continue
        if not found[1].all() and not recording.ops[contribution.op].attributes.get("custom_gradient"):
            untold.append((contribution.op, contribution.input_index))
    return list(dict.fromkeys(untold))


def numbers_of(value: TensorValue | None) -> Factors | None:
    """Give the real numbers of a value in double precision; None where it has none or they were not kept."""
    if value is None or not value.is_whole or not value.encoding or value.array.dtype.kind not in "iuf":
        return None
    numbers: npt.NDArray[Any] = value.array
    return numbers.astype(np.float64)


def _flows(recording: Recording, contribution: Contribution) -> tuple[Factors | None, Factors | None]:
    """Give what came in and what went out, where the derivative between them is a factor."""
    cotangents = [tensor for tensor in contribution.output_cotangents if tensor is not None]
    if contribution.value is None or len(cotangents) != 1:
        return None, None
    came, sent = (numbers_of(recording.tensors[tensor].value) for tensor in (cotangents[0], contribution.value))
    if came is None or sent is None:
        return None, None
    if came.size == 1:
        return came.reshape(()), sent.reshape(()) if sent.size == 1 else sent
    rule = rule_of(recording.ops[contribution.op].type)
    is_elementwise = rule is not None and (rule.is_elementwise or rule.manner == "passing")
    return (came, sent) if is_elementwise and came.shape == sent.shape else (None, None)
