"""Holds what was recorded against what TensorFlow returned: structure exactly, numbers to float rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tapeviz.engine.values import Array, array_of

_ROUNDINGS = 4.0
"""How many units of rounding each term of a sum may cost: TensorFlow adds them in an order of its own."""


class Check:
    """The outcome of checking one gradient call: the largest relative error met, and the first defect."""

    def __init__(self) -> None:
        self.largest_error = 0.0
        self.defect: str | None = None

    def fail(self, sentence: str) -> None:
        """Keep a defect; the first one stays."""
        if self.defect is None:
            self.defect = sentence

    def take(self, other: Check) -> None:
        """Take over the outcome of another check."""
        self.largest_error = max(self.largest_error, other.largest_error)
        if other.defect is not None:
            self.fail(other.defect)

    def compare(self, terms: Sequence[Any], given: Any, what: str) -> None:
        """Compare the sum of `terms` with what TensorFlow gave for `what`, which reads well in a sentence."""
        if len(terms) == 1 and terms[0] is given:
            return
        if given is None and not terms:
            return
        if given is None or not terms:
            returned = "None" if given is None else "a value"
            self.fail(
                f"TensorFlow returned {returned} for {what}, but {len(terms)} contributions were recorded for it."
            )
            return
        try:
            arrays, result = [array_of(term) for term in terms], array_of(given)
        except TypeError:
            return
        error, is_close = relative_error(arrays, result)
        self.largest_error = max(self.largest_error, error)
        if not is_close:
            self.fail(
                f"The recorded contributions to {what} do not add up to what TensorFlow has: "
                f"the relative difference is {error:.3g}."
            )


def relative_error(terms: Sequence[Array], result: Array) -> tuple[float, bool]:
    """Compare the sum of `terms` with `result`: the largest relative difference, and whether rounding explains it."""
    if any(np.broadcast_shapes(term.shape, result.shape) != result.shape for term in terms):
        return float("inf"), False
    is_inexact = result.dtype.kind in "fc"
    largest = np.finfo(result.dtype).max if is_inexact else np.inf
    wide = np.complex128 if np.iscomplexobj(result) else np.float64
    with np.errstate(all="ignore"):
        total = sum((term.astype(wide) for term in terms), np.zeros(result.shape, wide))
        scale = sum((np.abs(term.astype(wide)) for term in terms), np.zeros(result.shape))
        narrow = total.astype(result.dtype).astype(wide)
        exact = result.astype(wide)
        is_finite = np.isfinite(narrow) & np.isfinite(exact) & np.isfinite(scale)
        # Partial sums of TensorFlow's may run over where the whole does not.
        is_overrun = ~np.isfinite(exact) & (scale > largest)
        is_same = is_finite | (narrow == exact) | (np.isnan(narrow) & np.isnan(exact)) | is_overrun
        if not is_same.all():
            return float("inf"), False
        difference = np.abs(total - exact)[is_finite]
        scale = scale[is_finite]
    if not difference.size or not difference.any():
        return 0.0, True
    errors = difference / np.where(scale > 0, scale, 1.0)
    unit = float(np.finfo(result.dtype).eps) if is_inexact else 0.0
    error = float(errors.max())
    return error, error <= _ROUNDINGS * unit * len(terms)
