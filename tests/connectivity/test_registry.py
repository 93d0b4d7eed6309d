"""The table of op types without a derivative is held to the gradient registry of the installed TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

from tapeviz.model.nondifferentiable import NOT_DIFFERENTIABLE, REGISTERED_AS_NONE, RETURNS_NONE

STEPS: dict[str, Callable[[Any], Any]] = {
    "Ceil": tf.math.ceil,
    "Floor": tf.floor,
    "FloorDiv": lambda x: tf.math.floordiv(x, 2.0),
    "Rint": tf.math.rint,
    "Round": tf.round,
    "TruncateDiv": lambda x: tf.raw_ops.TruncateDiv(x=x, y=tf.constant(2.0)),
    "ArgMax": tf.argmax,
    "ArgMin": tf.argmin,
}


def test_the_table_lists_what_the_registry_registers_as_none() -> None:
    registry = ops._gradient_registry._registry
    assert frozenset(name for name, entry in registry.items() if entry["type"] is None) == REGISTERED_AS_NONE


def test_every_step_has_a_case_here() -> None:
    assert set(STEPS) == RETURNS_NONE


@pytest.mark.parametrize("name", sorted(set(STEPS) - {"ArgMax", "ArgMin"}))
def test_the_gradient_of_a_step_is_none(name: str) -> None:
    x = tf.constant([1.5, 2.5])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = STEPS[name](x)
    assert tape.gradient(y, x) is None


@pytest.mark.parametrize("name", ["ArgMax", "ArgMin"])
def test_the_position_of_an_extreme_sends_nothing_back(name: str) -> None:
    x = tf.constant([1.5, 2.5])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.cast(STEPS[name](x), tf.float32)
    assert tape.gradient(y, x) is None


def test_a_gradient_of_zeros_is_not_taken_for_none() -> None:
    x = tf.constant([1.5, -2.5])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sign(x)
    assert tape.gradient(y, x).numpy().tolist() == [0.0, 0.0]
    assert "Sign" not in NOT_DIFFERENTIABLE
