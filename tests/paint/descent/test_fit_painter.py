"""The picture of a fit, looked at by its pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.model.fit import Fit, FitFacts, FitLine
from tapeviz.model.fit_words import fit_words
from tapeviz.model.tensor import whole_value
from tapeviz.paint.descent.fit_painter import class_borders, paint_fit
from tapeviz.paint.descent.plot_area import Ink, PlotArea
from tapeviz.paint.theme import THEME_NAMES, theme_of

pytestmark = pytest.mark.usefixtures("qapp")

X = np.linspace(-2.0, 2.0, 9)
LINE = FitFacts(
    kind="curve",
    x=whole_value(X[:, np.newaxis]),
    y=whole_value(3 * X + 2),
    x_title="x",
    y_title="y",
    title="w * x + b",
    low=(-2.4,),
    high=(2.4,),
    examples=9,
)
GRID = np.linspace(-2.4, 2.4, 50)
POINTS = np.array([[-1.0, 0.0], [1.0, 0.0], [0.5, 0.5]])
SIDES = np.linspace(-2.0, 2.0, 41)
REGIONS = FitFacts(
    kind="classes",
    x=whole_value(POINTS),
    y=whole_value(np.array([0.0, 1.0, 0.0])),
    x_title="x",
    y_title="y",
    title="model(x)",
    low=(-2.0, -2.0),
    high=(2.0, 2.0),
    examples=3,
    classes=(0.0, 1.0),
    threshold=0.5,
)
LINES = (FitLine(look=0, iterate=1, is_current=False), FitLine(look=0, iterate=9, is_current=True))


def fit(at_grid: list[np.ndarray], at_data: list[np.ndarray]) -> Fit:
    positions = whole_value(np.zeros((len(at_grid), 1)))
    grid, data = whole_value(np.stack(at_grid)), whole_value(np.stack(at_data))
    return Fit(positions=positions, at_grid=grid, at_data=data, lines=LINES[-len(at_grid) :])


def painted(facts: FitFacts, found: Fit | None, theme: str = "light") -> tuple[QImage, PlotArea, Ink]:
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    ink = Ink(theme=theme_of(theme))
    image.fill(QColor(ink.theme.canvas))
    painter = QPainter(image)
    area = paint_fit(painter, QRectF(0, 0, 400, 300), facts, found, ink)
    painter.end()
    return image, area, ink


def colour_at(image: QImage, area: PlotArea, x: float, y: float) -> QColor:
    return image.pixelColor(area.point(x, y).toPoint())


@pytest.mark.parametrize("theme", THEME_NAMES)
def test_the_model_at_the_clock_is_a_line_in_the_colour_of_its_racer(theme: str) -> None:
    found = fit([0 * GRID, 3 * GRID + 2], [0 * X, 3 * X + 2])
    image, area, _ = painted(LINE, found, theme)
    before, _, _ = painted(LINE, None, theme)
    on_line = colour_at(image, area, 0.25, 2.75)
    assert on_line != colour_at(before, area, 0.25, 2.75)
    assert colour_at(image, area, 0.25, -2.0) == colour_at(before, area, 0.25, -2.0), "elsewhere nothing is drawn"
    assert colour_at(image, area, 1.25, 0.0) != colour_at(before, area, 1.25, 0.0), "the earlier model, faint"
    faint, canvas = colour_at(image, area, 1.25, 0.0), QColor(theme_of(theme).canvas)
    assert abs(faint.lightnessF() - canvas.lightnessF()) < abs(on_line.lightnessF() - canvas.lightnessF())


def test_residuals_join_points_and_model() -> None:
    found = fit([GRID * 0 + 2], [X * 0 + 2])
    image, area, ink = painted(LINE, found)
    x, y = X[-1], 3 * X[-1] + 2
    between = colour_at(image, area, x, (y + 2) / 2)
    assert between.name().upper() != ink.theme.canvas and between.red() > between.blue()


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_regions_differ_on_the_two_sides_of_the_border(theme: str) -> None:
    values = np.tile((SIDES + 2) / 4, (41, 1))
    image, area, ink = painted(REGIONS, fit([values], [np.array([0.25, 0.75, 0.625])]), theme)
    left, right = colour_at(image, area, -1.0, -1.0), colour_at(image, area, 1.0, -1.0)
    assert left != right and QColor(ink.theme.canvas) not in (left, right)
    far = colour_at(image, area, 1.9, -1.0)
    assert far != right, "further from the border it is shaded more"
    found = fit([values], [np.array([0.25, 0.75, 0.625])])
    (border,) = class_borders(REGIONS, found)
    box = border.boundingRect()
    assert (box.left(), box.right()) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert (box.top(), box.bottom()) == pytest.approx((-2.0, 2.0))


def test_several_classes_are_regions_of_the_highest_score() -> None:
    values = np.tile(np.where(SIDES < -0.5, 0.0, np.where(SIDES < 1.0, 1.0, 2.0)), (41, 1))
    facts = FitFacts(
        kind="classes",
        x=whole_value(POINTS),
        y=whole_value(np.array([0.0, 1.0, 2.0])),
        x_title="x",
        y_title="y",
        title="model(x)",
        low=(-2.0, -2.0),
        high=(2.0, 2.0),
        examples=3,
        classes=(0.0, 1.0, 2.0),
    )
    image, area, _ = painted(facts, fit([values], [np.array([0.0, 1.0, 1.0])]))
    colours = {colour_at(image, area, x, -1.0).name() for x in (-1.5, 0.2, 1.6)}
    assert len(colours) == 3


def test_the_words_say_how_well_it_fits() -> None:
    found = fit([3 * GRID], [3 * X])
    assert fit_words(LINE, found).endswith("At iteration 9 the largest residual is 2.000.")
    regions = fit([np.zeros((41, 41))], [np.array([0.25, 0.75, 0.625])])
    assert fit_words(REGIONS, regions).endswith("At iteration 9 1 of 3 examples are taken for another class.")
    assert fit_words(None, None) == ""
