"""Trajectories as files, read back by the programs that they are for: Python's csv, and NumPy."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tapeviz.model.descent import DescentSettings, DescentStatus, ObjectiveFacts, Parameter, Trajectory
from tapeviz.model.tensor import value_of_array
from tapeviz.storage.problems import UnwritableFile
from tapeviz.storage.trajectory_file import save_trajectory

NAMES = ["x", "w[0, 0]", "w[0, 1]"]


def objective(*names: str) -> ObjectiveFacts:
    starts = [np.array(1.0, np.float32), np.ones((1, 2), np.float32)]
    parameters = tuple(
        Parameter(name=name, shape=start.shape, dtype="float32", start=value_of_array(start))
        for name, start in zip(names, starts, strict=True)
    )
    return ObjectiveFacts(title="loss", parameters=parameters, value=1.0)


def trajectory(dtype: Any = np.float32, kept: tuple[int, ...] = (0, 1, 2, 3)) -> Trajectory:
    generator = np.random.default_rng(4)
    return Trajectory(
        settings=DescentSettings(optimizer="adam", iterations=3, hyperparameters={"beta_1": 0.8}),
        losses=generator.standard_normal(4).astype(dtype),
        norms=generator.random((4, 2)).astype(dtype),
        rates=np.array([0.1, 0.1, 0.05], dtype),
        kept=np.array(kept, np.int64),
        positions=(generator.standard_normal((len(kept), 3)) * [1e-30, 1, 1e20]).astype(dtype),
        gradients=generator.standard_normal((len(kept), 3)).astype(dtype),
        status=DescentStatus(kind="exhausted", sentence="All 3 iterations are used up."),
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_csv_gives_back_the_very_numbers(tmp_path: Path, dtype: Any) -> None:
    path, given = tmp_path / "out.csv", trajectory(dtype)
    save_trajectory(path, objective("x", "w"), given)
    found = rows(path)
    header = ["k", "loss", *NAMES, *(f"d/d{name}" for name in NAMES), "learning_rate"]
    assert list(found[0]) == header
    assert path.read_text(encoding="utf-8").splitlines()[0].count('"') == 8
    assert [row["k"] for row in found] == ["0", "1", "2", "3"]
    np.testing.assert_array_equal(np.array([row["loss"] for row in found], dtype), given.losses)
    for place, name in enumerate(NAMES):
        np.testing.assert_array_equal(np.array([row[name] for row in found], dtype), given.positions[:, place])
        np.testing.assert_array_equal(np.array([row[f"d/d{name}"] for row in found], dtype), given.gradients[:, place])
    assert [row["learning_rate"] for row in found] == ["0.1", "0.1", "0.05", ""]


def test_positions_that_were_not_kept_are_empty_in_csv_and_nan_in_numpy(tmp_path: Path) -> None:
    given = trajectory(kept=(0, 2, 3))
    for ending in ("csv", "npy"):
        save_trajectory(tmp_path / f"out.{ending}", objective("x", "w"), given)
    assert [row["x"] == "" for row in rows(tmp_path / "out.csv")] == [False, True, False, False]
    table = np.load(tmp_path / "out.npy", allow_pickle=False)
    assert table.dtype.names == ("k", "loss", *NAMES, *(f"d/d{name}" for name in NAMES), "learning_rate")
    np.testing.assert_array_equal(table["w[0, 1]"][[0, 2, 3]], given.positions[:, 2])
    assert np.isnan(table["w[0, 1]"]).tolist() == [False, True, False, False]
    assert np.isnan(table["learning_rate"]).tolist() == [False, False, False, True]


def test_numbers_that_are_none_are_written_as_such(tmp_path: Path) -> None:
    given = trajectory()
    given.losses[3] = np.nan
    given.gradients[3] = np.inf
    save_trajectory(tmp_path / "out.csv", objective("x", "w"), given)
    last = rows(tmp_path / "out.csv")[-1]
    assert (last["loss"], last["d/dx"]) == ("nan", "inf")


def test_npz_holds_every_array_and_what_it_means(tmp_path: Path) -> None:
    given = trajectory()
    save_trajectory(tmp_path / "out.npz", objective("x", "w"), given)
    with np.load(tmp_path / "out.npz", allow_pickle=False) as found:
        for name in ("losses", "positions", "gradients", "norms", "rates", "kept"):
            np.testing.assert_array_equal(found[name], getattr(given, name))
        assert found["coordinates"].tolist() == NAMES
        assert found["parameters"].tolist() == ["x", "w"]
        assert json.loads(str(found["settings"]))["hyperparameters"] == {"beta_1": 0.8}
        assert json.loads(str(found["status"]))["kind"] == "exhausted"


def test_a_parameter_named_like_a_column_does_not_hide_it(tmp_path: Path) -> None:
    save_trajectory(tmp_path / "out.npy", objective("k", "loss"), trajectory())
    table = np.load(tmp_path / "out.npy", allow_pickle=False)
    assert table.dtype.names[:5] == ("k", "loss", "k (2)", "loss[0, 0]", "loss[0, 1]")
    assert table["k"].tolist() == [0, 1, 2, 3]


def test_any_other_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnwritableFile, match=r"does not end in \.csv, \.npz or \.npy"):
        save_trajectory(tmp_path / "out.xlsx", objective("x", "w"), trajectory())
    assert not list(tmp_path.iterdir())
