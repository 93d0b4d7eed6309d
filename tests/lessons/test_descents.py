"""The lessons that descend, held to the same descents written out by hand in NumPy, in double precision."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
import sympy
import tensorflow as tf

from tapeviz.model.graph import Subject
from tapeviz.model.own_trajectory import OwnTrajectory, own_trajectories
from tapeviz.model.recording import Recording
from tests.lessons.looking import all_gradients, target

Recorded = Callable[[int | str], Recording]
Array = npt.NDArray[np.float64]
Slope = Callable[[Array], Array]

X, Y = sympy.symbols("x y", real=True)
HIMMELBLAU = (X**2 + Y - 11) ** 2 + (X + Y**2 - 7) ** 2


def descend(slope: Slope, start: list[float], rate: float, iterations: int) -> Array:
    """Every position of plain gradient descent, the start first."""
    positions = [np.array(start, np.float64)]
    for _ in range(iterations):
        positions.append(positions[-1] - rate * slope(positions[-1]))
    return np.array(positions)


def own(recording: Recording, call: int = 0) -> tuple[OwnTrajectory, ...]:
    return own_trajectories(recording, Subject(call=call))


def numbers(line: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d+", line)]


def noise(count: int, seed: list[int], deviation: float) -> Array:
    return np.asarray(tf.random.stateless_normal([count], seed=seed, stddev=deviation), np.float64)


def test_14_a_line_is_fitted_to_a_hundred_points(recorded: Recorded) -> None:
    recording = recorded(14)
    x = np.linspace(-2, 2, 100)
    y = 3 * x + 2 + noise(100, [3, 2], 0.5)

    def slope(position: Array) -> Array:
        residuals = y - position[0] * x - position[1]
        return np.array([-2 * np.mean(residuals * x), -2 * np.mean(residuals)])

    expected = descend(slope, [0, 0], 0.1, 100)
    (fit,) = own(recording)
    assert [parameter.name for parameter in fit.parameters] == ["w", "b"]
    np.testing.assert_allclose(fit.trajectory.positions, expected, atol=1e-5)
    np.testing.assert_allclose(fit.trajectory.gradients[:100], [slope(each) for each in expected[:100]], atol=1e-4)
    losses = [np.mean((y - w * x - b) ** 2) for w, b in expected[:100]]
    np.testing.assert_allclose(fit.trajectory.losses[:100], losses, rtol=1e-5)
    np.testing.assert_allclose(fit.trajectory.positions[-1], np.polyfit(x, y, 1), atol=1e-5)
    assert fit.trajectory.positions[-1] == pytest.approx([3, 2], abs=0.1)
    assert [figure.title for figure in recording.figures] == ["y = 3.02 x + 2.02"]


def test_15_a_cubic_is_fitted_with_a_loss_of_two_terms(recorded: Recorded) -> None:
    recording = recorded(15)
    x = np.linspace(-2, 2, 50)
    y = 0.5 * x**3 - 2 * x**2 + x + 1 + noise(50, [1, 5], 0.3)
    powers = np.stack([x**3, x**2, x, np.ones(50)])

    def slope(position: Array) -> Array:
        residuals = y - position @ powers
        return np.asarray(2 * 0.001 * position - 2 * powers @ residuals / 50)

    expected = descend(slope, [0, 0, 0, 0], 0.01, 200)
    (fit,) = own(recording)
    assert [parameter.name for parameter in fit.parameters] == ["a", "b", "c", "d"]
    np.testing.assert_allclose(fit.trajectory.positions, expected, atol=1e-4)
    losses = [np.mean((y - each @ powers) ** 2) + 0.001 * each @ each for each in expected[:200]]
    np.testing.assert_allclose(fit.trajectory.losses[:200], losses, rtol=1e-4)
    assert f"the largest residual is {np.abs(y - expected[199] @ powers).max():.3f}" in recording.output
    assert len(recording.figures) == 1


def test_24_twenty_steps_in_the_ravine(recorded: Recorded) -> None:
    recording = recorded(24)
    (ravine,) = own(recording)
    steps = np.arange(21)
    np.testing.assert_allclose(
        ravine.trajectory.positions, np.stack([-5 * 0.8**steps, -2 * 0.6**steps], axis=1), rtol=1e-5
    )
    np.testing.assert_allclose(ravine.trajectory.positions[-1], [-0.0576461, -0.0000731], atol=5e-8)
    assert "after 20 steps: (-0.0576461, -0.0000731)" in recording.output


def rosenbrock_slope(position: Array) -> Array:
    x, y = position
    return np.array([2 * (x - 1) - 400 * x * (y - x**2), 200 * (y - x**2)])


def momentum() -> Array:
    position, velocity = np.array([-1.2, 1.0]), np.zeros(2)
    for _ in range(300):
        velocity = 0.9 * velocity - 0.001 * rosenbrock_slope(position)
        position = position + velocity
    return position


def adam() -> Array:
    """Kingma and Ba's algorithm, with Keras' place of the epsilon."""
    position, first, second = np.array([-1.2, 1.0]), np.zeros(2), np.zeros(2)
    for k in range(1, 301):
        slope = rosenbrock_slope(position)
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        rate = 0.3 * np.sqrt(1 - 0.999**k) / (1 - 0.9**k)
        position = position - rate * first / (np.sqrt(second) + 1e-7)
    return position


def test_24_three_optimizers_on_rosenbrocks_ravine(recorded: Recorded) -> None:
    recording = recorded(24)
    ends = {
        "SGD": descend(rosenbrock_slope, [-1.2, 1.0], 0.002, 300)[-1],
        "momentum": momentum(),
        "Adam": adam(),
    }
    printed = {line.split()[0]: numbers(line)[:2] for line in recording.output.splitlines() if " f " in line}
    assert printed.keys() == ends.keys()
    for name, end in ends.items():
        assert printed[name] == pytest.approx(end, abs=2e-3), name
    raced = own(recording, 20)
    assert [each.trajectory.count for each in raced] == [301] * 3
    for each, end in zip(raced, ends.values(), strict=True):
        assert each.trajectory.positions[0] == pytest.approx([-1.2, 1.0])
        assert each.trajectory.positions[-1] == pytest.approx(end, abs=2e-3)


def test_25_a_rate_of_1_1_multiplies_by_minus_1_2(recorded: Recorded) -> None:
    recording = recorded(25)
    (run,) = own(recording)
    np.testing.assert_allclose(run.trajectory.positions[:, 0], (-1.2) ** np.arange(21), rtol=1e-5)
    assert float(sympy.diff(X**2, X, 2)) == 2
    assert "the curvature is 2.0 and the limit of the rate 1.0" in recording.output
    rates = [numbers(line) for line in recording.output.splitlines() if line.startswith("rate")]
    assert [end for _, end in rates] == pytest.approx([(1 - 2 * rate) ** 10 for rate, _ in rates], abs=1e-4)


def minima() -> Iterator[list[float]]:
    slopes = [sympy.diff(HIMMELBLAU, by) for by in (X, Y)]
    for near in ((3, 2), (-2.8, 3.1), (-3.8, -3.3), (3.6, -1.8)):
        yield [float(root) for root in sympy.nsolve(slopes, (X, Y), near)]


def test_26_four_starts_end_at_four_minima(recorded: Recorded) -> None:
    recording = recorded(26)
    found = own(recording)
    assert [each.trajectory.positions[0].tolist() for each in found] == [[0, 0], [-1, 1], [-1, -1], [1, -1]]
    for each, minimum in zip(found, minima(), strict=True):
        assert HIMMELBLAU.subs({X: minimum[0], Y: minimum[1]}) == pytest.approx(0, abs=1e-12)
        assert each.trajectory.positions[-1] == pytest.approx(minimum, abs=1e-5)


def test_26_at_the_saddle_a_hairs_breadth_decides(recorded: Recorded) -> None:
    recording = recorded(26)
    saddle = dict(zip((X, Y), (3.385154, 0.073852), strict=True))
    slopes = [float(sympy.diff(HIMMELBLAU, by).subs(saddle)) for by in (X, Y)]
    assert slopes == pytest.approx([0, 0], abs=1e-3)
    hessian = np.array(sympy.hessian(HIMMELBLAU, (X, Y)).subs(saddle), np.float64)
    lines = recording.output.splitlines()
    (eigenvalues,) = [numbers(line) for line in lines if line.startswith("the eigenvalues")]
    assert eigenvalues == pytest.approx(np.linalg.eigvalsh(hessian), rel=1e-5)
    ends = [numbers(line)[1:] for line in lines if line.startswith("from y =")]
    assert ends == [pytest.approx([3.584428, -1.848127], abs=1e-4), pytest.approx([3, 2], abs=1e-4)]


@pytest.mark.parametrize("number", [14, 15, 24, 25, 26])
def test_every_gradient_of_a_descent_was_checked(recorded: Recorded, number: int) -> None:
    recording = recorded(number)
    assert recording.errors == ()
    assert recording.ended_by == "finished"
    assert all(call.checked and call.defect is None for call in recording.gradient_calls)
    assert all(np.isfinite(gradient).all() for gradient in all_gradients(recording))
    assert np.isfinite(target(recording, 0))
