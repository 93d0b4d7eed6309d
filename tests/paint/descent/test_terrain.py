"""The main plot, pixel by pixel where a known function says what must stand there."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.model.descent_scene import ways_of
from tapeviz.model.descent_state import DescentState
from tapeviz.model.landscape import Basins, Curvature, Extent, Landscape
from tapeviz.paint.descent.curvature_painter import ellipse_of
from tapeviz.paint.descent.hatching import hatch_lines
from tapeviz.paint.descent.level_sets import level_sets
from tapeviz.paint.descent.looks import look_of
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.descent.projection import Projection
from tapeviz.paint.descent.ramp import ramp
from tapeviz.paint.descent.terrain import Terrain, paint_ground, paint_marks, paint_trails, terrain_of
from tapeviz.paint.fonts import load_fonts
from tapeviz.paint.theme import THEME_NAMES, theme_of
from tests.paint.descent.surfaces import LINE, PLANE, bowl, descent, landscape, packed, trajectory
from tests.paint.test_theme import contrast

BOX = QRectF(0, 0, 640, 480)
INK = Ink(theme=theme_of("light"))
GROUND = landscape(bowl)


@pytest.fixture(autouse=True)
def fonts(qapp: object) -> None:
    load_fonts()


def painted(state: DescentState, ink: Ink = INK, *, has_trails: bool = True) -> tuple[QImage, Terrain]:
    terrain = terrain_of(state, BOX, ink)
    assert terrain is not None
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    image.fill(QColor(ink.theme.canvas))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_ground(painter, state, terrain, ink)
    if has_trails:
        paint_trails(painter, ways_of(state), terrain, ink)
        paint_marks(painter, state, terrain, ink)
    painter.end()
    return image, terrain


def colour_at(image: QImage, point: QPointF) -> QColor:
    return image.pixelColor(round(point.x()), round(point.y()))


def channels(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def distance(one: QColor, other: QColor) -> int:
    return sum(abs(a - b) for a, b in zip(channels(one), channels(other), strict=True))


def test_a_level_line_of_a_bowl_is_a_circle() -> None:
    sets = level_sets(landscape(bowl), 12, is_log=False)
    assert 1.0 in sets.levels
    for level, places in zip(sets.levels, sets.label_places, strict=True):
        assert np.allclose(np.hypot(*places.T), np.sqrt(level), atol=2e-3)


def test_level_lines_pass_through_the_pixels_where_the_function_has_that_value() -> None:
    state = descent(ground=GROUND, is_filled=False, levels=6)
    image, terrain = painted(state)
    sets = level_sets(GROUND, 6, is_log=False)
    page = QColor(INK.theme.canvas)
    radius = np.sqrt(sets.levels[1])
    for degrees in (20, 110, 200, 290):
        x, y = radius * np.cos(np.radians(degrees)), radius * np.sin(np.radians(degrees))
        on = terrain.area.point(x, y)
        around = [colour_at(image, QPointF(on.x() + dx, on.y() + dy)) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        assert max(distance(each, page) for each in around) > 40
        between = terrain.area.point(x * 0.87, y * 0.87)
        assert distance(colour_at(image, between), page) < 12


def test_each_level_has_its_colour_and_the_valley_is_tinted_most() -> None:
    state = descent(ground=GROUND, has_lines=False, levels=6)
    image, terrain = painted(state)
    sets = level_sets(GROUND, 6, is_log=False)
    colours = ramp(INK.theme, len(sets.levels) + 1)
    for value in (0.01, 1.5, 3.5):
        number = int(np.searchsorted(sets.levels, value))
        found = colour_at(image, terrain.area.point(np.sqrt(value), 0.0))
        assert distance(found, QColor(colours[number])) <= 6


@pytest.mark.parametrize("name", THEME_NAMES)
def test_every_racer_stands_out_on_every_level(name: str) -> None:
    theme = theme_of(name)
    for ground in ramp(theme, 16):
        for look in range(8):
            assert contrast(look_of(look, theme).colour, ground) >= 3.0


def test_what_has_no_value_is_hatched_and_nothing_else() -> None:
    half = landscape(lambda x, y: np.where(x < 0, np.nan, x**2 + y**2))
    image, terrain = painted(descent(ground=half, has_lines=False, is_filled=False))
    page = QColor(INK.theme.canvas)

    def marked(left: float, right: float) -> float:
        start, end = terrain.area.point(left, 1.0), terrain.area.point(right, 1.0)
        pixels = [colour_at(image, QPointF(x, start.y())) for x in np.arange(start.x(), end.x())]
        return float(np.mean([distance(each, page) > 30 for each in pixels]))

    assert 0.08 < marked(-1.8, -0.2) < 0.5
    assert marked(0.2, 1.8) == 0


def test_hatching_keeps_within_its_mask() -> None:
    mask = np.zeros((40, 40), dtype=bool)
    mask[10:20, 5:30] = True
    lines = hatch_lines(mask, QRectF(0, 0, 390, 390), QRectF(0, 0, 390, 390), 8.0, 45.0)
    assert len(lines) > 10
    xs, ys = lines[:, 0::2], lines[:, 1::2]
    assert xs.min() > 44 and xs.max() < 296 and ys.min() > 194 and ys.max() < 296


def test_a_trajectory_goes_through_its_iterates_in_its_colour() -> None:
    positions = np.array([[-1.5, -1.0], [0.0, 1.2], [1.5, -0.5]])
    image, terrain = painted(descent(trajectory(positions, bowl(*positions.T))))
    colour = QColor(look_of(0, INK.theme).colour)
    for share in (0.3, 0.45, 0.7):
        for start, end in itertools.pairwise(positions):
            x, y = start + share * (end - start)
            on = terrain.area.point(x, y)
            near = [colour_at(image, QPointF(on.x() + dx, on.y() + dy)) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
            assert min(distance(each, colour) for each in near) < 30


def test_only_iterates_up_to_the_clock_are_drawn() -> None:
    positions = np.array([[-1.5, -1.0], [0.0, 1.2], [1.5, -0.5]])
    state = descent(trajectory(positions, bowl(*positions.T)))
    image, terrain = painted(replace(state, clock=1, is_following=False))
    bare, _ = painted(state, has_trails=False)
    middle = terrain.area.point(0.75, 0.35)
    assert colour_at(image, middle) == colour_at(bare, middle)


def test_positions_are_dropped_onto_a_slanted_plane() -> None:
    rng = np.random.default_rng(7)
    directions = rng.normal(size=(2, 5))
    origin = rng.normal(size=5)
    plane = type(PLANE)(origin=tuple(origin), directions=tuple(map(tuple, directions)), titles=("a", "b"))
    projection = Projection(plane)
    places = rng.normal(size=(6, 2))
    on_plane = origin + places @ directions
    assert np.allclose(projection.placed(on_plane), places)
    assert np.allclose(projection.position(*places[0]), on_plane[0])
    away = np.linalg.svd(directions)[2][2]
    assert np.allclose(projection.placed(on_plane + 3 * away), places)


def test_the_ellipse_of_a_quadratic_is_its_level_set() -> None:
    hessian = np.array([[3.0, 1.0], [1.0, 2.0]])
    eigenvalues, vectors = np.linalg.eigh(hessian)
    curvature = Curvature(
        position=(0.0, 0.0),
        eigenvalues=tuple(eigenvalues),
        eigenvectors=tuple(map(tuple, vectors.T)),
        gradient_norm=0.0,
        condition=None,
        largest_stable_rate=None,
    )
    ellipse = ellipse_of(curvature, Projection(PLANE))
    assert ellipse is not None
    for angle in np.linspace(0, 6, 9):
        point = np.cos(angle) * ellipse.axes[0] + np.sin(angle) * ellipse.axes[1]
        assert np.isclose(point @ hessian @ point, 1.0)


def test_basins_are_told_apart_by_colour_and_by_hatching() -> None:
    state = descent(has_basins=True)
    ends = np.repeat(np.array([[0] * 30 + [1] * 30]), 60, axis=0)
    basins = Basins(
        plane=PLANE,
        extent=GROUND.extent,
        ends=packed(ends),
        minima=((-1.0, 0.0), (1.0, 0.0)),
        losses=(0.0, 0.0),
    )
    image, terrain = painted(replace(state, basins=basins))

    def pixels(left: float, right: float) -> list[tuple[int, ...]]:
        start, end = terrain.area.point(left, 1.5), terrain.area.point(right, 1.5)
        return [channels(colour_at(image, QPointF(x, start.y()))) for x in range(round(start.x()), round(end.x()))]

    left, right = pixels(-1.8, -0.2), pixels(0.2, 1.8)
    assert max(set(left), key=left.count) != max(set(right), key=right.count)
    assert len(set(left)) > 1 and len(set(right)) > 1


def test_critical_points_and_known_minima_are_marked_also_over_a_line() -> None:
    xs = np.linspace(-2, 2, 201)
    extent = Extent(low=(-2.0,), high=(2.0,))
    ground = Landscape(plane=LINE, extent=extent, values=packed((xs - 1) ** 2))
    state = descent(ground=ground)
    bare, terrain = painted(state)
    at = terrain.area.point(1.0, 0.0)
    point = Curvature(
        position=(1.0,),
        eigenvalues=(2.0,),
        eigenvectors=((1.0,),),
        gradient_norm=0.0,
        condition=1.0,
        largest_stable_rate=1.0,
        kind="minimum",
    )
    known, _ = painted(replace(state, minima=((1.0,),)))
    view = replace(state.view, has_critical_points=True)
    found, _ = painted(replace(state, view=view, critical_points=(point,)))
    ink = QColor(INK.theme.ink)

    def darkest(image: QImage) -> int:
        around = [colour_at(image, QPointF(at.x() + dx, at.y() + dy)) for dx in range(-9, 10) for dy in range(-9, 10)]
        return min(distance(each, ink) for each in around)

    assert darkest(bare) > 60
    assert darkest(known) < 30
    assert darkest(found) < 30
