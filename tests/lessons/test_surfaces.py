"""The surfaces, held to what is published of them: by plain TensorFlow in double precision, without tapeviz."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
import tensorflow as tf

from tapeviz.model.descent import Parameter
from tapeviz.model.descent_defaults import DescentDefaults
from tapeviz.model.lesson import settings_of
from tapeviz.model.recording import Recording
from tapeviz.model.tensor import value_of_array
from tapeviz.storage.library import find_lesson, shipped_lessons
from tests.lessons.looking import gradients, target

SURFACES = [lesson.name for lesson in shipped_lessons() if lesson.group == "surfaces"]
X, Y = sympy.symbols("x y", real=True)
PI = sympy.pi

FORMULAS = {
    "quadratic-bowl": X**2 + Y**2,
    "narrow-ravine": X**2 / 2 + 10 * Y**2,
    "rosenbrock": 100 * (Y - X**2) ** 2 + (1 - X) ** 2,
    "beale": sum((c - X * (1 - Y**n)) ** 2 for n, c in ((1, 1.5), (2, 2.25), (3, 2.625))),
    "himmelblau": (X**2 + Y - 11) ** 2 + (X + Y**2 - 7) ** 2,
    "booth": (X + 2 * Y - 7) ** 2 + (2 * X + Y - 5) ** 2,
    "branin": (Y - 5.1 / (4 * PI**2) * X**2 + 5 / PI * X - 6) ** 2 + 10 * (1 - 1 / (8 * PI)) * sympy.cos(X) + 10,
    "rastrigin": 20 + sum(v**2 - 10 * sympy.cos(2 * PI * v) for v in (X, Y)),
    "ackley": -20 * sympy.exp(-sympy.sqrt((X**2 + Y**2) / 2) / 5)
    - sympy.exp((sympy.cos(2 * PI * X) + sympy.cos(2 * PI * Y)) / 2)
    + sympy.E
    + 20,
    "styblinski-tang": sum(v**4 - 16 * v**2 + 5 * v for v in (X, Y)) / 2,
    "six-hump-camel": (4 - 2.1 * X**2 + X**4 / 3) * X**2 + X * Y + (-4 + 4 * Y**2) * Y**2,
    "saddle": X**2 - Y**2,
    "monkey-saddle": X**3 - 3 * X * Y**2,
    "plateau": 1 - sympy.exp(-(X**2 + Y**2) / 2),
    "double-well": X**4 - 2 * X**2 + X / 2,
}
"""Each surface as it is published, written once more."""

PUBLISHED: dict[str, list[tuple[float, float, float]]] = {
    "quadratic-bowl": [(0, 0, 0)],
    "narrow-ravine": [(0, 0, 0)],
    "rosenbrock": [(1, 1, 0)],
    "beale": [(3, 0.5, 0)],
    "himmelblau": [(3, 2, 0), (-2.805118, 3.131312, 0), (-3.779310, -3.283186, 0), (3.584428, -1.848126, 0)],
    "booth": [(1, 3, 0)],
    "branin": [(-math.pi, 12.275, 0.397887), (math.pi, 2.275, 0.397887), (9.42478, 2.475, 0.397887)],
    "rastrigin": [(0, 0, 0)],
    "ackley": [(0, 0, 0)],
    "styblinski-tang": [(-2.903534, -2.903534, 2 * -39.16616570377142)],
    "six-hump-camel": [(0.0898, -0.7126, -1.0316), (-0.0898, 0.7126, -1.0316)],
    "plateau": [(0, 0, 0)],
}
"""The global minima, with the digits that the literature gives."""

SADDLES: dict[str, list[tuple[float, float]]] = {
    "saddle": [(0, 0)],
    "himmelblau": [(-3.073026, -0.081353), (-0.127961, -1.953715), (0.086678, 2.884255), (3.385154, 0.073852)],
    "branin": [(0, 6), (2 * math.pi, 1.1)],
    "six-hump-camel": [(0, 0), (1.109205, -0.768268), (1.296070, 0.605084), (1.638068, 0.228674)],
}

Surface = Callable[[Any], Any]


def defaults(name: str) -> DescentDefaults:
    lesson = find_lesson(name)
    assert lesson is not None
    settings = settings_of(lesson.text)
    assert settings.problem == ""
    return settings.descent


def function(name: str) -> Surface:
    """Make the tape's block of a lesson a function of a position, a tensor in double precision."""
    lesson = find_lesson(name)
    assert lesson is not None
    block = next(node for node in ast.parse(lesson.text).body if isinstance(node, ast.With))
    code = compile(ast.Module(block.body, []), name, "exec")

    def compute(position: Any) -> Any:
        if "w" in defaults(name).domain:
            values = {"w": position}
        else:
            values = dict(zip("xy", tf.unstack(position), strict=False))
        namespace = {"tf": tf, "math": math, **values}
        exec(code, namespace)
        return namespace["f"]

    return compute


