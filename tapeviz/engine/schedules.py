"""Learning-rate schedules of Keras, as they are set."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tapeviz.model.descent import Schedule
from tapeviz.model.hyperparameters import HyperparameterKind
from tapeviz.model.schedule_facts import SCHEDULES


def keras_schedule(schedule: Schedule, learning_rate: float) -> Any:
    """Make Keras' learning-rate schedule; what it must be given and is not said takes the default of its facts."""
    facts = SCHEDULES[schedule.kind]
    make = getattr(tf.keras.optimizers.schedules, facts.keras_name)
    if schedule.kind == "piecewise":
        boundaries = [int(boundary) for boundary in schedule.numbers["boundaries"]]
        return make(boundaries, list(schedule.numbers["values"]))
    given = {one.name: schedule.numbers.get(one.name, (one.default,))[0] for one in facts.hyperparameters}
    kinds = {one.name: one.kind for one in facts.hyperparameters}
    return make(learning_rate, **{name: typed(kinds[name], number) for name, number in given.items()})


def typed(kind: HyperparameterKind, number: float | None) -> Any:
    """Give a number the Python type that Keras asks of it."""
    if number is None:
        return None
    return {"switch": bool, "count": int}.get(kind, float)(number)
