"""Data in an objective, and what its model says of them: a curve through points, or regions around classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tapeviz.model.tensor import TensorValue

FitKind = Literal["curve", "classes"]

MAX_EXAMPLES = 2000
"""So many examples travel; of more, an even sample of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitFacts:
    """What a model is fitted to.

    Parameters
    ----------
    kind : FitKind
        One number is predicted from one number, or a class from two.
    x : TensorValue, shape (n, 1) or (n, 2), float64
    y : TensorValue, shape (n,), float64
        What is wanted of each example; of classes their numbers.
    x_title, y_title, title : str
        What the lesson calls the data, and what it predicts (``w * x + b``).
    classes : tuple of float
        The different values of `y`, ascending; empty for a curve.
    threshold : float or None
        Of two classes: the prediction at which one becomes the other. None where the prediction is a class itself.
    low, high : tuple of float
        The ends of the grid along each column of x.
    examples : int
        How many there are in the lesson.
    """

    kind: FitKind
    x: TensorValue
    y: TensorValue
    x_title: str
    y_title: str
    title: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    examples: int
    classes: tuple[float, ...] = ()
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FitLine:
    """Whose model it is: the look of a racer (None: the lesson's own loop), and at which of its iterates."""

    look: int | None
    iterate: int
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What a model says at some positions of its parameters.

    Parameters
    ----------
    positions : TensorValue, shape (m, dimension)
        Where the parameters stand.
    at_grid : TensorValue, shape (m, resolution) or (m, resolution, resolution), float64
        The predictions over the grid from `FitFacts.low` to `high`, both included; rows along the second column of x.
    at_data : TensorValue, shape (m, n), float64
        The predictions for the examples.
    lines : tuple of FitLine
        Whose models they are, for each position.
    """

    positions: TensorValue
    at_grid: TensorValue
    at_data: TensorValue
    lines: tuple[FitLine, ...] = ()
