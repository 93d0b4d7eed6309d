"""What one iteration of each optimizer is made of: its sub-steps in order, each one an assignment.

A sub-step is written once, as an expression of `rules.notation`, and from there computed (by TensorFlow), shown and
typeset. Names in it are Keras' hyperparameters, ``rest_1`` for one minus ``beta_1`` and so on, ``rate`` for the
learning rate, ``t`` for how many updates there are with this one, and what earlier sub-steps assigned: g the gradient,
θ the position, m, v and others what Keras keeps from iteration to iteration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tapeviz.model.descent import DescentSettings, OptimizerName
from tapeviz.model.optimizer_facts import OPTIMIZERS

Yield = Literal["vector", "move", "number", "matrix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubStepRule:
    """One assignment within an iteration.

    Parameters
    ----------
    symbol : str
        What is assigned.
    expression : str
        In `rules.notation`; empty where no expression says it, and `words` alone do.
    title : str
    words : str
        One sentence that says what it is for.
    yields : Yield
        A ``move`` is a vector that is added to the position, so that its arrow is drawn to scale.
    slot : str
        Keras' name for where it keeps the result (``velocity``); empty where it does not keep it.
    special : str
        Which sub-step without an expression this is.
    """

    symbol: str
    expression: str = ""
    title: str
    words: str = ""
    yields: Yield = "vector"
    slot: str = ""
    special: str = ""


def _rule(
    symbol: str, expression: str, title: str, words: str, yields: Yield = "vector", slot: str = ""
) -> SubStepRule:
    return SubStepRule(symbol=symbol, expression=expression, title=title, words=words, yields=yields, slot=slot)


GRADIENT = SubStepRule(
    symbol="g", title="Gradient", words="The tape says which way is up, and how steep it is.", special="gradient"
)
_NOISE = _rule("g", "g + n", "Noise", "What stands for the chance in a mini-batch is added.")
_GATHERED = _rule(
    "s", "s + g", "Gathered", "No update yet: the gradient waits for the others.", slot="gradient_accumulator"
)
_MEAN = _rule("g", "(s + g) / gathered", "Mean of the gathered", "The update is made with the mean of all of them.")
_CLIPPED = SubStepRule(symbol="g", title="Clipping", words="A gradient that is too long is cut.", special="clipping")
_DECAY = _rule(
    "δ", "-weight_decay * rate * θ", "Weight decay", "Every coordinate loses a share of itself.", yields="move"
)
_UPDATE = _rule("θ", "θ + Δ", "Update", "The position moves on.", yields="move")
_UPDATE_AND_DECAY = _rule("θ", "θ + δ + Δ", "Update", "The position moves on.", yields="move")
_AVERAGE = _rule(
    "ā", "kept * ā + rest_kept * θ", "Average", "The running average of the positions follows.", slot="average"
)
_OVERWRITE = _rule("θ", "ā", "Average taken", "The position jumps to the average.", yields="move")

_MOMENT = _rule("m", "beta_1 * m + rest_1 * g", "First moment", "The running mean of the gradients.", slot="momentum")
_SECOND = _rule(
    "v", "beta_2 * v + rest_2 * g**2", "Second moment", "The running mean of their squares.", slot="velocity"
)
_CORRECTION = _rule(
    "α",
    "rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)",
    "Bias correction",
    "Both means began at 0 and are too small at first: the rate makes up for it.",
    yields="number",
)


def _adam(numbers: Mapping[str, float]) -> Iterator[SubStepRule]:
    yield _MOMENT
    yield _SECOND
    if numbers["amsgrad"]:
        yield _rule("w", "max(w, v)", "Largest second moment", "It never shrinks again.", slot="velocity_hat")
    yield _CORRECTION
    root = "w" if numbers["amsgrad"] else "v"
    yield _rule("Δ", f"-α * m / (sqrt({root}) + epsilon)", "Step", "Mean over root mean square.", "move")


def _rmsprop(numbers: Mapping[str, float]) -> Iterator[SubStepRule]:
    words = "The running mean of the squared gradients."
    yield _rule("v", "rho * v + rest_rho * g**2", "Second moment", words, slot="velocity")
    root = "v"
    if numbers["centered"]:
        words = "The running mean of the gradients."
        yield _rule("a", "rho * a + rest_rho * g", "First moment", words, slot="average_gradient")
        yield _rule("q", "v - a**2", "Variance", "The mean square less the square of the mean.")
        root = "q"
    words = "Each coordinate is divided by its own scale."
    yield _rule("s", f"rate * g / sqrt({root} + epsilon)", "Scaled gradient", words)
    if numbers["momentum"] > 0:
        yield _rule("m", "momentum * m + s", "Momentum", "Part of the last step is kept.", slot="momentum")
    yield _rule("Δ", "-m" if numbers["momentum"] > 0 else "-s", "Step", "Downhill.", "move")


def _momentum(_: Mapping[str, float]) -> Iterator[SubStepRule]:
    yield _rule("m", "momentum * m - rate * g", "Momentum", "Part of the last step is kept.", "move", "momentum")
    yield _rule("Δ", "m", "Step", "The momentum is the step.", "move")


def _nesterov(_: Mapping[str, float]) -> Iterator[SubStepRule]:
    yield _rule("m", "momentum * m - rate * g", "Momentum", "Part of the last step is kept.", "move", "momentum")
    yield _rule("Δ", "momentum * m - rate * g", "Step", "The momentum looks ahead by one more step.", "move")


def _adagrad(_: Mapping[str, float]) -> Iterator[SubStepRule]:
    yield _rule("v", "v + g**2", "Sum of squares", "All squared gradients so far.", slot="accumulator")
    yield _rule("Δ", "-rate * g / sqrt(v + epsilon)", "Step", "Steps shrink where gradients were large.", "move")


def _adadelta(_: Mapping[str, float]) -> Iterator[SubStepRule]:
    words = "The running mean of the squared gradients."
    yield _rule("v", "rho * v + rest_rho * g**2", "Second moment", words, slot="accumulated_grad")
    words = "The last steps' root mean square gives it a length, before the rate."
    yield _rule("d", "-sqrt(u + epsilon) / sqrt(v + epsilon) * g", "Scaled gradient", words)
    words = "The running mean of the squared steps."
    yield _rule("u", "rho * u + rest_rho * d**2", "Mean square step", words, slot="accumulated_delta_var")
    yield _rule("Δ", "rate * d", "Step", "As long as the rate says.", "move")


def _adamax(_: Mapping[str, float]) -> Iterator[SubStepRule]:
    yield _MOMENT
    yield _rule("u", "max(beta_2 * u, abs(g))", "Largest gradient", "It fades slowly.", slot="norm")
    words = "The mean began at 0 and is too small at first: the rate makes up for it."
    yield _rule("α", "rate / (1 - beta_1**t)", "Bias correction", words, "number")
    yield _rule("Δ", "-α * m / (u + epsilon)", "Step", "Mean over largest.", "move")


def _nadam(_: Mapping[str, float]) -> Iterator[SubStepRule]:
    words = "How much momentum counts in this iteration; Dozat lets it grow."
    yield _rule("μ", "beta_1 * (1 - 0.5 * 0.96**t)", "Momentum now", words, "number")
    yield _rule("ν", "beta_1 * (1 - 0.5 * 0.96**(t + 1))", "Momentum next", "And in the next.", "number")
    yield _rule("p", "p * μ", "Product", "Of all of them so far.", "number", "product")
    yield _MOMENT
    yield _SECOND
    words = "The next iteration's momentum is put in already, and both are freed from their start at 0."
    yield _rule("h", "ν * m / (1 - p * ν) + (1 - μ) * g / (1 - p)", "Look ahead", words)
    words = "It began at 0 and is too small at first."
    yield _rule("z", "v / (1 - beta_2**t)", "Bias correction", words)
    yield _rule("Δ", "-rate * h / (sqrt(z) + epsilon)", "Step", "Mean over root mean square.", "move")


def _lion(_: Mapping[str, float]) -> Iterator[SubStepRule]:
    yield _rule("c", "beta_1 * m + rest_1 * g", "Mixture", "Of momentum and gradient.")
    yield _rule("Δ", "-rate * sign(c)", "Step", "Its sign alone counts.", "move")
    words = "What is kept for the next iteration is another mixture."
    yield _rule("m", "beta_2 * m + rest_2 * g", "Momentum", words, slot="momentum")


def _sgd(_: Mapping[str, float]) -> Iterator[SubStepRule]:
    yield _rule("Δ", "-rate * g", "Step", "Downhill, as far as the learning rate says.", "move")


def _line_search(_: Mapping[str, float]) -> Iterator[SubStepRule]:
    yield _rule("d", "-g", "Ray", "The loss is searched along the way downhill.")
    words = "Of all step lengths the one where the loss along the ray is lowest."
    yield SubStepRule(symbol="rate", title="Step length", words=words, yields="number", special="length")
    yield _rule("Δ", "rate * d", "Step", "To the lowest point of the ray.", "move")


def _newton(_: Mapping[str, float]) -> Iterator[SubStepRule]:
    words = "The second derivatives, by a tape of a tape."
    yield SubStepRule(symbol="H", title="Hessian", words=words, yields="matrix", special="hessian")
    words = "To the critical point of the parabola that fits here."
    yield SubStepRule(symbol="d", title="Newton direction", words=words, yields="move", special="solved")
    yield _rule("Δ", "rate * d", "Step", "A rate under 1 shortens it.", "move")


_OWN = {
    "sgd": _sgd,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "adadelta": _adadelta,
    "adam": _adam,
    "adamw": _adam,
    "adamax": _adamax,
    "nadam": _nadam,
    "lion": _lion,
    "line_search": _line_search,
    "newton": _newton,
}

_SHARED_SLOTS = {"s": "gradient_accumulator", "ā": "average"}
_SLOTS: Mapping[OptimizerName, Mapping[str, str]] = {
    "momentum": {"m": "momentum"},
    "nesterov": {"m": "momentum"},
    "rmsprop": {"v": "velocity", "a": "average_gradient", "m": "momentum"},
    "adagrad": {"v": "accumulator"},
    "adadelta": {"v": "accumulated_grad", "u": "accumulated_delta_var"},
    "adam": {"m": "momentum", "v": "velocity", "w": "velocity_hat"},
    "adamw": {"m": "momentum", "v": "velocity", "w": "velocity_hat"},
    "adamax": {"m": "momentum", "u": "norm"},
    "nadam": {"m": "momentum", "v": "velocity", "p": "product"},
    "lion": {"m": "momentum"},
}


def slots_of(optimizer: OptimizerName) -> dict[str, str]:
    """By which letter an iteration calls what Keras keeps, and Keras' name for it."""
    return {**_SHARED_SLOTS, **_SLOTS.get(optimizer, {})}


