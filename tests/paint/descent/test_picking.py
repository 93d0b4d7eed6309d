"""The iterate under the pointer, however many there are."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF

from tapeviz.model.descent_scene import Way, ways_of
from tapeviz.paint.descent.picking import nearest_iterate, picked_words
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.descent.terrain import Terrain, terrain_of
from tapeviz.paint.fonts import load_fonts
from tapeviz.paint.theme import theme_of
from tests.paint.descent.surfaces import bowl, descent, trajectory

INK = Ink(theme=theme_of("light"))


@pytest.fixture(autouse=True)
def fonts(qapp: object) -> None:
    load_fonts()


def spiral(count: int) -> np.ndarray:
    turns = np.linspace(0, 20, count)
    return np.stack([1.9 * np.exp(-turns / 9) * np.cos(turns), 1.9 * np.exp(-turns / 9) * np.sin(turns)], axis=1)


def laid_out(positions: np.ndarray) -> tuple[tuple[Way, ...], Terrain]:
    state = descent(trajectory(positions, bowl(*positions.T)))
    terrain = terrain_of(state, QRectF(0, 0, 600, 500), INK)
    assert terrain is not None
    return ways_of(state), terrain


@pytest.mark.parametrize("count", [50, 300_000])
def test_the_nearest_of_all_is_found(count: int) -> None:
    positions = spiral(count)
    ways, terrain = laid_out(positions)
    for share in (0.0, 0.31, 0.77):
        iterate = int(share * (count - 1))
        picked = nearest_iterate(ways, terrain, terrain.area.point(*positions[iterate]), 12.0)
        assert picked is not None
        assert abs(picked.iterate - iterate) <= count / 10_000


def test_nothing_is_found_where_nothing_is_near() -> None:
    positions = np.array([[1.0, 1.0], [0.5, 0.5], [np.nan, np.nan]])
    ways, terrain = laid_out(positions)
    assert nearest_iterate(ways, terrain, terrain.area.point(-1.5, -1.5), 12.0) is None
    assert nearest_iterate(ways, terrain, QPointF(-500, -500), 12.0) is None


def test_words_say_which_iterate_it_is() -> None:
    positions = np.array([[1.0, 1.0], [0.5, -0.5]])
    ways, terrain = laid_out(positions)
    picked = nearest_iterate(ways, terrain, terrain.area.point(0.5, -0.5), 12.0)
    assert picked is not None
    title, numbers = picked_words(picked)
    assert title.endswith("iteration 1")
    assert numbers == "(0.5000, −0.5000)  ·  loss 0.5000"
