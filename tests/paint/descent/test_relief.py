"""The landscape as a surface in space: what is seen where, what hides what, and that it is painted so."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.model.descent_scene import ways_of
from tapeviz.model.descent_state import DescentState
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.descent.relief import Relief, relief_of
from tapeviz.paint.descent.relief_painter import paint_relief, paint_ways
from tapeviz.paint.fonts import load_fonts
from tapeviz.paint.theme import theme_of
from tests.paint.descent.surfaces import LINE, Numbers, bowl, descent, landscape, trajectory

BOX = QRectF(0, 0, 600, 500)
INK = Ink(theme=theme_of("light"))


@pytest.fixture(autouse=True)
def fonts(qapp: object) -> None:
    load_fonts()


def ridge(x: Numbers, _y: Numbers) -> Numbers:
    """A wall along x = 0."""
    return np.asarray(np.exp(-20 * np.asarray(x) ** 2))


def stood_up(state: DescentState, turn: float = -35.0, tilt: float = 32.0) -> Relief:
    found = relief_of(replace(state, view=replace(state.view, is_surface=True, turn=turn, tilt=tilt)), BOX, INK)
    assert found is not None
    return found


def test_what_is_higher_stands_higher_on_the_screen_and_the_whole_lies_in_its_box() -> None:
    for turn in range(0, 360, 15):
        relief = stood_up(descent(), turn=float(turn), tilt=30.0)
        side = np.linspace(-1, 1, 9)
        a, b = (each.ravel() for each in np.meshgrid(side, side))
        low, high = relief.seen(a, b, np.zeros(81)), relief.seen(a, b, np.ones(81))
        assert np.allclose(low[:, 0], high[:, 0])
        assert (low[:, 1] > high[:, 1] + 50).all()
        corners = np.concatenate([low, high])
        assert (corners >= 0).all() and (corners <= (BOX.width(), BOX.height())).all()


def test_heights_are_shares_of_the_values_or_of_their_logarithms() -> None:
    plain = stood_up(descent())
    assert plain.heights(np.array([0.0, 2.0, 8.0])).tolist() == pytest.approx([0, 0.25, 1])
    values = landscape(lambda x, y: 10 ** (x + y))
    logarithmic = stood_up(descent(ground=values, is_log_level=True))
    shares = logarithmic.heights(np.array([1e-9, 1e1, 1e2, 1e3, 1e4]))
    assert np.diff(shares[1:], 2) == pytest.approx(0, abs=1e-9)
    assert (shares[0], shares[-1]) == pytest.approx((0, 1))


@pytest.mark.parametrize(("turn", "hidden_at"), [(90.0, 0.6), (270.0, -0.6)])
def test_a_wall_hides_what_is_behind_it_and_nothing_else(turn: float, hidden_at: float) -> None:
    relief = stood_up(descent(ground=landscape(ridge)), turn=turn, tilt=25.0)
    assert relief.depth(np.array(hidden_at), np.array(0.0)) > 0
    seen = relief.is_hidden(np.array([hidden_at, -hidden_at, 0.0]), np.zeros(3), np.array([0.0, 0.0, 1.0]))
    assert seen.tolist() == [True, False, False]
    from_above = stood_up(descent(ground=landscape(ridge)), turn=turn, tilt=85.0)
    assert not from_above.is_hidden(np.array([hidden_at]), np.zeros(1), np.zeros(1)).any()


def test_a_trajectory_is_painted_where_its_iterates_stand() -> None:
    positions = np.array([[1.5, 1.5], [0.75, 0.75], [0.2, 0.2]])
    state = descent(trajectory(positions, bowl(*positions.T)))
    relief = stood_up(state, tilt=60.0)
    image = QImage(600, 500, QImage.Format.Format_ARGB32)
    image.fill(QColor(INK.theme.canvas))
    painter = QPainter(image)
    paint_relief(painter, relief, INK)
    paint_ways(painter, relief, ways_of(state), INK)
    painter.end()
    a, b = relief.over_plane(positions[2:])
    x, y = relief.seen(a, b, relief.heights(bowl(*positions[2:].T)))[0].round().astype(int).tolist()
    assert image.pixelColor(x, y).name().upper() == look_of(0, INK.theme).colour
    ground = relief.seen(np.array(-0.5), np.array(-0.5), np.array(0.125)).round().astype(int).tolist()
    assert image.pixelColor(*ground).name() != QColor(INK.theme.canvas).name()


def test_there_is_no_surface_over_a_line_nor_where_nothing_has_a_value_nor_unless_asked_for() -> None:
    state = descent()
    assert relief_of(state, BOX, INK) is None
    nowhere = descent(ground=landscape(lambda x, y: np.full_like(x, math.nan)), is_surface=True)
    assert relief_of(nowhere, BOX, INK) is None
    over_line = landscape(bowl)
    over_line = replace(over_line, plane=LINE)
    assert relief_of(descent(ground=over_line, is_surface=True), BOX, INK) is None


def test_where_the_objective_has_no_value_the_surface_has_a_hole() -> None:
    relief = stood_up(descent(ground=landscape(lambda x, y: np.where(x < 0, np.nan, x + y))))
    is_left = np.linspace(-1, 1, relief.shares.shape[1]) < 0
    assert np.isnan(relief.shares[:, is_left]).all() and np.isfinite(relief.shares[:, ~is_left]).all()
    assert not relief.is_hidden(np.array([0.9]), np.array([0.9]), np.array([1.0])).any()