def numbers_of(settings: DescentSettings) -> dict[str, float]:
    """List every hyperparameter with what it is: as it was set, or its default; 0 where it is off."""
    facts = OPTIMIZERS[settings.optimizer]
    given = settings.hyperparameters
    return {one.name: given.get(one.name, one.default or 0.0) for one in facts.hyperparameters}


def updates_until(settings: DescentSettings, iterate: int) -> int:
    """Count the updates from the start up to this iterate; fewer than iterates where gradients are gathered."""
    return iterate // int(numbers_of(settings).get("gradient_accumulation_steps") or 1)


def rules_of(settings: DescentSettings, iterate: int) -> tuple[SubStepRule, ...]:
    """List the sub-steps of the iteration that leaves this iterate, in order."""
    return tuple(_rules(settings, numbers_of(settings), iterate))


def _rules(settings: DescentSettings, numbers: Mapping[str, float], iterate: int) -> Iterator[SubStepRule]:
    yield GRADIENT
    if settings.noise:
        yield _NOISE
    gathered = int(numbers.get("gradient_accumulation_steps") or 1)
    is_update = (iterate + 1) % gathered == 0
    if not is_update:
        yield _GATHERED
    else:
        if gathered > 1:
            yield _MEAN
        if settings.clipping is not None:
            yield _CLIPPED
        if numbers.get("weight_decay"):
            yield _DECAY
        yield from _OWN[settings.optimizer](numbers)
        yield _UPDATE_AND_DECAY if numbers.get("weight_decay") else _UPDATE
    if numbers.get("use_ema"):
        yield _AVERAGE
        every = int(numbers.get("ema_overwrite_frequency") or 0)
        if every and (iterate // gathered + 1) % every == 0:
            yield _OVERWRITE
