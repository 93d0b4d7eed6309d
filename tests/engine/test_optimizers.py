"""Every optimizer goes where Keras' own goes when it is run by hand: an eager loop of ``apply_gradients``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from tapeviz.engine.descent import Descent
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.engine.optimizers import stepper
from tapeviz.model.descent import Clipping, DescentSettings, OptimizerName, Schedule
from tests.engine.objectives import objective_of, rosenbrock

COUNT = 30
ULPS = 64
"""Compiled by XLA, products and sums are fused and functions are its own: after 30 updates 33 roundings for a centred
RMSprop, which subtracts two numbers that are nearly the same, under 16 for the others."""

INPUTS = np.random.default_rng(3).normal(size=(12, 2)).astype("float32")
OUTPUTS = np.sin(INPUTS[:, :1] - 2 * INPUTS[:, 1:])
MATRIX = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]], "float32")


def quadratic(x: Any) -> Any:
    return 0.5 * tf.tensordot(x, tf.linalg.matvec(MATRIX, x), 1) - tf.reduce_sum(x)


def network(w: Any, b: Any, v: Any, c: Any) -> Any:
    """A network of three neurons, with parameters of four shapes, of rank 0, 1 and 2."""
    return tf.reduce_mean((tf.tanh(INPUTS @ w + b) @ v + c - OUTPUTS) ** 2)


FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "rosenbrock": (rosenbrock, (-1.2, 1.0)),
    "quadratic": (quadratic, ([2.0, -1.0, 0.5],)),
    "network": (network, ([[0.3, -0.6, 0.2], [0.5, 0.1, -0.4]], [0.1, 0.0, -0.1], [[0.7], [-0.3], [0.5]], 0.2)),
}

OPTIMIZERS: tuple[tuple[OptimizerName, dict[str, float], Callable[..., Any]], ...] = (
    ("sgd", {"weight_decay": 0.1}, lambda rate, **more: keras.optimizers.SGD(rate, weight_decay=0.1, **more)),
    ("momentum", {"momentum": 0.7}, lambda rate, **more: keras.optimizers.SGD(rate, 0.7, **more)),
    ("nesterov", {"momentum": 0.8}, lambda rate, **more: keras.optimizers.SGD(rate, 0.8, True, **more)),
    (
        "rmsprop",
        {"rho": 0.8, "momentum": 0.3, "epsilon": 1e-5, "centered": 1.0},
        lambda rate, **more: keras.optimizers.RMSprop(rate, rho=0.8, momentum=0.3, epsilon=1e-5, centered=True, **more),
    ),
    (
        "adagrad",
        {"initial_accumulator_value": 0.4, "epsilon": 1e-4},
        lambda rate, **more: keras.optimizers.Adagrad(rate, 0.4, 1e-4, **more),
    ),
    (
        "adadelta",
        {"rho": 0.7, "epsilon": 1e-3},
        lambda rate, **more: keras.optimizers.Adadelta(rate, 0.7, 1e-3, **more),
    ),
    (
        "adam",
        {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-4, "amsgrad": 1.0},
        lambda rate, **more: keras.optimizers.Adam(rate, 0.8, 0.9, 1e-4, amsgrad=True, **more),
    ),
    (
        "adamw",
        {"beta_1": 0.7, "weight_decay": 0.2},
        lambda rate, **more: keras.optimizers.AdamW(rate, weight_decay=0.2, beta_1=0.7, **more),
    ),
    ("adamax", {"beta_1": 0.6, "beta_2": 0.9}, lambda rate, **more: keras.optimizers.Adamax(rate, 0.6, 0.9, **more)),
    ("nadam", {"beta_1": 0.7, "beta_2": 0.95}, lambda rate, **more: keras.optimizers.Nadam(rate, 0.7, 0.95, **more)),
    ("lion", {"beta_1": 0.8, "beta_2": 0.9}, lambda rate, **more: keras.optimizers.Lion(rate, 0.8, 0.9, **more)),
)

SCHEDULES: tuple[tuple[Schedule, Any], ...] = (
    (
        Schedule(kind="exponential", numbers={"decay_steps": (5.0,), "decay_rate": (0.8,), "staircase": (1.0,)}),
        keras.optimizers.schedules.ExponentialDecay(0.02, 5, 0.8, staircase=True),
    ),
    (
        Schedule(kind="exponential", numbers={"decay_steps": (49.0,), "decay_rate": (0.1,), "staircase": (1.0,)}),
        keras.optimizers.schedules.ExponentialDecay(0.02, 49, 0.1, staircase=True),
    ),
    (
        Schedule(kind="inverse_time", numbers={"decay_steps": (4.0,), "decay_rate": (0.3,)}),
        keras.optimizers.schedules.InverseTimeDecay(0.02, 4, 0.3),
    ),
    (
        Schedule(
            kind="polynomial",
            numbers={"decay_steps": (7.0,), "end_learning_rate": (0.001,), "power": (2.0,), "cycle": (1.0,)},
        ),
        keras.optimizers.schedules.PolynomialDecay(0.02, 7, 0.001, power=2.0, cycle=True),
    ),
    (
        Schedule(
            kind="cosine",
            numbers={"decay_steps": (20.0,), "alpha": (0.1,), "warmup_target": (0.05,), "warmup_steps": (5.0,)},
        ),
        keras.optimizers.schedules.CosineDecay(0.02, 20, 0.1, warmup_target=0.05, warmup_steps=5),
    ),
    (
        Schedule(kind="piecewise", numbers={"boundaries": (3.0, 9.0), "values": (0.05, 0.02, 0.01)}),
        keras.optimizers.schedules.PiecewiseConstantDecay([3, 9], [0.05, 0.02, 0.01]),
    ),
)

CLIPPINGS: tuple[tuple[Clipping, dict[str, float]], ...] = (
    (Clipping(kind="value", limit=0.15), {"clipvalue": 0.15}),
    (Clipping(kind="norm", limit=0.25), {"clipnorm": 0.25}),
    (Clipping(kind="global_norm", limit=0.3), {"global_clipnorm": 0.3}),
)


def objective(name: str) -> Objective:
    function, starts = FUNCTIONS[name]
    return objective_of(function, *starts)


def by_hand(name: str, optimizer: Any, count: int = COUNT) -> npt.NDArray[Any]:
    """Run Keras' optimizer as a lesson would, and note each position."""
    function, starts = FUNCTIONS[name]
    variables = [tf.Variable(np.asarray(start, "float32")) for start in starts]
    positions = []
    for _ in range(count):
        positions.append(np.concatenate([variable.numpy().reshape(-1) for variable in variables]))
        with tf.GradientTape() as tape:
            loss = function(*variables)
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
    return np.array(positions)


