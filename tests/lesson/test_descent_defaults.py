"""The table in which a lesson says how it is descended on."""

from __future__ import annotations

import numpy as np
import pytest

from tapeviz.model.descent import DescentSettings, Parameter
from tapeviz.model.descent_defaults import DescentDefaults, KnownMinimum, RacerDefaults
from tapeviz.model.descent_start import start_position
from tapeviz.model.lesson import LessonSettings, settings_of, with_settings
from tapeviz.model.tensor import TensorValue, value_of_array

TABLE = """\
optimizer = "momentum"
learning_rate = 0.01
hyperparameters = {momentum = 0.8}
iterations = 500
start = {x = -1.5}
domain = {x = [-2, 2], w = [-1, 3]}
minima = [
  {at = {x = 1, w = [1, 0.5]}, value = 0.25},
]
log_levels = true
source = "A book"
"""


def lesson(table: str) -> str:
    header = f'dependencies = ["tensorflow"]\n\n[tool.tapeviz]\ntitle = "T"\n\n[tool.tapeviz.descent]\n{table}'
    body = "".join(f"# {line}".rstrip() + "\n" for line in header.splitlines())
    return f"# /// script\n{body}# ///\n\nx = 1\n"


def parameter(name: str, start: object, domain: tuple[float, float] | None = None) -> Parameter:
    array = np.asarray(start, np.float32)
    return Parameter(name=name, shape=array.shape, dtype="float32", start=value_of_array(array), domain=domain)


def test_the_table_is_read() -> None:
    settings = settings_of(lesson(TABLE))
    assert settings.problem == ""
    assert settings.descent == DescentDefaults(
        racers=(
            RacerDefaults(
                optimizer="momentum", learning_rate=0.01, start={"x": -1.5}, hyperparameters={"momentum": 0.8}
            ),
        ),
        iterations=500,
        domain={"x": (-2.0, 2.0), "w": (-1.0, 3.0)},
        minima=(KnownMinimum(at={"x": 1.0, "w": (1.0, 0.5)}, value=0.25),),
        log_levels=True,
        source="A book",
    )
    assert settings_of("x = 1\n").descent == DescentDefaults()


def test_racers_take_from_the_table_what_they_do_not_say() -> None:
    text = lesson(TABLE + 'racers = [{}, {learning_rate = 0.5, start = {w = 2}}, {optimizer = "adam"}]\n')
    first, second, third = settings_of(text).descent.racers
    assert first == RacerDefaults(
        optimizer="momentum", learning_rate=0.01, start={"x": -1.5}, hyperparameters={"momentum": 0.8}
    )
    assert (second.optimizer, second.learning_rate, second.start) == ("momentum", 0.5, {"x": -1.5, "w": 2.0})
    assert (third.optimizer, third.learning_rate, third.hyperparameters) == ("adam", 0.01, {})


def test_racers_become_settings_at_positions() -> None:
    parameters = (parameter("x", 3.0), parameter("w", [1.0, 2.0]))
    defaults = settings_of(lesson(TABLE)).descent
    assert defaults.settings(parameters) == (
        DescentSettings(
            optimizer="momentum",
            learning_rate=0.01,
            start=(-1.5, 1.0, 2.0),
            iterations=500,
            hyperparameters={"momentum": 0.8},
        ),
    )
    with pytest.raises(ValueError, match=r"There is no `x` to start at: the objective depends on `w`"):
        defaults.settings(parameters[1:])


def test_minima_are_those_of_the_objective_that_is_looked_at() -> None:
    two = "minima = [{at = {x = 1, w = [1, 0.5]}, value = 0}, {at = {y = 2}, value = 0}]\n"
    defaults = settings_of(lesson(two)).descent
    x, w, y = parameter("x", 3.0), parameter("w", [1.0, 2.0]), parameter("y", 0.0)
    assert defaults.minima_of((w, x)) == ((1.0, 0.5, 1.0),)
    assert defaults.minima_of((y,)) == ((2.0,),)
    assert defaults.minima_of((x, y)) == ()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('optimizer = "sgdd"', "descent.optimizer must be one of sgd, momentum,"),
        ('learning_rate = "fast"', "descent.learning_rate must be a number"),
        ("learning_rate = -1", "descent.learning_rate must be above 0"),
        ("iterations = 1000000000", "descent.iterations must be a whole number from 1 to 1000000"),
        ("domain = {x = 3}", "descent.domain.x must be two numbers"),
        ("domain = {x = [3, 1]}", "the smaller one first"),
        ("minima = [{at = {x = 1}}]", "descent.minima.value must be a number"),
        ("start = [1]", "descent.start must be a table of variables"),
        ("racers = [{speed = 1}]", "descent.racers.speed means nothing"),
        ("log_levels = 1", "descent.log_levels must be true or false"),
        ("learningrate = 0.1", "descent.learningrate means nothing; known are optimizer, learning_rate"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(line: str, problem: str) -> None:
    settings = settings_of(lesson(line + "\n"))
    assert problem in settings.problem
    assert settings.descent == DescentDefaults()


def test_saving_positions_leaves_the_table_as_it_was() -> None:
    text = lesson(TABLE)
    changed = with_settings(text, LessonSettings(positions={"variable:x": (1.0, 2.0)}, folds={"a": True}))
    assert settings_of(changed).descent == settings_of(text).descent
    assert settings_of(changed).positions == {"variable:x": (1.0, 2.0)}
    assert all(f"# {line}" in changed for line in TABLE.splitlines())


def test_a_start_is_a_position_in_the_order_of_the_parameters() -> None:
    parameters = (parameter("x", 3.0), parameter("w", [[1.0, 2.0]]), parameter("b", [0.0, 0.0]))
    assert start_position(parameters, {}) == ()
    assert start_position(parameters, {"w": ((5.0, 6.0),), "b": 7.0}) == (3.0, 5.0, 6.0, 7.0, 7.0)


@pytest.mark.parametrize(
    ("start", "problem"),
    [
        ({"y": 1.0}, "There is no `y` to start at: the objective depends on `x`, `w`."),
        ({"x": (1.0, 2.0)}, r"has shape \(2\), but `x` is a single number"),
        ({"w": (1.0, 2.0, 3.0)}, r"has shape \(3\), but `w` is of shape \(2\)"),
        ({"w": ((1.0,), (2.0, 3.0))}, "rows of unequal length"),
        ({"x": 2.5}, "The start 2.5 of `x` is outside its domain, from -2 to 2"),
        ({"x": float("nan")}, "must be a number, not nan"),
    ],
)
def test_a_start_that_does_not_fit_is_refused(start: dict[str, float], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        start_position((parameter("x", 0.0, (-2.0, 2.0)), parameter("w", [0.0, 0.0])), start)


def test_beside_a_parameter_too_large_to_travel_no_start_is_written() -> None:
    large = Parameter(
        name="w", shape=(100, 100), dtype="float32", start=TensorValue(encoding="<f4", shape=(100, 100), data=None)
    )
    with pytest.raises(ValueError, match="`w` has 10,000 elements, too many"):
        start_position((parameter("x", 0.0), large), {"x": 1.0})
    assert start_position((parameter("x", 0.0), large), {}) == ()
