"""What is offered about the optimizers is what the installed Keras has: names, classes and defaults."""

from __future__ import annotations

import inspect
from typing import Any, get_args

import keras
import pytest

from tapeviz.model.descent import (
    ClippingKind,
    OptimizerName,
    ScheduleKind,
)
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.schedule_facts import CLIPPINGS, SCHEDULES

KERAS = [name for name, facts in OPTIMIZERS.items() if facts.keras_name]
NOT_NUMBERS = {"self", "learning_rate", "initial_learning_rate", "name", "kwargs", "nesterov"}
LEFT_OUT = {"loss_scale_factor"}
"""Guards 16-bit numbers from underflow; changes nothing else."""
OURS = {("momentum", "momentum"): 0.9, ("nesterov", "momentum"): 0.9}
"""Keras' SGD is momentum only with a momentum; its default is none."""
NO_DEFAULT = {"decay_steps", "decay_rate", "boundaries", "values"}
"""Arguments of schedules that must be given to Keras; ours have a first try."""


def defaults(owner: Any) -> dict[str, Any]:
    """Read the arguments of a class with their defaults."""
    signature = inspect.signature(owner.__init__)
    return {name: one.default for name, one in signature.parameters.items() if name not in NOT_NUMBERS}


def test_every_name_has_facts() -> None:
    assert set(OPTIMIZERS) == set(get_args(OptimizerName))
    assert set(SCHEDULES) == set(get_args(ScheduleKind))
    assert set(CLIPPINGS) == set(get_args(ClippingKind))


@pytest.mark.parametrize("name", KERAS)
def test_hyperparameters_are_those_of_keras(name: OptimizerName) -> None:
    facts = OPTIMIZERS[name]
    theirs = defaults(getattr(keras.optimizers, facts.keras_name))
    for left in (*LEFT_OUT, *(one.keras_name for one in CLIPPINGS.values())):
        del theirs[left]
    if name == "sgd":
        del theirs["momentum"]
    assert {one.name for one in facts.hyperparameters} == set(theirs)
    for one in facts.hyperparameters:
        expected = OURS.get((name, one.name), theirs[one.name])
        assert (one.default is None) == (expected is None), one.name
        assert expected is None or one.default == float(expected), one.name
        assert (one.kind == "switch") == isinstance(theirs[one.name], bool), one.name
    signature = inspect.signature(getattr(keras.optimizers, facts.keras_name).__init__)
    assert facts.learning_rate == signature.parameters["learning_rate"].default


@pytest.mark.parametrize("kind", SCHEDULES)
def test_schedules_are_those_of_keras(kind: ScheduleKind) -> None:
    facts = SCHEDULES[kind]
    theirs = defaults(getattr(keras.optimizers.schedules, facts.keras_name))
    assert {one.name for one in facts.hyperparameters} == set(theirs)
    for one in facts.hyperparameters:
        if one.name not in NO_DEFAULT:
            assert one.default == theirs[one.name] or (one.default == 0.0 and theirs[one.name] in (False, 0))


def test_every_default_is_within_its_range() -> None:
    optimizers = (one for facts in OPTIMIZERS.values() for one in facts.hyperparameters)
    schedules = (one for facts in SCHEDULES.values() for one in facts.hyperparameters)
    for one in (*optimizers, *schedules):
        assert one.low < one.high
        assert one.default is None or not one.problem(one.default)
        assert one.meaning.endswith(".")
        assert one.title
