"""The arrow of a sub-step points where its vector points, to scale where it is a step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.model.descent import DescentSettings
from tapeviz.model.descent_state import DescentState, Explained, Racer
from tapeviz.model.iterate_story import OpenedIterate
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.descent.sub_step_arrow import arrow_words, magnification, paint_sub_step, sub_step_shown
from tapeviz.paint.descent.terrain import Terrain, terrain_of
from tapeviz.paint.fonts import load_fonts
from tapeviz.paint.theme import theme_of
from tests.paint.descent.surfaces import bowl, descent, packed, trajectory

INK = Ink(theme=theme_of("light"))
POSITIONS = np.array([[1.0, -0.5], [0.2, 0.7], [0.1, 0.2]])
STEP = POSITIONS[1] - POSITIONS[0]
GRADIENT = np.array([-1.0, -1.0])


@pytest.fixture(autouse=True)
def fonts(qapp: object) -> None:
    load_fonts()


def opened_race(sub_step: int, step: np.ndarray = STEP) -> DescentState:
    """Plain gradient descent: gradient, step, update."""
    settings = DescentSettings(start=(1.0, -0.5))
    state = descent(trajectory(POSITIONS, bowl(*POSITIONS.T), "converged"), has_sub_steps=True)
    opened = OpenedIterate(
        settings=settings,
        iterate=0,
        position=packed(POSITIONS[0]),
        following=packed(POSITIONS[0] + step),
        loss=1.25,
        numbers={"rate": 0.1},
        before={},
        results=(packed(GRADIENT), packed(step), packed(POSITIONS[0] + step)),
        parameters=("x", "y"),
    )
    explained = Explained(race=state.race, look=0, iterate=0, opened=opened, sub_step=sub_step)
    racer = Racer(look=0, settings=settings)
    return replace(state, raced=(racer,), racers=(racer,), explained=explained, clock=0, is_following=False)


def painted(state: DescentState) -> tuple[QImage, Terrain]:
    terrain = terrain_of(state, QRectF(0, 0, 640, 480), INK)
    assert terrain is not None
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    image.fill(QColor(INK.theme.canvas))
    painter = QPainter(image)
    paint_sub_step(painter, state, terrain.projection, terrain.area, INK, is_line=False)
    painter.end()
    return image, terrain


def is_coloured(image: QImage, at: QPointF, colour: str) -> bool:
    found, wanted = image.pixelColor(round(at.x()), round(at.y())), QColor(colour)
    channels = ((found.red(), wanted.red()), (found.green(), wanted.green()), (found.blue(), wanted.blue()))
    return sum(abs(one - other) for one, other in channels) < 60


@pytest.mark.parametrize("sub_step", [1, 2])
def test_a_step_goes_to_the_next_iterate(sub_step: int) -> None:
    image, terrain = painted(opened_race(sub_step))
    colour = look_of(0, INK.theme).colour
    for share in (0.2, 0.5, 0.8, 0.97):
        assert is_coloured(image, terrain.area.point(*(POSITIONS[0] + share * STEP)), colour)
    assert not is_coloured(image, terrain.area.point(*(POSITIONS[0] + 1.15 * STEP)), colour)
    assert not is_coloured(image, terrain.area.point(*(POSITIONS[0] - 0.2 * STEP)), colour)


def test_a_gradient_shows_its_direction_in_the_colour_of_what_flows_back() -> None:
    image, terrain = painted(opened_race(0))
    start = terrain.area.point(*POSITIONS[0])
    across, up = terrain.area.box.width() / terrain.area.across.span, terrain.area.box.height() / terrain.area.up.span
    way = np.array([GRADIENT[0] * across, -GRADIENT[1] * up])
    way /= np.hypot(*way)
    for pixels in (10, 30, 60):
        assert is_coloured(image, start + QPointF(*(pixels * way).tolist()), INK.theme.backward)
    assert not is_coloured(image, start + QPointF(*(120 * way).tolist()), INK.theme.backward)


def test_a_short_step_is_drawn_longer_and_says_so() -> None:
    state = opened_race(1, STEP / 100)
    image, terrain = painted(state)
    colour = look_of(0, INK.theme).colour
    assert is_coloured(image, terrain.area.point(*(POSITIONS[0] + 0.1 * STEP)), colour)
    shown = sub_step_shown(state)
    assert shown is not None
    assert arrow_words(shown[1], 20.0) == "Step, drawn 20 times as long"
    assert arrow_words(shown[1], 1.0) == "Step"


def test_the_factor_is_round_and_no_larger_than_it_has_to_be() -> None:
    assert [magnification(length, 30.0) for length in (100.0, 30.0, 29.0, 10.0, 3.1, 0.2, 0.0)] == [
        1.0,
        1.0,
        2.0,
        5.0,
        10.0,
        200.0,
        1.0,
    ]
    assert magnification(3.1, 30.0, longest=16.0) == 5.0
    assert magnification(10.0, 30.0, longest=5.0) == 1.0


def test_nothing_is_drawn_of_an_iteration_at_which_the_clock_does_not_stand() -> None:
    state = opened_race(1)
    assert sub_step_shown(replace(state, clock=1)) is None
    assert sub_step_shown(replace(state, race=state.race + 1)) is None
    assert sub_step_shown(replace(state, view=replace(state.view, has_sub_steps=False))) is None
    image, _ = painted(replace(state, clock=1))
    blank = QImage(640, 480, QImage.Format.Format_RGB32)
    blank.fill(QColor(INK.theme.canvas))
    assert image == blank
