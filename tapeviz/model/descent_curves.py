"""Curves against iterations: loss, parameters, gradient norms and learning rates of a race."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent import ObjectiveFacts, coordinates
from tapeviz.model.descent_scene import Way
from tapeviz.model.descent_state import CurveKind, DescentState
from tapeviz.model.weight_histograms import has_weights

Numbers = npt.NDArray[Any]

MAX_COORDINATES = 8
"""Of an objective of more coordinates, only the first ones have a curve."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """One number over the iterates of one trajectory.

    Parameters
    ----------
    name : str
        Which parameter or coordinate; empty where there is only one number.
    look : int or None
        Of the racer.
    iterates : array of int, shape (n,), ascending
    numbers : array, shape (n,)
    shown : int
        The iterate at the clock.
    own : int or None
        Of which of the lesson's own descents.
    """

    name: str
    look: int | None
    iterates: Numbers
    numbers: Numbers
    shown: int
    own: int | None = None

    @property
    def count_shown(self) -> int:
        """How many of its numbers belong to iterates up to the clock."""
        return int(np.searchsorted(self.iterates, self.shown, side="right"))


def curves_of(kind: CurveKind, ways: Sequence[Way], objective: ObjectiveFacts | None) -> tuple[Curve, ...]:
    """List the curves of one kind, racer by racer."""
    return tuple(
        Curve(name=name, look=way.look, iterates=iterates, numbers=numbers, shown=way.shown, own=way.own)
        for way in ways
        if way.trajectory.count
        for name, iterates, numbers in _read(kind, way, objective)
    )


def kinds_of(descent: DescentState) -> tuple[CurveKind, ...]:
    """List the kinds of curves that there is anything to draw of."""
    kinds: list[CurveKind] = ["loss", "parameters", "gradients", "rates"]
    if any(own.terms for own in descent.own):
        kinds.insert(1, "terms")
    if has_weights(descent.objective):
        kinds.append("weights")
    return tuple(kinds)


def kind_shown(descent: DescentState) -> CurveKind:
    """Give the kind that is chosen, or the loss where there is nothing to draw of that."""
    return descent.view.curve if descent.view.curve in kinds_of(descent) else "loss"


def curve_title(kind: CurveKind, objective: ObjectiveFacts | None) -> str:
    """Say what the curves of a kind show."""
    if kind == "loss":
        return objective.title if objective is not None and objective.title else "loss"
    if kind == "parameters":
        count = 0 if objective is None else objective.dimension
        return "parameters" if count <= MAX_COORDINATES else f"the first {MAX_COORDINATES} of {count:,} coordinates"
    if kind in ("terms", "weights"):
        return "terms of the lesson's loss" if kind == "terms" else "histograms of the weights"
    return "norm of the gradient" if kind == "gradients" else "learning rate"


def _read(kind: CurveKind, way: Way, objective: ObjectiveFacts | None) -> Iterator[tuple[str, Numbers, Numbers]]:
    trajectory = way.trajectory
    has_bare_end = trajectory.settings is None and trajectory.count > 1 and np.isnan(trajectory.losses[-1])
    everyone = np.arange(trajectory.count - has_bare_end)
    if kind == "loss":
        yield "", everyone, trajectory.losses[: len(everyone)]
    elif kind == "rates" and trajectory.settings is not None:
        yield "", everyone[: len(trajectory.rates)], trajectory.rates
    elif kind == "terms":
        for term in way.terms:
            yield term.name, np.arange(len(term.numbers)), term.numbers
    elif kind == "gradients":
        names = [parameter.name for parameter in objective.parameters] if objective is not None else []
        columns = trajectory.norms.shape[1]
        for place in range(min(columns, MAX_COORDINATES)):
            yield (
                names[place] if place < len(names) and columns > 1 else "",
                everyone,
                trajectory.norms[: len(everyone), place],
            )
    elif kind == "parameters":
        named = list(coordinates(objective.parameters)) if objective is not None else []
        for place in range(min(trajectory.positions.shape[1], MAX_COORDINATES)):
            yield named[place] if place < len(named) else "", trajectory.kept, trajectory.positions[:, place]
