"""A number that an optimizer or a learning-rate schedule is set by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

HyperparameterKind = Literal["real", "count", "switch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameter:
    """One number that an optimizer or a schedule is set by.

    Parameters
    ----------
    name : str
        Keras' own name (``beta_1``).
    title : str
        What a lecturer calls it (``β₁``).
    meaning : str
        One sentence.
    default : float or None
        What it is where nothing is said; None: what it stands for is off.
    low, high : float
        Both ends are allowed.
    kind : HyperparameterKind
        A ``count`` is a whole number, a ``switch`` is 0 or 1.
    is_logarithmic : bool
        A slider of it goes by powers of ten.
    """

    name: str
    title: str
    meaning: str
    default: float | None
    low: float = 0.0
    high: float = 1.0
    kind: HyperparameterKind = "real"
    is_logarithmic: bool = False

    def problem(self, value: float) -> str:
        """Say in a sentence why `value` cannot be; nothing where it can."""
        if self.kind == "switch" and value not in (0.0, 1.0):
            return f"{self.name} is on or off: 1 or 0, not {value:g}."
        if self.kind == "count" and value != math.floor(value):
            return f"{self.name} is a whole number, not {value:g}."
        if not self.low <= value <= self.high:
            return f"{self.name} lies between {self.low:g} and {self.high:g}; {value:g} does not."
        return ""
