"""What is said beside the landscape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tapeviz.model.descent_state import DescentState, DescentView
from tapeviz.model.landscape import Basins, CriticalKind, Curvature, Extent, Plane
from tapeviz.model.tensor import whole_value
from tapeviz.model.terrain_words import curvature_words, terrain_sentences

XY = Plane(origin=(0.0, 0.0), directions=((1.0, 0.0), (0.0, 1.0)), titles=("x", "y"))
LINE = Plane(origin=(0.0,), directions=((1.0,),), titles=("x",))
HERE = Extent(low=(0.0, 0.0), high=(1.0, 1.0))


def curved(*eigenvalues: float, kind: CriticalKind | None = None) -> Curvature:
    sizes = [abs(value) for value in eigenvalues]
    return Curvature(
        position=(0.0,) * len(eigenvalues),
        eigenvalues=eigenvalues,
        eigenvectors=tuple(tuple(row) for row in np.eye(len(eigenvalues)).tolist()),
        gradient_norm=1.0,
        condition=max(sizes) / min(sizes) if min(sizes) else None,
        largest_stable_rate=2 / eigenvalues[-1] if eigenvalues[-1] > 0 else None,
        kind=kind,
    )


def basins(ends: list[int], problem: str = "") -> Basins:
    return Basins(
        plane=XY, extent=HERE, ends=whole_value(np.array([ends])), minima=((0.0, 0.0),), losses=(0.0,), problem=problem
    )


@pytest.mark.parametrize(
    ("eigenvalues", "words"),
    [
        ((2.0, 8.0), ("condition number 4.000", "stable up to rate 0.2500")),
        ((0.0, 4.0), ("flat along a direction", "stable up to rate 0.5000")),
        ((-3.0, -1.5), ("condition number 2.000", "no direction curves upwards")),
        ((6.4,), ("second derivative 6.400", "stable up to rate 0.3125")),
    ],
)
def test_curvature_in_words(eigenvalues: tuple[float, ...], words: tuple[str, str]) -> None:
    assert curvature_words(curved(*eigenvalues)) == words


def test_only_what_is_switched_on_is_told() -> None:
    state = DescentState(
        plane=XY, curvature=curved(2.0, 8.0, kind="minimum"), critical_points=(), basins=basins([0, 0, 0, -1])
    )
    assert terrain_sentences(state) == ()
    on = DescentView(has_curvature=True, has_critical_points=True, has_basins=True)
    assert terrain_sentences(replace(state, view=on)) == (
        "At the iterate: condition number 4.000; stable up to rate 0.2500. It is at a minimum.",
        "No critical point is in view.",
        "25 % of the starts end in no minimum within these iterations.",
    )


def test_over_a_line_the_parabolas_switch_counts_and_basins_do_not() -> None:
    view = DescentView(has_parabola=True, has_basins=True)
    state = DescentState(plane=LINE, curvature=curved(4.0), basins=basins([-1, -1]), view=view)
    assert terrain_sentences(state) == ("At the iterate: second derivative 4.000; stable up to rate 0.5000.",)


def test_what_cannot_be_found_is_told_why() -> None:
    view = DescentView(has_curvature=True, has_critical_points=True, has_basins=True)
    state = DescentState(
        plane=XY,
        view=view,
        curvature_problem="Too many coordinates.",
        critical_problem="Flat here.",
        critical_points=(),
        basins=basins([-1, -1], "It prints."),
    )
    assert terrain_sentences(state) == ("Too many coordinates.", "Flat here.", "It prints.")
