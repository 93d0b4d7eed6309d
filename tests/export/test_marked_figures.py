"""A path that is shown stands out by width and by what fades, not by colour alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tapeviz.commands.comparing import compare_with
from tapeviz.commands.looking import looking_again
from tapeviz.export.figure import render_figure, render_scene, scene_image
from tapeviz.model.compare_state import beside
from tapeviz.model.scene import Scene, scene_of
from tapeviz.model.state import AppState
from tests.model.builder import quadratic_in_two_variables


def test_a_figure_marks_one_path_and_writes_its_factors(tmp_path: Path) -> None:
    recording = quadratic_in_two_variables()
    out = tmp_path / "path.svg"
    render_figure(recording, out, path=("y", 1))
    text = out.read_text(encoding="utf-8")
    assert "× 27" in text
    assert "Path 1 of 2" in text
    assert 'opacity="0.2' in text


def test_only_the_path_keeps_its_strength() -> None:
    recording = quadratic_in_two_variables()
    marked = scene_of(recording, path=("x", 1))
    plain = replace(marked, path=None)

    def ink(scene: Scene, size: tuple[int, int] = (800, 450)) -> int:
        image = scene_image(scene, size=size)
        return sum(
            image.pixelColor(x, y).lightness() < 110 for x in range(0, size[0], 2) for y in range(0, size[1] - 60, 2)
        )

    assert 0 < ink(marked) < ink(plain)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (("w", 1), "There is no path to 'w'; the sources that a gradient came back to: x and y."),
        (("x", 9), "There is no path 9 to 'x'; paths 1 to 2 are listed, the largest first."),
    ],
)
def test_a_path_that_is_not_there_is_a_sentence(path: tuple[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        scene_of(quadratic_in_two_variables(), path=path)


def test_a_path_is_not_shown_before_its_gradient_came_back(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has not come back yet"):
        scene_of(quadratic_in_two_variables(), step=1, path=("x", 1))
    assert not list(tmp_path.iterdir())


def test_a_figure_of_the_window_shows_the_path_that_is_marked(tmp_path: Path) -> None:
    out = tmp_path / "path.png"
    render_scene(scene_of(quadratic_in_two_variables(), path=("x", 2)), out)
    assert out.stat().st_size > 1000


def test_a_comparison_is_one_figure_with_both_graphs(tmp_path: Path) -> None:
    state = looking_again(AppState(), quadratic_in_two_variables())
    other = quadratic_in_two_variables()
    state = compare_with(state, recording=other, title="the other one").state
    scene = scene_of(quadratic_in_two_variables())
    out = tmp_path / "pair.svg"
    render_scene(replace(scene, beside=beside(state)), out)
    text = out.read_text(encoding="utf-8")
    assert text.count(">f<") == 2
    assert "the other one" in text
    assert "Both sides compute the same numbers." in text
