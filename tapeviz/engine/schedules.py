"""Learning-rate schedules of Keras, as they are set."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tapeviz.model.descent import Schedule
from tapeviz.model.hyperparameters import HyperparameterKind
from tapeviz.model.schedule_facts import SCHEDULES


class Tabulated:
    """The rates of a schedule that jumps, looked up: XLA divides by a reciprocal and may jump an iteration early."""

    def __init__(self, schedule: Any, iterations: int) -> None:
        self._rates = schedule(tf.range(max(iterations, 1), dtype=tf.int64))

    def __call__(self, step: Any) -> Any:
        """Look up the rate of an iteration, a number or a tensor of shape ()."""
        return tf.gather(self._rates, tf.minimum(tf.convert_to_tensor(step), len(self._rates) - 1))


def keras_schedule(schedule: Schedule, learning_rate: float, iterations: int) -> Any:
    """Make Keras' learning-rate schedule; what it must be given and is not said takes the default of its facts.

    Parameters
    ----------
    schedule : Schedule
    learning_rate : float
        Where it begins.
    iterations : int
        So many rates are asked of it at most.
    """
    facts = SCHEDULES[schedule.kind]
    make = getattr(tf.keras.optimizers.schedules, facts.keras_name)
    if schedule.kind == "piecewise":
        boundaries = [int(boundary) for boundary in schedule.numbers["boundaries"]]
        return make(boundaries, list(schedule.numbers["values"]))
    given = {one.name: schedule.numbers.get(one.name, (one.default,))[0] for one in facts.hyperparameters}
    kinds = {one.name: one.kind for one in facts.hyperparameters}
    made = make(learning_rate, **{name: typed(kinds[name], number) for name, number in given.items()})
    return Tabulated(made, iterations) if given.get("staircase") or given.get("cycle") else made


def typed(kind: HyperparameterKind, number: float | None) -> Any:
    """Give a number the Python type that Keras asks of it."""
    if number is None:
        return None
    return {"switch": bool, "count": int}.get(kind, float)(number)
