"""Trajectories as files that other programs read: CSV, and NumPy's ``.npy`` and ``.npz``."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent import ObjectiveFacts, Trajectory, coordinates
from tapeviz.storage.atomic import write_atomically
from tapeviz.storage.problems import UnwritableFile

ENDINGS = (".csv", ".npz", ".npy")

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the table: `numbers[i]` stands in row ``rows[i]``; other rows have none."""

    name: str
    numbers: Array
    rows: npt.NDArray[np.int64]


def save_trajectory(path: Path, objective: ObjectiveFacts, trajectory: Trajectory) -> None:
    """Write a trajectory in the format that the file's ending names.

    ``.csv`` holds the columns of `trajectory_columns` under a header, ``.npy`` the same as a structured array, ``.npz``
    what `trajectory_arrays` gives.

    Raises
    ------
    UnwritableFile
        Where the ending is another one, or the file cannot be written.
    """

    def write(file: BinaryIO) -> None:
        match path.suffix.lower():
            case ".csv":
                _write_csv(file, objective, trajectory)
            case ".npy":
                np.save(file, trajectory_table(objective, trajectory), allow_pickle=False)
            case _:
                np.savez_compressed(file, allow_pickle=False, **trajectory_arrays(objective, trajectory))

    if path.suffix.lower() not in ENDINGS:
        raise UnwritableFile(f"{path} does not end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.")
    write_atomically(path, write)


def trajectory_columns(objective: ObjectiveFacts, trajectory: Trajectory) -> tuple[Column, ...]:
    """List the columns of a trajectory's table, which has one row for each iterate.

    They are ``k``, ``loss``, each coordinate by its name (``x``, ``w[0, 1]``), the gradient by each (``d/dx``,
    ``d/dw[0, 1]``), and ``learning_rate``, that with which the iterate was left. The last iterate was left by none;
    positions and gradients that were not kept have no row. A name that is taken gets a number: ``k (2)``.
    """
    names = list(coordinates(objective.parameters))
    every = np.arange(trajectory.count)
    found = [("k", every, every), ("loss", trajectory.losses, every)]
    found += [(name, trajectory.positions[:, place], trajectory.kept) for place, name in enumerate(names)]
    found += [(f"d/d{name}", trajectory.gradients[:, place], trajectory.kept) for place, name in enumerate(names)]
    found.append(("learning_rate", trajectory.rates, every[: len(trajectory.rates)]))
    distinct = _distinct(["k", "loss", "learning_rate"], [name for name, *_ in found[2:-1]])
    titles = ["k", "loss", *distinct, "learning_rate"]
    return tuple(
        Column(name=title, numbers=numbers, rows=rows) for title, (_, numbers, rows) in zip(titles, found, strict=True)
    )


def trajectory_table(objective: ObjectiveFacts, trajectory: Trajectory) -> npt.NDArray[np.void]:
    """Lay the columns out as a structured array, a record for each iterate; NaN where a column has no number."""
    columns = trajectory_columns(objective, trajectory)
    dtype = np.dtype([(column.name, column.numbers.dtype) for column in columns])
    table = np.zeros(trajectory.count, dtype)
    for column in columns:
        if len(column.rows) < len(table):
            table[column.name] = np.nan
        table[column.name][column.rows] = column.numbers
    return table


def trajectory_arrays(objective: ObjectiveFacts, trajectory: Trajectory) -> dict[str, Array]:
    """Give the arrays of a `Trajectory` by their names.

    Beside them stand ``coordinates``, the names of the columns of ``positions`` and ``gradients``; ``parameters``,
    those of ``norms``; ``settings`` and ``status`` as JSON texts.
    """
    arrays = ("losses", "positions", "gradients", "norms", "rates", "kept")
    return {
        **{name: getattr(trajectory, name) for name in arrays},
        "coordinates": np.array(list(coordinates(objective.parameters))),
        "parameters": np.array([parameter.name for parameter in objective.parameters]),
        "settings": np.array(json.dumps(asdict(trajectory.settings) if trajectory.settings else None)),
        "status": np.array(json.dumps(asdict(trajectory.status))),
    }


def _write_csv(file: BinaryIO, objective: ObjectiveFacts, trajectory: Trajectory) -> None:
    columns = trajectory_columns(objective, trajectory)
    stream = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows(zip(*(_cells(column, trajectory.count) for column in columns), strict=True))
    stream.detach()


def _cells(column: Column, count: int) -> Iterator[str]:
    """Write the numbers of a column, each with as many digits as tell it from its neighbours; empty where none is."""
    # NumPy's own scalars know how many digits their dtype needs; as Python floats they would show those of float64.
    texts = [str(number) for number in column.numbers]
    if len(texts) == count:
        return iter(texts)
    at = dict(zip(column.rows.tolist(), texts, strict=True))
    return (at.get(row, "") for row in range(count))


def _distinct(taken: list[str], names: list[str]) -> list[str]:
    """Number the names that are taken already."""
    seen = set(taken)
    result = []
    for name in names:
        numbered = (f"{name} ({number})" for number in itertools.count(2))
        result.append(next(each for each in itertools.chain([name], numbered) if each not in seen))
        seen.add(result[-1])
    return result
