"""What can be set about each optimizer: by Keras' own names, with its defaults, and a sentence for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tapeviz.model.descent import OptimizerName
from tapeviz.model.hyperparameters import Hyperparameter


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerFacts:
    """One optimizer, as it is offered.

    Parameters
    ----------
    title : str
    keras_name : str
        Its class in ``tf.keras.optimizers``; empty for what Keras does not have.
    learning_rate : float
        Keras' default of it; 1 for Newton's method, whose whole step that is.
    meaning : str
        What it does, in one sentence.
    source : str
        Where it was published.
    hyperparameters : tuple of Hyperparameter
        What it is set by besides the learning rate, its own first.
    is_rate_used : bool
        Whether the learning rate counts; a line search finds its own.
    """

    title: str
    keras_name: str
    learning_rate: float
    meaning: str
    source: str
    hyperparameters: tuple[Hyperparameter, ...]
    is_rate_used: bool = True

    def hyperparameter(self, name: str) -> Hyperparameter | None:
        """Find one by its name; None where this optimizer has no such thing."""
        return next((one for one in self.hyperparameters if one.name == name), None)


_EPSILON = Hyperparameter(
    name="epsilon",
    title="ε",
    meaning="Added below the fraction bar, so that nothing is divided by zero.",
    default=1e-7,
    high=10.0,
    is_logarithmic=True,
)
_BETA_1 = Hyperparameter(
    name="beta_1",
    title="β₁",
    meaning="How much of the first moment, the running mean of the gradients, is kept at each iteration.",
    default=0.9,
)
_BETA_2 = Hyperparameter(
    name="beta_2",
    title="β₂",
    meaning="How much of the second moment, the running mean of the squared gradients, is kept at each iteration.",
    default=0.999,
)
_AMSGRAD = Hyperparameter(
    name="amsgrad",
    title="AMSGrad",
    meaning="Divides by the largest second moment so far, so that steps never grow again.",
    default=0.0,
    kind="switch",
)
_MOMENTUM = Hyperparameter(
    name="momentum",
    title="momentum",
    meaning="How much of the last step is kept in this one.",
    default=0.9,
)
_WEIGHT_DECAY = Hyperparameter(
    name="weight_decay",
    title="weight decay",
    meaning="Before each update every coordinate loses this share of itself, times the learning rate.",
    default=None,
    high=10.0,
    is_logarithmic=True,
)
_SHARED = (
    Hyperparameter(
        name="use_ema",
        title="averaging",
        meaning="Keeps a running average of the positions beside them.",
        default=0.0,
        kind="switch",
    ),
    Hyperparameter(
        name="ema_momentum",
        title="average kept",
        meaning="How much of the average of the positions is kept at each iteration.",
        default=0.99,
    ),
    Hyperparameter(
        name="ema_overwrite_frequency",
        title="average taken every",
        meaning="Every so many iterations the position jumps to the average; off: it never does.",
        default=None,
        low=1.0,
        high=1e6,
        kind="count",
    ),
    Hyperparameter(
        name="gradient_accumulation_steps",
        title="gradients gathered",
        meaning="So many gradients are averaged before one update is made; off: each makes its own.",
        default=None,
        low=2.0,
        high=1e6,
        kind="count",
    ),
)
"""What every Keras optimizer has; ``loss_scale_factor``, which only guards 16-bit numbers from underflow, is left."""


def _keras(
    title: str,
    keras_name: str,
    meaning: str,
    source: str,
    own: tuple[Hyperparameter, ...] = (),
    decay: Hyperparameter = _WEIGHT_DECAY,
    learning_rate: float = 0.001,
) -> OptimizerFacts:
    return OptimizerFacts(
        title=title,
        keras_name=keras_name,
        learning_rate=learning_rate,
        meaning=meaning,
        source=source,
        hyperparameters=(*own, decay, *_SHARED),
    )


OPTIMIZERS: Mapping[OptimizerName, OptimizerFacts] = {
    "sgd": _keras(
        "Gradient descent",
        "SGD",
        "Goes against the gradient, as far as the learning rate times its length.",
        "A. Cauchy, Comptes rendus 25 (1847), 536-538",
        learning_rate=0.01,
    ),
    "momentum": _keras(
        "Momentum",
        "SGD",
        "Keeps part of the last step, like a ball that rolls on.",
        "B. T. Polyak, USSR Comp. Math. Math. Phys. 4 (1964), 1-17",
        (_MOMENTUM,),
        learning_rate=0.01,
    ),
    "nesterov": _keras(
        "Nesterov",
        "SGD",
        "Momentum that looks ahead: the last step is taken once more before the gradient counts.",
        "Y. Nesterov, Soviet Math. Dokl. 27 (1983), 372-376",
        (_MOMENTUM,),
        learning_rate=0.01,
    ),
    "rmsprop": _keras(
        "RMSprop",
        "RMSprop",
        "Divides each coordinate's gradient by the root of its running mean square.",
        "T. Tieleman and G. Hinton, Neural Networks for Machine Learning, lecture 6.5 (2012)",
        (
            Hyperparameter(
                name="rho",
                title="ρ",
                meaning="How much of the running mean of the squared gradients is kept at each iteration.",
                default=0.9,
            ),
            Hyperparameter(
                name="momentum", title="momentum", meaning="How much of the last step is kept.", default=0.0
            ),
            _EPSILON,
            Hyperparameter(
                name="centered",
                title="centred",
                meaning="Divides by the running standard deviation rather than the root mean square.",
                default=0.0,
                kind="switch",
            ),
        ),
    ),
    "adagrad": _keras(
        "Adagrad",
        "Adagrad",
        "Divides each coordinate's gradient by the root of the sum of all its squares so far.",
        "J. Duchi, E. Hazan and Y. Singer, JMLR 12 (2011), 2121-2159",
        (
            Hyperparameter(
                name="initial_accumulator_value",
                title="sum at the start",
                meaning="What the sum of the squared gradients begins with.",
                default=0.1,
                high=100.0,
            ),
            _EPSILON,
        ),
    ),
    "adadelta": _keras(
        "Adadelta",
        "Adadelta",
        "Measures each step against the root mean square of the last steps, so that units agree.",
        "M. D. Zeiler, arXiv:1212.5701 (2012)",
        (
            Hyperparameter(
                name="rho",
                title="ρ",
                meaning="How much of the running means of squared gradients and of squared steps is kept.",
                default=0.95,
            ),
            _EPSILON,
        ),
    ),
    "adam": _keras(
        "Adam",
        "Adam",
        "Divides the running mean of the gradients by the root of the running mean of their squares.",
        "D. P. Kingma and J. Ba, arXiv:1412.6980 (2014)",
        (_BETA_1, _BETA_2, _EPSILON, _AMSGRAD),
    ),
    "adamw": _keras(
        "AdamW",
        "AdamW",
        "Adam, with the weights decaying by themselves rather than through the gradient.",
        "I. Loshchilov and F. Hutter, arXiv:1711.05101 (2017)",
        (_BETA_1, _BETA_2, _EPSILON, _AMSGRAD),
        Hyperparameter(
            name="weight_decay",
            title="weight decay",
            meaning=_WEIGHT_DECAY.meaning,
            default=0.004,
            high=10.0,
            is_logarithmic=True,
        ),
    ),
    "adamax": _keras(
        "Adamax",
        "Adamax",
        "Adam with the largest recent gradient in place of the root mean square.",
        "D. P. Kingma and J. Ba, arXiv:1412.6980 (2014), section 7.1",
        (
            _BETA_1,
            Hyperparameter(
                name="beta_2",
                title="β₂",
                meaning="How much of the largest gradient so far is kept at each iteration.",
                default=0.999,
            ),
            _EPSILON,
        ),
    ),
    "nadam": _keras(
        "Nadam",
        "Nadam",
        "Adam that looks ahead, as Nesterov's momentum does.",
        "T. Dozat, Incorporating Nesterov Momentum into Adam, ICLR workshop (2016)",
        (_BETA_1, _BETA_2, _EPSILON),
    ),
    "lion": _keras(
        "Lion",
        "Lion",
        "Goes by the sign alone of a mean of gradient and momentum: the same distance along each coordinate.",
        "X. Chen et al., arXiv:2302.06675 (2023)",
        (
            Hyperparameter(
                name="beta_1",
                title="β₁",
                meaning="How much of the momentum counts against the gradient in this step.",
                default=0.9,
                low=1e-6,
            ),
            Hyperparameter(
                name="beta_2",
                title="β₂",
                meaning="How much of the momentum is kept for the next iteration.",
                default=0.99,
            ),
        ),
    ),
    "line_search": OptimizerFacts(
        title="Exact line search",
        keras_name="",
        learning_rate=1.0,
        meaning="Goes against the gradient to the lowest point of that ray.",
        source="J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed. (2006), section 3.1",
        hyperparameters=(
            Hyperparameter(
                name="longest",
                title="longest step",
                meaning="The ray is searched up to this many times the gradient.",
                default=10.0,
                low=1e-6,
                high=1e6,
                is_logarithmic=True,
            ),
        ),
        is_rate_used=False,
    ),
    "newton": OptimizerFacts(
        title="Newton's method",
        keras_name="",
        learning_rate=1.0,
        meaning="Goes to the critical point of the parabola that fits value, gradient and Hessian here.",
        source="J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed. (2006), section 2.2",
        hyperparameters=(),
    ),
}
"""Every optimizer, in the order in which they are offered."""