def at(name: str, position: object) -> tuple[float, Any, Any]:
    """Give value, gradient and Hessian at a position."""
    point = tf.Variable(np.array(position, np.float64))
    compute = function(name)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            value = compute(point)
        gradient = inner.gradient(value, point)
    return float(value), gradient.numpy(), outer.jacobian(gradient, point).numpy()


def known(name: str) -> list[tuple[list[float], float]]:
    """List the minima of a lesson's table as positions, with their values."""
    return [(np.hstack(list(minimum.at.values())).tolist(), minimum.value) for minimum in defaults(name).minima]


@pytest.mark.parametrize("name", SURFACES)
def test_at_the_known_minima_value_and_gradient_are_as_said(name: str) -> None:
    table = defaults(name)
    assert table.source
    assert table.racers
    assert bool(table.minima) == ("saddle" not in name)
    for position, value in known(name):
        found, gradient, hessian = at(name, position)
        assert found == pytest.approx(value, abs=1e-7)
        low, high = np.transpose(list(table.domain.values()))
        assert np.all((low <= position) & (position <= high))
        if name == "ackley":
            continue
        assert gradient == pytest.approx(np.zeros_like(gradient), abs=1e-6)
        assert np.linalg.eigvalsh(hessian).min() > 0.1


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_the_global_minima_are_the_published_ones(name: str) -> None:
    lowest = min(value for _, value in known(name))
    globals_found = sorted([*position, value] for position, value in known(name) if value < lowest + 1e-9)
    np.testing.assert_allclose(globals_found, sorted(PUBLISHED[name]), atol=1e-4)


def test_the_point_of_ackleys_tent_has_no_gradient_and_is_the_lowest_around() -> None:
    value, gradient, _ = at("ackley", [0, 0])
    assert np.isnan(gradient).all()
    for angle in np.linspace(0, 2 * math.pi, 24):
        away = 0.05 * np.array([math.cos(angle), math.sin(angle)])
        higher, slope, _ = at("ackley", away)
        assert higher > value + 0.1
        assert slope @ away > 0


@pytest.mark.parametrize("name", sorted(SADDLES))
def test_the_saddles_curve_up_and_down(name: str) -> None:
    for position in SADDLES[name]:
        _, gradient, hessian = at(name, position)
        assert gradient == pytest.approx([0, 0], abs=1e-3)
        low, high = np.linalg.eigvalsh(hessian)
        assert low < -1 < 1 < high


def test_the_hessian_of_the_monkey_saddle_says_nothing() -> None:
    value, gradient, hessian = at("monkey-saddle", [0, 0])
    assert (value, *gradient, *hessian.reshape(-1)) == (0,) * 7
    signs = [
        np.sign(at("monkey-saddle", [math.cos(angle), math.sin(angle)])[0]) for angle in np.arange(6) * math.pi / 3
    ]
    assert signs == [1, -1, 1, -1, 1, -1]


def test_the_double_well_has_its_minima_at_roots_of_the_derivative() -> None:
    roots = [float(root) for root in sympy.Poly(4 * X**3 - 4 * X + sympy.Rational(1, 2)).nroots()]
    left, hill, right = sorted(roots)
    assert [position for position, _ in known("double-well")] == [[pytest.approx(left)], [pytest.approx(right)]]
    assert at("double-well", [hill])[2].item() < 0


@pytest.mark.parametrize("name", SURFACES)
def test_the_recording_holds_value_and_gradient_at_the_start(
    name: str, recorded: Callable[[int | str], Recording]
) -> None:
    recording = recorded(name)
    assert recording.ended_by == "finished"
    sources = recording.gradient_calls[0].sources
    places = [value.array for source in sources if (value := recording.tensors[source.tensor].value) is not None]
    at_start = dict(zip((X, Y), np.hstack(places).tolist(), strict=False))
    formula = FORMULAS[name]
    wanted = [float(sympy.diff(formula, symbol).subs(at_start)) for symbol in at_start]
    assert target(recording, 0) == pytest.approx(float(formula.subs(at_start)), rel=1e-5, abs=1e-5)
    assert np.hstack(gradients(recording, 0)) == pytest.approx(wanted, rel=1e-4, abs=1e-5)
    assert recording.gradient_calls[0].checked


@pytest.mark.parametrize("name", SURFACES)
def test_the_prepared_racers_start_within_the_domain(name: str, recorded: Callable[[int | str], Recording]) -> None:
    recording = recorded(name)
    table = defaults(name)
    parameters = []
    for source in recording.gradient_calls[0].sources:
        value = recording.tensors[source.tensor].value
        assert value is not None
        assert source.name is not None
        domain = table.domain[source.name]
        parameters.append(
            Parameter(
                name=source.name, shape=value.shape, dtype="float32", start=value_of_array(value.array), domain=domain
            )
        )
    for settings in table.settings(parameters):
        assert len(settings.start) in (0, sum(each.size for each in parameters))
