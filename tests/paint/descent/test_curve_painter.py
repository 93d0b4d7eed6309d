"""Curves against iterations: what is drawn of many numbers, and where names stand."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.model.descent_curves import Curve, curves_of
from tapeviz.model.descent_scene import ways_of
from tapeviz.paint.descent.curve_painter import column_points, curve_axes, paint_curves, spread
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.plot_area import Axis, Ink, PlotArea
from tapeviz.paint.fonts import load_fonts
from tapeviz.paint.theme import theme_of
from tests.paint.descent.surfaces import bowl, descent, trajectory

INK = Ink(theme=theme_of("light"))


@pytest.fixture(autouse=True)
def fonts(qapp: object) -> None:
    load_fonts()


def curve(numbers: np.ndarray) -> Curve:
    return Curve(name="", look=0, iterates=np.arange(len(numbers)), numbers=numbers, shown=len(numbers) - 1)


def area(count: int, *, is_log: bool = False) -> PlotArea:
    up = Axis(low=1e-3, high=1e3, is_log=True) if is_log else Axis(low=-2.0, high=2.0)
    return PlotArea(box=QRectF(0, 0, 200, 100), across=Axis(low=0.0, high=count - 1.0), up=up)


def test_of_many_iterates_every_pixel_shows_the_lowest_and_the_highest() -> None:
    numbers = np.sin(np.arange(100_000) / 7.0)
    numbers[50_123] = 1.9
    points = column_points(area(len(numbers)), np.arange(len(numbers)), numbers)
    assert len(points) <= 2 * 201
    assert np.isclose(points[:, 1].min(), 100 * (1 - 3.9 / 4))
    assert np.isclose(points[np.argmin(points[:, 1]), 0], 200 * 50_123 / 99_999, atol=1.0)


def test_few_iterates_are_all_there_and_numbers_that_are_none_make_gaps() -> None:
    numbers = np.array([1.0, np.nan, -1.0, np.inf])
    points = column_points(area(4), np.arange(4), numbers)
    assert np.isfinite(points).all(axis=1).tolist() == [True, False, True, False]


def test_a_logarithmic_axis_has_no_place_for_what_is_not_positive() -> None:
    numbers = np.array([10.0, 0.0, -5.0, 0.1])
    points = column_points(area(4, is_log=True), np.arange(4), numbers)
    assert np.isfinite(points[:, 1]).tolist() == [True, False, False, True]
    across, up = curve_axes([curve(numbers)], "loss", is_log_iterates=True, is_log_values=True)
    assert up.low < 0.1 and up.high > 10 and across.low == 1


@pytest.mark.parametrize("numbers", [np.full(5, np.nan), np.array([]), np.full(3, 7.0), np.array([-1e308, 1e308])])
def test_axes_of_odd_numbers_are_finite(numbers: np.ndarray) -> None:
    for is_log in (False, True):
        _, up = curve_axes([curve(numbers)], "loss", is_log_iterates=False, is_log_values=is_log)
        assert np.isfinite([up.low, up.high, up.span]).all() and up.low < up.high


def test_names_are_moved_apart_and_stay_within_the_plot() -> None:
    assert spread([10.0, 11.0, 12.0], 5.0, 0.0, 100.0) == [10.0, 15.0, 20.0]
    assert spread([98.0, 99.0, 100.0], 5.0, 0.0, 100.0) == [90.0, 95.0, 100.0]
    assert spread([-3.0, 50.0], 5.0, 0.0, 100.0) == [0.0, 50.0]


def test_curves_are_those_of_the_trajectory() -> None:
    positions = np.array([[2.0, 1.0], [1.0, 0.5], [0.5, 0.25]])
    state = descent(trajectory(positions, bowl(*positions.T)))
    found = {each.name: each.numbers.tolist() for each in curves_of("parameters", ways_of(state), state.objective)}
    assert found == {"x": [2.0, 1.0, 0.5], "y": [1.0, 0.5, 0.25]}
    (loss,) = curves_of("loss", ways_of(state), state.objective)
    assert loss.numbers.tolist() == [5.0, 1.25, 0.3125]
    (rate,) = curves_of("rates", ways_of(state), state.objective)
    assert rate.numbers.tolist() == [0.1, 0.1]


def test_a_curve_goes_through_its_numbers() -> None:
    numbers = np.array([0.0, 4.0, 1.0, 3.0])
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor(INK.theme.canvas))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    axes = curve_axes([curve(numbers)], "loss", is_log_iterates=False, is_log_values=False)
    place = paint_curves(painter, QRectF(0, 0, 400, 300), [curve(numbers)], axes, 3, INK)
    painter.end()
    colour = QColor(look_of(0, INK.theme).colour)
    for x, y in ((0.5, 2.0), (1.5, 2.5), (2.5, 2.0)):
        at = place.point(x, y)
        near = [image.pixelColor(round(at.x()) + dx, round(at.y()) + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        assert min(abs(each.red() - colour.red()) + abs(each.blue() - colour.blue()) for each in near) < 40


def test_a_logarithmic_axis_is_no_longer_than_its_numbers_need() -> None:
    _, up = curve_axes([curve(np.array([5.0, 5.1]))], "loss", is_log_iterates=False, is_log_values=True)
    assert 4 < up.low < 5 and 5.1 < up.high < 6
