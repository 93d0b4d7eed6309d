"""The wheel: built, installed where no checkout is, and started with its lessons, icons and fonts."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

START = """
import sys
from PySide6.QtCore import QTimer
from tapeviz import app
from tapeviz.storage.library import find_lesson

if __name__ == "__main__":
    running = app.application()
    assert not running.windowIcon().isNull(), "no icon"
    assert not running.windowIcon().pixmap(32, 32).isNull(), "the icon cannot be drawn"
    program = app.Program()
    program.start()
    program.window.documents.open_shipped(find_lesson("1"))
    program.store.execute("run.run")

    def look(old, new):
        if new.recording is not None:
            call = new.recording.gradient_calls[0]
            print("gradient", new.recording.tensors[call.sources[0].value].value.array)
            QTimer.singleShot(0, running.quit)

    program.store.changed.connect(look)
    QTimer.singleShot(120_000, lambda: running.exit(9))
    status = running.exec()
    program.window.close()
    program.close()
    sys.exit(status)
"""


@pytest.fixture(scope="module")
def wheel(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(project_root)]
    subprocess.run(command, check=True, capture_output=True)
    return next(out.glob("tapeviz-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and its dependencies, but without the checkout."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python*/site-packages"))
    # Paths named by a .pth file are not searched for further .pth files, so an editable checkout stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    return home


def run_in(environment: Path, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    surroundings |= {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(cwd)}
    program = str(environment / "bin" / command[0])
    return subprocess.run(
        [program, *command[1:]], cwd=cwd, env=surroundings, capture_output=True, text=True, check=False, timeout=300
    )


def test_the_wheel_carries_the_resources_and_the_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    lessons = [name for name in names if name.startswith("tapeviz/resources/lessons/") and name.endswith(".py")]
    assert len(lessons) == 44
    for needed in ("icons/tapeviz.svg", "fonts/Inter-Regular.otf", "fonts/OFL-Inter.txt", "themes/window.qss"):
        assert f"tapeviz/resources/{needed}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests/")]


def test_the_command_line_lists_the_lessons_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    where = run_in(installed, "python", "-c", "import tapeviz; print(tapeviz.__file__)", cwd=tmp_path)
    assert str(installed) in where.stdout
    listed = run_in(installed, "tapeviz", "lessons", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert "first-tape" in listed.stdout


def test_the_window_starts_from_the_wheel_and_records_the_first_lesson(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "start.py").write_text(START)
    outcome = run_in(installed, "python", "start.py", cwd=tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    assert "gradient 8.0" in outcome.stdout
