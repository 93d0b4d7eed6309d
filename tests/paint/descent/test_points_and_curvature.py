"""Critical points and the words on curvature: where they stand in the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.model.descent_state import DescentState
from tapeviz.model.landscape import Basins, CriticalKind, Curvature, Extent, Landscape
from tapeviz.paint.descent.labels import kept_within, label_box
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.descent.terrain import height_of, paint_ground, paint_marks, terrain_of
from tapeviz.paint.fonts import load_fonts
from tapeviz.paint.theme import theme_of
from tests.paint.descent.surfaces import LINE, PLANE, bowl, descent, landscape, packed

BOX = QRectF(0, 0, 640, 480)
INK = Ink(theme=theme_of("light"))
WAVE = Landscape(
    plane=LINE,
    extent=Extent(low=(-4.0,), high=(4.0,)),
    values=packed(np.sin(np.linspace(-4.0, 4.0, 801))),
)


@pytest.fixture(autouse=True)
def fonts(qapp: object) -> None:
    load_fonts()


def point(*position: float, kind: CriticalKind = "minimum") -> Curvature:
    size = len(position)
    return Curvature(
        position=position,
        eigenvalues=(1.0,) * size,
        eigenvectors=tuple(tuple(row) for row in np.eye(size).tolist()),
        gradient_norm=0.0,
        condition=3.25,
        largest_stable_rate=2.0,
        kind=kind,
    )


def picture(state: DescentState) -> QImage:
    terrain = terrain_of(state, BOX, INK)
    assert terrain is not None
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    image.fill(QColor(INK.theme.canvas))
    painter = QPainter(image)
    paint_ground(painter, state, terrain, INK)
    paint_marks(painter, state, terrain, INK)
    painter.end()
    return image


def changed(before: QImage, after: QImage) -> list[tuple[int, int]]:
    return [(x, y) for x in range(640) for y in range(480) if before.pixel(x, y) != after.pixel(x, y)]


def test_over_a_line_critical_points_stand_on_the_curve() -> None:
    state = descent(ground=WAVE, has_critical_points=True)
    tops = replace(state, critical_points=(point(np.pi / 2, kind="maximum"),))
    terrain = terrain_of(state, BOX, INK)
    assert terrain is not None
    assert height_of(state, terrain, np.pi / 2) == pytest.approx(1.0, abs=1e-4)
    at = terrain.area.point(np.pi / 2, 1.0)
    marked = changed(picture(state), picture(tops))
    assert marked
    assert min(abs(x - at.x()) + abs(y - at.y()) for x, y in marked) < 8
    assert all(-9 < y - at.y() < 30 for _, y in marked), "the words are below it"
    hidden = replace(tops, view=replace(tops.view, has_critical_points=False))
    assert not changed(picture(state), picture(hidden))


def test_many_critical_points_are_signs_without_words() -> None:
    places = [(x, y) for x in np.linspace(-1.8, 1.8, 7) for y in np.linspace(-1.8, 1.8, 7)]
    state = descent(has_critical_points=True)
    many = replace(state, critical_points=tuple(point(*each, kind="saddle") for each in places))
    terrain = terrain_of(state, BOX, INK)
    assert terrain is not None
    spots = [terrain.area.point(*each) for each in places]
    marked = changed(picture(state), picture(many))
    assert len(marked) > 49 * 20
    assert all(min(max(abs(x - at.x()), abs(y - at.y())) for at in spots) < 9 for x, y in marked)


def test_beside_basins_saddles_are_marked_still_and_minima_by_their_letters_only() -> None:
    basins = Basins(
        plane=PLANE,
        extent=landscape(bowl).extent,
        ends=packed(np.zeros((20, 20), np.int64)),
        minima=((-1.0, 0.0),),
        losses=(0.0,),
    )
    state = replace(descent(has_basins=True, has_critical_points=True), basins=basins)
    saddle = replace(state, critical_points=(point(1.0, 1.0, kind="saddle"),))
    minimum = replace(state, critical_points=(point(1.0, 1.0),))
    assert changed(picture(state), picture(saddle))
    assert not changed(picture(state), picture(minimum))


def test_condition_and_largest_rate_stand_in_the_corner() -> None:
    state = descent(has_curvature=True)
    before, after = picture(state), picture(replace(state, curvature=point(0.0, 0.0)))
    terrain = terrain_of(state, BOX, INK)
    assert terrain is not None
    box = terrain.area.box
    corner = [(x, y) for x, y in changed(before, after) if x < box.left() + 120 and y > box.bottom() - 45]
    assert len(corner) > 300


@pytest.mark.parametrize("middle", [QPointF(2, 2), QPointF(638, 240), QPointF(300, 479)])
def test_a_label_is_moved_into_the_plot(middle: QPointF) -> None:
    moved = kept_within(middle, "λ = 25.72", INK, 11.5, BOX)
    assert BOX.contains(label_box(moved, "λ = 25.72", INK, 11.5))
    inside = QPointF(300, 200)
    assert kept_within(inside, "λ = 25.72", INK, 11.5, BOX) == inside