def eagerly(name: str, settings: DescentSettings, count: int = COUNT) -> npt.NDArray[Any]:
    """Run the stepper op by op."""
    one = stepper(objective(name), settings)
    positions = []
    for k in range(count):
        positions.append(one.position().numpy())
        one.update(k, one.measure(k)[1])
    return np.array(positions)


def compiled(name: str, settings: DescentSettings, count: int = COUNT) -> npt.NDArray[Any]:
    """Run it in the loop that XLA compiles, as races do."""
    return Descent(objective(name), settings).advance(count).positions.array


def assert_within_ulps(found: npt.NDArray[Any], expected: npt.NDArray[Any], ulps: int) -> None:
    """Hold each position to the other; an ulp is that of the largest coordinate that comes up."""
    assert np.isfinite(expected).all()
    assert np.ptp(expected, axis=0).min() > 0, "nothing moved"
    ulp = np.spacing(np.abs(expected).max())
    assert np.abs(found - expected).max() <= ulps * ulp, np.abs(found - expected).max() / ulp


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(("optimizer", "hyperparameters", "make"), OPTIMIZERS, ids=[one[0] for one in OPTIMIZERS])
def test_it_goes_where_keras_goes_by_hand(
    optimizer: OptimizerName, hyperparameters: dict[str, float], make: Callable[..., Any], name: str
) -> None:
    rate = 0.001 if name == "rosenbrock" else 0.05
    settings = DescentSettings(optimizer=optimizer, learning_rate=rate, hyperparameters=hyperparameters)
    expected = by_hand(name, make(rate))
    np.testing.assert_array_equal(eagerly(name, settings), expected)
    if name == "network":  # of the others XLA makes less, and each takes it a second
        assert_within_ulps(compiled(name, settings), expected, ULPS)


@pytest.mark.parametrize(("schedule", "theirs"), SCHEDULES, ids=[one[0].kind for one in SCHEDULES])
def test_schedules_are_keras_own(schedule: Schedule, theirs: Any) -> None:
    settings = DescentSettings(optimizer="adam", learning_rate=0.02, schedule=schedule)
    expected = by_hand("network", keras.optimizers.Adam(theirs))
    if "cycle" in schedule.numbers:  # its rates come out of a table, whose powers TensorFlow computes side by side
        assert_within_ulps(eagerly("network", settings), expected, 4)
    else:
        np.testing.assert_array_equal(eagerly("network", settings), expected)
    if schedule.kind in ("inverse_time", "piecewise"):  # XLA is asked about the others
        return
    batch = Descent(objective("network"), settings).advance(COUNT)
    assert_within_ulps(batch.positions.array, expected, ULPS)
    np.testing.assert_allclose(
        batch.rates.array, [float(theirs(tf.constant(k, tf.int64))) for k in range(COUNT - 1)], rtol=1e-6
    )


