"""Gradient descent as it is shown: what is set, the iterates it went through, and how it ended."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from tapeviz.model.tensor import TensorValue

if TYPE_CHECKING:
    from tapeviz.model.trajectory import GrowingRows

OptimizerName = Literal[
    "sgd",
    "momentum",
    "nesterov",
    "rmsprop",
    "adagrad",
    "adadelta",
    "adam",
    "adamw",
    "adamax",
    "nadam",
    "lion",
    "line_search",
    "newton",
]
ScheduleKind = Literal["exponential", "inverse_time", "polynomial", "cosine", "piecewise"]
ClippingKind = Literal["value", "norm", "global_norm"]
StatusKind = Literal[
    "running", "converged", "diverged", "oscillating", "plateau", "saddle", "nan", "exhausted", "stopped", "failed"
]

MAX_ITERATIONS = 1_000_000
"""So many iterations are computed for one trajectory at most."""

MAX_KEPT_COORDINATES = 4_194_304
"""So many coordinates of positions are kept of one trajectory at most: every position of a function of up to four."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One source of an objective: a variable or a watched tensor, as it stands where a descent begins.

    Parameters
    ----------
    name : str
        What the lesson calls it (``w``).
    shape : tuple of int
    dtype : str
        TensorFlow's name of it (``float32``).
    start : TensorValue
        What it held when the gradient call was made.
    domain : tuple of float or None
        The ends between which it makes sense, where the lesson says so.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    start: TensorValue
    domain: tuple[float, float] | None = None

    @property
    def size(self) -> int:
        """How many coordinates it has."""
        return math.prod(self.shape)


def coordinates(parameters: Sequence[Parameter]) -> Iterator[str]:
    """Name the coordinates of a position, in its order: ``x``, or ``w[0, 1]`` for an element."""
    for parameter in parameters:
        for place in itertools.product(*map(range, parameter.shape)):
            yield f"{parameter.name}[{', '.join(map(str, place))}]" if place else parameter.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveFacts:
    """What is known of an objective before anything descends on it.

    Parameters
    ----------
    title : str
        What the lesson calls its value (``loss``).
    parameters : tuple of Parameter
        A position is all their elements one after the other, in C order.
    value : float
        The objective where the parameters start.
    reason : str
        Why it is not compiled, in a sentence; empty where it is.
    examples : int or None
        How many examples the data in it has, where mini-batches can be drawn from them.
    """

    title: str
    parameters: tuple[Parameter, ...]
    value: float
    reason: str = ""
    examples: int | None = None

    @property
    def dimension(self) -> int:
        """How many coordinates a position has."""
        return sum(parameter.size for parameter in self.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A learning rate that changes, by one of Keras' schedules; `numbers` are its arguments by Keras' own names."""

    kind: ScheduleKind
    numbers: dict[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipping:
    """What large gradients are cut to: each element, the norm of each variable's gradient, or the norm of all."""

    kind: ClippingKind
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentSettings:
    """How one trajectory is computed.

    Parameters
    ----------
    optimizer : OptimizerName
        `momentum` and `nesterov` are Keras' SGD with these; `line_search` goes down the gradient as far as pays,
        `newton` solves with the Hessian.
    learning_rate : float
    start : tuple of float, shape (dimension,)
    iterations : int
        At most so many updates: 20 of them lead from iterate 0 to iterate 20.
    hyperparameters : dict of str to float
        By Keras' own names (``beta_1``); what is not said is Keras' default.
    schedule, clipping : optional
    batch_size : int or None
        Examples in each mini-batch; None: all of the data in each iteration.
    noise : float
        Standard deviation of what is added to each element of the gradient.
    seed : int
        Of mini-batches and noise.
    """

    optimizer: OptimizerName = "sgd"
    learning_rate: float = 0.1
    start: tuple[float, ...] = ()
    iterations: int = 1000
    hyperparameters: dict[str, float] = field(default_factory=dict)
    schedule: Schedule | None = None
    clipping: Clipping | None = None
    batch_size: int | None = None
    noise: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentStatus:
    """How a descent stands, with the sentence that a lecturer would say and the numbers it rests on."""

    kind: StatusKind
    sentence: str = ""


def stride(iterate: int, dimension: int) -> int:
    """How far apart the kept positions are once a descent has come to `iterate`: 1, 2, 4, ... as room demands."""
    needed = math.ceil((iterate + 1) * dimension / MAX_KEPT_COORDINATES)
    return 1 << (max(1, needed) - 1).bit_length()


@dataclass(frozen=True, slots=True, kw_only=True)
class IterateBatch:
    """Some consecutive iterates of one trajectory, as they travel.

    Iterate k is the position before update k; its loss and gradient are taken there. `first` is the number of the
    first of the n iterates. `kept` are the numbers of the m iterates whose position and gradient come along: those
    that `stride` divides, and the last.

    Parameters
    ----------
    losses : TensorValue, shape (n,)
    norms : TensorValue, shape (n, number of parameters)
        The Euclidean norm of the gradient by each parameter.
    rates : TensorValue, shape (n,), or (n - 1,) where `first` is 0
        The learning rate of each update that led to these iterates.
    kept : TensorValue, shape (m,), int64
    positions, gradients : TensorValue, shape (m, dimension)
    """

    first: int
    losses: TensorValue
    norms: TensorValue
    rates: TensorValue
    kept: TensorValue
    positions: TensorValue
    gradients: TensorValue


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trajectory:
    """The iterates of one descent so far; arrays are read-only and as in `IterateBatch`, of all iterates.

    ``rates[k]`` is the learning rate with which iterate k was left: there is one fewer than there are iterates.
    `settings` is None for a descent that the lesson itself makes (`own_trajectory`): there rates are NaN, and so are
    loss, norms and gradient of a last iterate that is only where the last update led. `memory` is where the arrays lie
    and grow, column by column: see `tapeviz.model.trajectory`.
    """

    settings: DescentSettings | None
    losses: npt.NDArray[Any]
    norms: npt.NDArray[Any]
    rates: npt.NDArray[Any]
    kept: npt.NDArray[np.int64]
    positions: npt.NDArray[Any]
    gradients: npt.NDArray[Any]
    status: DescentStatus
    memory: dict[str, GrowingRows] | None = field(default=None, repr=False)

    @property
    def count(self) -> int:
        """How many iterates there are; the last one has been left by no update."""
        return len(self.losses)
