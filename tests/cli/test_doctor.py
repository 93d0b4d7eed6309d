"""``tapeviz doctor``: it finds what is wrong, and this machine in order."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tapeviz import doctor
from tests.cli.conftest import Tapeviz


def installed(**versions: str) -> Callable[[str], str | None]:
    return lambda distribution: versions.get(distribution.replace("-", "_"))


def test_everything_is_found_in_order_here(tapeviz: Tapeviz) -> None:
    ran = tapeviz("doctor")
    assert ran.status == 0, ran.out
    lines = [line.split()[:2] for line in ran.out.splitlines()]
    subjects = ["Python", "TensorFlow", "Recording", "Qt", "Display", "Libraries", "Resources"]
    assert lines == [["ok", subject] for subject in subjects]


def test_two_tensorflows_at_once_are_a_problem_with_a_mend() -> None:
    finding = doctor.check_tensorflow(installed(tensorflow="2.21.0", tensorflow_cpu="2.21.0"))
    assert finding.is_problem
    assert "overwrite" in finding.found
    assert finding.mend.startswith("python -m pip uninstall -y tensorflow tensorflow-cpu && ")


@pytest.mark.parametrize(
    ("versions", "is_problem"),
    [
        ({}, True),
        ({"tensorflow": "2.20.1"}, True),
        ({"tf_nightly": "2.22.0.dev20260101"}, True),
        ({"tensorflow": "2.21.3"}, False),
        ({"tensorflow_cpu": "2.21.0"}, False),
        ({"tensorflow": "2.21.0", "tensorflow_intel": "2.21.0"}, False),
    ],
)
def test_the_series_of_tensorflow_is_checked(versions: dict[str, str], is_problem: bool) -> None:
    finding = doctor.check_tensorflow(installed(**versions))
    assert finding.is_problem == is_problem
    assert bool(finding.mend) == is_problem


@pytest.mark.parametrize(
    ("version", "is_problem"), [("6.11.3", False), ("6.12.0", True), ("6.10.3", True), ("7.0.0", True)]
)
def test_a_qt_that_crashes_is_a_problem(version: str, is_problem: bool) -> None:
    assert doctor.check_qt(installed(PySide6_Essentials=version)).is_problem == is_problem
    assert doctor.check_qt(installed(PySide6=version)).is_problem == is_problem


def test_no_qt_is_a_problem() -> None:
    assert doctor.check_qt(installed()).is_problem


def test_a_missing_system_library_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = tmp_path / "PySide6" / "Qt" / "plugins" / "platforms"
    plugins.mkdir(parents=True)
    (tmp_path / "PySide6" / "__init__.py").touch()
    # A plugin that the loader cannot load, as when a library that it needs is not there.
    (plugins / "libqxcb.so").write_bytes(b"no library")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "PySide6", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    problem = doctor.window_problem()
    assert problem is not None
    assert "libxcb-cursor0" in problem
    assert "sudo apt-get install -y" in problem
