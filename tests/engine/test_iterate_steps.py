"""One iteration in its sub-steps: Keras' own numbers, which add up to the update that it made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import keras
import numpy as np
import pytest
import tensorflow as tf

from tapeviz.engine import iterate_steps
from tapeviz.engine.descent import Descent, DescentError
from tapeviz.engine.iterate_steps import IterateOpener
from tapeviz.engine.objective import Objective
from tapeviz.engine.replay import GivenUpError
from tapeviz.model import iterate_rules
from tapeviz.model.descent import Clipping, DescentSettings, OptimizerName, Schedule
from tapeviz.model.iterate_rules import rules_of
from tapeviz.model.iterate_story import OpenedIterate, story_of
from tests.engine.objectives import objective_of, rosenbrock


def bowl(x: Any, y: Any) -> Any:
    return x**2 + 2 * y**2


BOWL = objective_of(bowl, -5.0, -2.0)
VALLEY = objective_of(rosenbrock, -1.2, 1.0)


@pytest.fixture(scope="module")
def opener() -> IterateOpener:
    return IterateOpener()


def captions(opened: OpenedIterate) -> dict[str, str]:
    return {step.title: step.caption for step in story_of(opened)}


@pytest.mark.parametrize("optimizer", get_args(OptimizerName))
def test_the_sub_steps_add_up_to_the_update_that_was_made(optimizer: OptimizerName, opener: IterateOpener) -> None:
    settings = DescentSettings(optimizer=optimizer, learning_rate=0.001, iterations=20)
    opened, following = (opener.open(VALLEY, settings, iterate) for iterate in (5, 6))
    assert opened.defect == ""
    np.testing.assert_array_equal(opened.following.array, following.position.array)
    moves = [step.vector for step in story_of(opened) if step.title in {"Weight decay", "Step"}]
    total = np.sum([move for move in moves if move is not None], axis=0)
    np.testing.assert_allclose(opened.position.array + total, opened.following.array, atol=1e-6)


def test_it_goes_the_very_way_of_the_race(opener: IterateOpener) -> None:
    settings = DescentSettings(optimizer="nadam", learning_rate=0.01)
    batch = Descent(VALLEY, settings).advance(40)
    opened = opener.open(VALLEY, settings, 38)
    np.testing.assert_array_equal(opened.position.array, batch.positions.array[38])
    np.testing.assert_array_equal(opened.following.array, batch.positions.array[39])
    np.testing.assert_allclose(opened.results[0].array, batch.gradients.array[38], rtol=1e-4)


@pytest.mark.parametrize("iterate", [0, 4, 5])
@pytest.mark.parametrize(
    "hyperparameters",
    [
        {"amsgrad": 1.0, "weight_decay": 0.3},
        {"use_ema": 1.0, "ema_overwrite_frequency": 3.0},
        {"gradient_accumulation_steps": 2.0},
        {"gradient_accumulation_steps": 3.0, "use_ema": 1.0, "ema_overwrite_frequency": 2.0},
    ],
)
def test_they_do_with_everything_that_keras_has_besides(
    hyperparameters: dict[str, float], iterate: int, opener: IterateOpener
) -> None:
    settings = DescentSettings(
        optimizer="adam",
        learning_rate=0.05,
        hyperparameters=hyperparameters,
        clipping=Clipping(kind="global_norm", limit=3.0),
        schedule=Schedule(kind="exponential", numbers={"decay_steps": (2.0,)}),
        noise=0.1,
        iterations=20,
    )
    opened = opener.open(BOWL, settings, iterate)
    assert opened.defect == ""
    story = story_of(opened)
    total = sum(step.vector for step in story if step.title in {"Update", "Average taken"} and step.vector is not None)
    np.testing.assert_allclose(opened.position.array + total, opened.following.array, atol=1e-6)


@pytest.mark.parametrize(
    "hyperparameters", [{}, {"centered": 1.0}, {"momentum": 0.5}, {"centered": 1.0, "momentum": 0.9}]
)
def test_rmsprop_in_all_its_forms(hyperparameters: dict[str, float], opener: IterateOpener) -> None:
    settings = DescentSettings(optimizer="rmsprop", learning_rate=0.01, hyperparameters=hyperparameters, iterations=20)
    assert opener.open(VALLEY, settings, 4).defect == ""


def test_the_numbers_are_those_of_keras_slots_by_hand(opener: IterateOpener) -> None:
    x, y = tf.Variable(-5.0), tf.Variable(-2.0)
    optimizer = keras.optimizers.Adam(0.1)
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = bowl(x, y)
        optimizer.apply_gradients(zip(tape.gradient(loss, [x, y]), [x, y], strict=True))
    slots: dict[str, list[float]] = {"momentum": [], "velocity": []}
    for variable in optimizer.variables[2:]:
        slots[variable.path.split("_")[-1]].append(float(variable.numpy()))
    opened = opener.open(BOWL, DescentSettings(optimizer="adam", learning_rate=0.1), 2)
    results = dict(zip([rule.title for rule in rules_of(opened.settings, 2)], opened.results, strict=True))
    np.testing.assert_allclose(results["First moment"].array, slots["momentum"], rtol=1e-6)
    np.testing.assert_allclose(results["Second moment"].array, slots["velocity"], rtol=1e-6)
    np.testing.assert_allclose(opened.following.array, [x.numpy(), y.numpy()], rtol=1e-6)


def test_a_lecturer_reads_the_numbers(opener: IterateOpener) -> None:
    """By hand for x² from 3 with rate 0.1: the gradients are 6, and 0.9·0 + 0.1·6 = 0.6."""
    told = captions(opener.open(objective_of(lambda x: x**2, 3.0), DescentSettings(optimizer="adam"), 0))
    assert told["Gradient"] == "g = ∇f(x) = 6, where f = 9"
    assert told["First moment"] == "m = 0.9 m + 0.1 g = 0.9 × 0 + 0.1 × 6 = 0.6"
    assert told["Second moment"] == "v = 0.999 v + 0.001 g² = 0.999 × 0 + 0.001 × 6² = 0.036"
    assert told["Bias correction"].startswith("α = 0.1 × √(1 − 0.999¹) / (1 − 0.9¹) = 0.0316")
    assert told["Step"].endswith("= −0.1")
    assert told["Update"] == "θ = θ + Δ = 3 + (−0.1) = 2.9"


def test_many_coordinates_are_told_by_their_norms(opener: IterateOpener) -> None:
    wide = objective_of(lambda x: tf.reduce_sum(x**2), np.arange(30.0))
    told = captions(opener.open(wide, DescentSettings(optimizer="momentum"), 1))
    assert told["Gradient"].startswith("g = ∇f(x) = 30 numbers of norm 148")
    assert told["Momentum"].startswith("m = 0.9 m − 0.1 g, its norm goes from 18.")


def test_a_rate_that_was_changed_on_the_way_counts_from_there(opener: IterateOpener) -> None:
    settings = DescentSettings(learning_rate=0.1, iterations=20)
    descent = Descent(BOWL, settings)
    descent.advance(4)
    descent.steer(0.02)
    positions = descent.advance(4).positions.array
    opened = opener.open(BOWL, settings, 5, ((3, 0.02),))
    np.testing.assert_array_equal(opened.position.array, positions[1])
    assert opened.numbers["rate"] == pytest.approx(0.02)
    assert opened.defect == ""


def test_a_mini_batch_is_the_same_one_again(opener: IterateOpener) -> None:
    data = np.arange(20.0, dtype="float32")

    def compute(values: Any, rows: Any) -> Any:
        return tf.reduce_mean((values[0] - (data if rows is None else tf.gather(data, rows))) ** 2)

    fit = Objective(title="loss", parameters=objective_of(lambda x: x, 0.0).parameters, compute=compute, examples=20)
    settings = DescentSettings(batch_size=4, seed=3, noise=0.5, iterations=20)
    batch = Descent(fit, settings).advance(9)
    opened = opener.open(fit, settings, 7)
    assert opened.defect == ""
    np.testing.assert_allclose(opened.results[1].array, batch.gradients.array[7], rtol=1e-6)
    assert opened.loss == pytest.approx(batch.losses.array[7], rel=1e-6)


def test_sub_steps_that_do_not_add_up_are_told(monkeypatch: pytest.MonkeyPatch, opener: IterateOpener) -> None:
    def wrong(settings: DescentSettings, iterate: int) -> tuple[iterate_rules.SubStepRule, ...]:
        rules = rules_of(settings, iterate)
        return tuple(replace(rule, expression="-2 * rate * g") if rule.symbol == "Δ" else rule for rule in rules)

    monkeypatch.setattr(iterate_steps, "rules_of", wrong)
    opened = opener.open(BOWL, DescentSettings(), 2)
    assert opened.defect.startswith("What these sub-steps make of θ differs by ")
    assert opened.defect.endswith("Please report it.")


def test_what_cannot_be_opened_is_said(opener: IterateOpener) -> None:
    flat = objective_of(lambda x, y: (x + y) ** 2, 3.0, 1.0)
    with pytest.raises(DescentError, match="The Hessian here is singular"):
        opener.open(flat, DescentSettings(optimizer="newton"), 0)
    steep = objective_of(lambda x: tf.exp(x**2), 9.0)
    with pytest.raises(ValueError, match="This descent ended at iterate 0"):
        opener.open(steep, DescentSettings(learning_rate=10.0), 5)


def test_it_is_given_up_when_it_is_no_longer_wanted(opener: IterateOpener) -> None:
    with pytest.raises(GivenUpError):
        opener.open(BOWL, DescentSettings(), 500, is_wanted=lambda: False)
