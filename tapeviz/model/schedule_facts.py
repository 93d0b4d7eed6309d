"""Learning-rate schedules and gradient clipping as Keras has them, with a sentence for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tapeviz.model.descent import ClippingKind, ScheduleKind
from tapeviz.model.hyperparameters import Hyperparameter


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFacts:
    """One learning-rate schedule: its class in ``tf.keras.optimizers.schedules`` and its numbers.

    The learning rate that is set is where it begins, under all but ``piecewise``, which has its rates in `values`.
    """

    title: str
    keras_name: str
    meaning: str
    hyperparameters: tuple[Hyperparameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClippingFacts:
    """One way of cutting large gradients, and the argument of every Keras optimizer that does it."""

    title: str
    keras_name: str
    meaning: str


_DECAY_STEPS = Hyperparameter(
    name="decay_steps",
    title="iterations",
    meaning="Over so many iterations the rate falls once.",
    default=1000.0,
    low=1.0,
    high=1e6,
    kind="count",
)
_STAIRCASE = Hyperparameter(
    name="staircase",
    title="in stairs",
    meaning="The rate falls at once after that many iterations, rather than a little at each.",
    default=0.0,
    kind="switch",
)
_DECAY_RATE = Hyperparameter(
    name="decay_rate",
    title="decay",
    meaning="What the rate is multiplied by over those iterations.",
    default=0.9,
    high=10.0,
)

SCHEDULES: Mapping[ScheduleKind, ScheduleFacts] = {
    "exponential": ScheduleFacts(
        title="Exponential",
        keras_name="ExponentialDecay",
        meaning="The rate shrinks by the same factor over and over.",
        hyperparameters=(_DECAY_STEPS, _DECAY_RATE, _STAIRCASE),
    ),
    "inverse_time": ScheduleFacts(
        title="Inverse time",
        keras_name="InverseTimeDecay",
        meaning="The rate falls as one over the number of iterations.",
        hyperparameters=(
            _DECAY_STEPS,
            Hyperparameter(
                name="decay_rate",
                title="decay",
                meaning="How much is added to what the rate is divided by over those iterations.",
                default=0.5,
                high=1000.0,
            ),
            _STAIRCASE,
        ),
    ),
    "polynomial": ScheduleFacts(
        title="Polynomial",
        keras_name="PolynomialDecay",
        meaning="The rate goes to its end along a power; along a line where that is 1.",
        hyperparameters=(
            _DECAY_STEPS,
            Hyperparameter(
                name="end_learning_rate",
                title="rate at the end",
                meaning="Where the rate goes to.",
                default=0.0001,
                high=1000.0,
                is_logarithmic=True,
            ),
            Hyperparameter(
                name="power", title="power", meaning="Along which power it goes.", default=1.0, low=0.01, high=10.0
            ),
            Hyperparameter(
                name="cycle",
                title="in cycles",
                meaning="Begins anew, over a longer stretch, where the end is reached.",
                default=0.0,
                kind="switch",
            ),
        ),
    ),
    "cosine": ScheduleFacts(
        title="Cosine",
        keras_name="CosineDecay",
        meaning="The rate falls along half a wave of the cosine.",
        hyperparameters=(
            _DECAY_STEPS,
            Hyperparameter(
                name="alpha",
                title="share at the end",
                meaning="What share of the rate is left at the end.",
                default=0.0,
            ),
            Hyperparameter(
                name="warmup_target",
                title="rate after warming up",
                meaning="Where the rate rises to before it falls; off: it begins to fall at once.",
                default=None,
                high=1000.0,
            ),
            Hyperparameter(
                name="warmup_steps",
                title="iterations of warming up",
                meaning="Over so many iterations it rises.",
                default=0.0,
                high=1e6,
                kind="count",
            ),
        ),
    ),
    "piecewise": ScheduleFacts(
        title="Piecewise constant",
        keras_name="PiecewiseConstantDecay",
        meaning="The rate takes the next of its values after each of the boundaries.",
        hyperparameters=(
            Hyperparameter(
                name="boundaries",
                title="boundaries",
                meaning="Up to and with these iterations the rate has the value of the same place; ascending.",
                default=None,
                high=1e9,
                kind="count",
            ),
            Hyperparameter(
                name="values",
                title="rates",
                meaning="One more than there are boundaries.",
                default=None,
                high=1e6,
            ),
        ),
    ),
}
"""Keras' learning-rate schedules; `piecewise` takes several numbers for each of its two arguments."""

CLIPPINGS: Mapping[ClippingKind, ClippingFacts] = {
    "value": ClippingFacts(
        title="each element",
        keras_name="clipvalue",
        meaning="Every element of the gradient is cut to this limit on both sides.",
    ),
    "norm": ClippingFacts(
        title="each variable's norm",
        keras_name="clipnorm",
        meaning="The gradient of each variable is shortened to this norm where it is longer.",
    ),
    "global_norm": ClippingFacts(
        title="norm of all",
        keras_name="global_clipnorm",
        meaning="All gradients are shortened together to this norm where they are longer.",
    ),
}
"""How Keras clips gradients."""
