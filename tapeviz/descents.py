"""Gradient descent from Python: what ``tapeviz.descend`` gives."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent import ObjectiveFacts, Trajectory, coordinates
from tapeviz.model.descent_state import DescentState
from tapeviz.model.descent_words import racer_title
from tapeviz.model.numbers import format_number
from tapeviz.storage.trajectory_file import save_trajectory, trajectory_arrays, trajectory_table

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Descent:
    """A descent that was computed, iterate by iterate.

    Parameters
    ----------
    objective : ObjectiveFacts
        What was descended on, and by which parameters.
    trajectory : Trajectory
        Every iterate as TensorFlow computed it.
    draw : callable
        Makes `picture`, when it is first asked for.
    """

    objective: ObjectiveFacts
    trajectory: Trajectory
    draw: Callable[[], DescentState] = field(repr=False)

    @cached_property
    def picture(self) -> DescentState:
        """What `plot` shows: the trajectory on its landscape, and the loss."""
        return self.draw()

    @property
    def coordinates(self) -> tuple[str, ...]:
        """The names of the columns of `positions` and `gradients`: ``x``, or ``w[0, 1]`` for an element."""
        return tuple(coordinates(self.objective.parameters))

    @property
    def losses(self) -> Array:
        """The objective at each iterate, shape (n,)."""
        return self.trajectory.losses

    @property
    def positions(self) -> Array:
        """Where each iterate is, shape (n, dimension); of very many coordinates only iterates ``trajectory.kept``."""
        return self.trajectory.positions

    @property
    def gradients(self) -> Array:
        """The gradient at each position, shape (n, dimension)."""
        return self.trajectory.gradients

    @property
    def rates(self) -> Array:
        """The learning rate with which each iterate but the last was left, shape (n - 1,)."""
        return self.trajectory.rates

    @property
    def status(self) -> str:
        """How it ended, in a word: converged, diverged, oscillating, plateau, saddle, nan, exhausted, failed."""
        return self.trajectory.status.kind

    @property
    def end(self) -> dict[str, Array]:
        """Where it ended, by the names of the parameters and in their shapes."""
        found, at = {}, 0
        for parameter in self.objective.parameters:
            found[parameter.name] = self.positions[-1][at : at + parameter.size].reshape(parameter.shape)
            at += parameter.size
        return found

    def __len__(self) -> int:
        return self.trajectory.count

    def __repr__(self) -> str:
        settings = self.trajectory.settings
        title = racer_title(settings) if settings else "Descent"
        first, last = (format_number(self.losses[place]) for place in (0, -1))
        text = f"{title}: {self.objective.title} {first} → {last} in {len(self) - 1} iterations, {self.status}"
        return f"<{text}: {self.trajectory.status.sentence}>" if self.trajectory.status.sentence else f"<{text}>"

    def table(self) -> npt.NDArray[np.void]:
        """All of it as a structured array, one record for each iterate; ``pandas.DataFrame`` takes it as it is."""
        return trajectory_table(self.objective, self.trajectory)

    def to_numpy(self) -> Mapping[str, Array]:
        """All arrays by their names, as `to_npz` writes them."""
        return trajectory_arrays(self.objective, self.trajectory)

    def to_csv(self, path: str | Path) -> None:
        """Write a table with a row for each iterate, in the form of docs/trajectory-format.md."""
        self._save(path, ".csv")

    def to_npz(self, path: str | Path) -> None:
        """Write the arrays by their names, for ``numpy.load``."""
        self._save(path, ".npz")

    def plot(
        self,
        path: str | Path,
        *,
        size: tuple[int, int] = (1600, 900),
        scale: float = 1.0,
        theme: str = "light",
        title: str = "",
    ) -> None:
        """Draw it into a file: the trajectory on its landscape, and the loss.

        Parameters
        ----------
        path : str or Path
            Ends in ``.png``, ``.svg`` or ``.pdf``.
        size : (int, int), pixels
        scale : float
            Pixels of a ``.png`` per pixel of `size`.
        theme : str
            ``light``, ``dark`` or ``print``.
        """
        from tapeviz.export.descent_figure import render_descent

        render_descent(self.picture, Path(path), size=size, scale=scale, theme=theme, title=title)

    def _repr_png_(self) -> bytes:
        """Draw it for a notebook."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "descent.png"
            self.plot(path, size=(1280, 720))
            return path.read_bytes()

    def _save(self, path: str | Path, ending: str) -> None:
        if Path(path).suffix.lower() != ending:
            raise ValueError(f"{path} does not end in {ending}.")
        save_trajectory(Path(path), self.objective, self.trajectory)