@pytest.mark.parametrize(("clipping", "given"), CLIPPINGS, ids=[one[0].kind for one in CLIPPINGS])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_gradients_are_clipped_by_keras(optimizer: OptimizerName, clipping: Clipping, given: dict[str, float]) -> None:
    settings = DescentSettings(optimizer=optimizer, learning_rate=0.05, clipping=clipping)
    make = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[optimizer]
    expected = by_hand("network", make(0.05, **given))
    np.testing.assert_array_equal(eagerly("network", settings), expected)
    if (optimizer, clipping.kind) in (("sgd", "norm"), ("adam", "global_norm")):
        assert_within_ulps(compiled("network", settings), expected, ULPS)
    assert not np.array_equal(expected, by_hand("network", make(0.05))), "nothing was clipped"


@pytest.mark.parametrize(
    "given",
    [
        {"use_ema": 1.0, "ema_momentum": 0.8, "ema_overwrite_frequency": 4.0},
        {"gradient_accumulation_steps": 3.0},
        {"use_ema": 1.0, "ema_overwrite_frequency": 2.0, "gradient_accumulation_steps": 2.0, "weight_decay": 0.1},
    ],
)
def test_averages_and_gathered_gradients_are_keras_own(given: dict[str, float]) -> None:
    kinds = {"use_ema": bool, "ema_overwrite_frequency": int, "gradient_accumulation_steps": int}
    theirs: dict[str, Any] = {name: kinds.get(name, float)(number) for name, number in given.items()}
    settings = DescentSettings(optimizer="nadam", learning_rate=0.05, hyperparameters=given)
    expected = by_hand("network", keras.optimizers.Nadam(0.05, **theirs))
    np.testing.assert_array_equal(eagerly("network", settings), expected)
    if len(given) > 1:
        assert_within_ulps(compiled("network", settings), expected, ULPS)


GOLDEN: tuple[tuple[OptimizerName, float, dict[str, float], tuple[float, float]], ...] = (
    ("adam", 0.001, {"amsgrad": 1.0}, (0.9955, 0.9955)),
    ("adamw", 1.0, {"weight_decay": 0.5, "epsilon": 2.0}, (0.0263, -0.0159)),
    ("adamax", 0.2, {"beta_1": 0.85, "beta_2": 0.95, "epsilon": 1e-6}, (0.1933, 0.2126)),
    ("nadam", 0.5, {"beta_1": 0.5, "beta_2": 0.67, "epsilon": 1e-5}, (-1.7492, -1.7454)),
    ("lion", 0.001, {}, (0.995, 0.995)),
    ("rmsprop", 0.001, {"centered": 1.0}, (0.9864, 0.9864)),
    ("adagrad", 0.2, {"initial_accumulator_value": 0.3, "epsilon": 1e-6}, (0.856, 0.4825)),
    ("adadelta", 1.0, {"rho": 0.8, "epsilon": 1e-6}, (0.9849, 0.9849)),
    ("sgd", 0.01, {}, (0.9959, 0.9599)),
)
"""Keras' own tests: ones, a first gradient of 0.01 everywhere, then four of 0.1, 0.2 ... 1.0; first and last of ten."""


@pytest.mark.parametrize(("optimizer", "rate", "hyperparameters", "ends"), GOLDEN, ids=[one[0] for one in GOLDEN])
def test_numbers_that_keras_publishes(
    optimizer: OptimizerName, rate: float, hyperparameters: dict[str, float], ends: tuple[float, float]
) -> None:
    settings = DescentSettings(optimizer=optimizer, learning_rate=rate, hyperparameters=hyperparameters)
    one = stepper(objective_of(quadratic_of_ten, np.ones(10)), settings)
    for k, gradient in enumerate([np.full(10, 0.01), *[np.arange(0.1, 1.1, 0.1)] * 4]):
        one.update(k, [tf.constant(gradient, tf.float32)])
    np.testing.assert_allclose(one.position().numpy()[[0, -1]], ends, rtol=5e-4, atol=5e-4)


def quadratic_of_ten(x: Any) -> Any:
    return tf.reduce_sum(x**2)


def line_objective(seen: list[Any] | None = None) -> Objective:
    """Twenty examples, of which those in the mini-batch are noted where somebody wants to see them."""
    base = objective_of(lambda w: w, 0.0)

    def compute(values: Sequence[Any], rows: Any) -> Any:
        if seen is not None:
            seen.append(rows.numpy())
        return tf.reduce_mean((values[0] - tf.cast(rows, tf.float32)) ** 2)

    return Objective(title="loss", parameters=base.parameters, compute=compute, examples=20)


def test_mini_batches_go_through_all_examples_before_any_comes_again() -> None:
    seen: list[Any] = []
    one = stepper(line_objective(seen), DescentSettings(batch_size=5, seed=7, learning_rate=0.01))
    for k in range(12):
        one.update(k, one.measure(k)[1])
    epochs = [np.concatenate(seen[first : first + 4]) for first in (0, 4, 8)]
    for epoch in epochs:
        assert sorted(epoch.tolist()) == list(range(20))
    assert epochs[0].tolist() != epochs[1].tolist() != epochs[2].tolist()


def test_chance_is_the_same_compiled_and_not() -> None:
    settings = DescentSettings(batch_size=5, seed=2, noise=0.5, learning_rate=0.1)
    one = stepper(line_objective(), settings)
    positions = []
    for k in range(20):
        positions.append(one.position().numpy())
        one.update(k, one.measure(k)[1])
    found = Descent(line_objective(), settings).advance(20).positions.array
    assert_within_ulps(found, np.array(positions), ULPS)


def test_noise_has_the_deviation_that_is_set_and_another_seed_gives_other_noise() -> None:
    flat = objective_of(lambda x: 0.0 * tf.reduce_sum(x), np.zeros(4096))
    noisy = [
        stepper(flat, DescentSettings(noise=0.5, seed=seed)).measure(tf.constant(k, tf.int64))[1][0].numpy()
        for seed, k in ((1, 0), (1, 1), (2, 0))
    ]
    for noise in noisy:
        np.testing.assert_allclose([noise.mean(), noise.std()], [0.0, 0.5], atol=0.03)
        assert abs(((noise / 0.5) ** 4).mean() - 3.0) < 0.4, "a normal distribution has kurtosis 3"
    for one, other in itertools.combinations(noisy, 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.05


def test_a_parameter_that_the_objective_does_not_depend_on_stays() -> None:
    settings = DescentSettings(optimizer="adamw", hyperparameters={"weight_decay": 0.5})
    batch = Descent(objective_of(lambda x, y: x**2, 3.0, 2.0), settings).advance(10)
    assert set(batch.positions.array[:, 1]) == {2.0}
    assert batch.positions.array[-1, 0] < 3.0


def test_an_objective_of_none_of_its_parameters_has_no_way_down() -> None:
    with pytest.raises(NoObjectiveError, match="f depends on none of its parameters"):
        stepper(objective_of(lambda x: tf.constant(1.0), 3.0), DescentSettings()).measure(0)


def test_what_cannot_be_is_told_before_anything_is_built() -> None:
    with pytest.raises(ValueError, match="momentum lies between 0 and 1; 2 does not"):
        stepper(objective("quadratic"), DescentSettings(optimizer="momentum", hyperparameters={"momentum": 2.0}))


def test_keras_goes_on_counting_names_as_if_nothing_had_been_made() -> None:
    before = keras.src.utils.naming.auto_name("adam")
    stepper(objective("quadratic"), DescentSettings(optimizer="adam"))
    after = keras.src.utils.naming.auto_name("adam")
    assert int(after.split("_")[-1]) == int(before.split("_")[-1] if "_" in before else 0) + 1


def test_double_precision_stays_double() -> None:
    double = objective_of(rosenbrock, -1.2, 1.0, dtype="float64")
    x, y = tf.Variable(-1.2, dtype=tf.float64), tf.Variable(1.0, dtype=tf.float64)
    optimizer = keras.optimizers.Adam(0.01)
    for _ in range(10):
        with tf.GradientTape() as tape:
            loss = rosenbrock(x, y)
        optimizer.apply_gradients(zip(tape.gradient(loss, [x, y]), [x, y], strict=True))
    found = Descent(double, DescentSettings(optimizer="adam", learning_rate=0.01)).advance(11).positions.array
    assert found.dtype == np.float64
    np.testing.assert_allclose(found[-1], [x.numpy(), y.numpy()], rtol=1e-13)
