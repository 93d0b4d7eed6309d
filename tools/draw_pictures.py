"""Draw the pictures of the documentation and of the lesson library with the program itself.

usage: python -m tools.draw_pictures

Without a display the window is drawn offscreen; the pictures are the same.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest

from tapeviz import app
from tapeviz.client import LessonRunner
from tapeviz.client.descents import describe_objective, picture_of, race
from tapeviz.export.descent_figure import render_terrain
from tapeviz.export.figure import render_figure
from tapeviz.model.form import QuickForm, VariableRow
from tapeviz.model.graph import Subject
from tapeviz.model.lesson import settings_of
from tapeviz.model.script_write import script_of
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import RunLesson
from tapeviz.storage.library import shipped_lessons
from tapeviz.ui.session import Session
from tools.pictured_lessons import CUT_PATH, DEEP_MODEL, JACOBIAN, NOT_A_NUMBER

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120_000
CARD_RESOLUTION, CARD_LEVELS = 128, 8
"""Points along each direction, and level sets, of a landscape that is drawn small."""

EXAMPLE = QuickForm(
    functions=("f(x, y) = x^2 + 3xy + y^3",),
    variables=(
        VariableRow(name="x", kind="Variable", value="2.0"),
        VariableRow(name="y", kind="Variable", value="3.0"),
    ),
    target="f",
    sources=("x", "y"),
    persistent=False,
)


def wait_until(program: app.Program, condition: Callable[[AppState], bool]) -> None:
    """Let the program go on until its state is as wanted."""
    waited = 0
    while not condition(program.store.state):
        QTest.qWait(20)
        waited += 20
        if waited > PATIENCE:
            raise SystemExit("the program did not get there")


def run_text(program: app.Program, text: str, name: str) -> None:
    """Show a lesson, run it, and wait for its recording."""
    program.store.execute("file.open_text", text=text, name=name)
    program.store.execute("run.run")
    wait_until(program, lambda state: state.requested_text is None and state.engine.phase == "ready")


def draw_window(program: app.Program, folder: Path) -> None:
    """Take the window in the middle of a backward pass, in both themes."""
    run_text(program, script_of(EXAMPLE), "quadratic-two-variables.py")
    wait_until(program, lambda state: bool(state.symbolic))
    timeline = program.store.state.timeline
    assert timeline is not None
    for theme in ("light", "dark"):
        program.store.execute("view.set_theme", theme=theme)
        program.store.execute("view.show_graph")
        program.store.execute("playback.go_to", playhead=timeline.last - 2)
        program.window.centre.graph.fit()
        QTest.qWait(900)
        program.window.grab().save(str(folder / f"main-{theme}.png"))


def draw_features(program: app.Program, folder: Path) -> None:
    """Take what the guide tells of: an inner tape, a deep model, a cut path, a NaN that was found, a Jacobian's row."""
    store = program.store
    program.store.execute("view.set_theme", theme="light")

    def take(name: str, pause: int = 1500) -> None:
        # In short turns: a wait of Qt's keeps the threads of Python waiting too, and one of them lays the graph out.
        for _ in range(pause // 50):
            QTest.qWait(50)
        program.window.centre.graph.fit()
        QTest.qWait(900)
        program.window.grab().save(str(folder / f"{name}.png"))

    second = next(lesson for lesson in shipped_lessons() if lesson.path.stem.startswith("08"))
    run_text(program, second.text, second.path.name)
    store.execute("view.show_subject", subject=Subject(call=1))
    store.execute("playback.last")
    take("inner-tape")
    run_text(program, DEEP_MODEL, "deep-model.py")
    store.execute("playback.last")
    take("deep-model-folded")
    store.execute("graph.unfold_all")
    take("deep-model-unfolded", 6_000)
    run_text(program, CUT_PATH, "cut-path.py")
    store.execute("playback.last")
    store.execute("selection.select_node", node="variable:price")
    take("cut-path")
    run_text(program, NOT_A_NUMBER, "not-a-number.py")
    store.execute("findings.show_next")
    store.execute("playback.last")
    take("nan-found")
    run_text(program, JACOBIAN, "jacobian.py")
    store.execute("view.show_row", row=1)
    store.execute("playback.last")
    store.execute("playback.step_back")
    take("jacobian-row")


def draw_descents(program: app.Program, folder: Path) -> None:
    """Take the Descent tab: a race on Rosenbrock, flat and in space, one of its iterations, basins, a line fitted."""
    store = program.store
    store.execute("view.set_theme", theme="light")

    def take(name: str, theme: str = "light", pause: int = 2500) -> None:
        store.execute("view.set_theme", theme=theme)
        for _ in range(pause // 50):
            QTest.qWait(50)
        program.window.grab().save(str(folder / f"{name}.png"))

    def descend(stem: str) -> None:
        lesson = next(lesson for lesson in shipped_lessons() if lesson.path.stem.startswith(stem))
        run_text(program, lesson.text, lesson.path.name)
        store.execute("view.set_tab", tab="descent")
        wait_until(program, lambda state: state.descent.landscape is not None)
        store.execute("descent.toggle_run")
        wait_until(program, lambda state: state.descent.is_over)

    descend("s03")
    store.execute("descent.toggle_log_values")
    for theme in ("light", "dark"):
        take(f"descent-race-{theme}", theme)
    store.execute("descent.toggle_surface")
    take("descent-surface")
    store.execute("descent.toggle_surface")
    adam = next(racer for racer in store.state.descent.raced if racer.settings.optimizer == "adam")
    store.execute("descent.select_racer", look=adam.look)
    store.execute("descent.go_to", iterate=3)
    store.execute("descent.toggle_sub_steps")
    wait_until(
        program, lambda state: state.descent.explained is not None and state.descent.explained.opened is not None
    )
    for _ in range(4):
        store.execute("descent.next_sub_step")
    take("descent-sub-steps")
    store.execute("descent.toggle_sub_steps")
    store.execute("descent.toggle_log_values")
    descend("s05")
    store.execute("descent.toggle_basins")
    wait_until(program, lambda state: state.descent.basins is not None)
    take("descent-basins")
    store.execute("descent.toggle_basins")
    descend("14")
    take("descent-line-fitted")
    store.execute("view.show_graph")


def draw_library(program: app.Program, folder: Path) -> None:
    """Take the graph of every shipped lesson, in both themes; of a surface, the landscape."""
    for lesson in shipped_lessons():
        if lesson.group == "surfaces":
            continue
        run_text(program, lesson.text, lesson.path.name)
        recording = program.store.state.recording
        assert recording is not None
        for theme in ("light", "dark"):
            render_figure(
                recording,
                folder / f"{lesson.path.stem}-{theme}.svg",
                step=None,
                call=None,
                size=(840, 472),
                scale=1.0,
                theme=theme,
                is_transparent=True,
                title="",
            )


def draw_surfaces(folder: Path) -> None:
    """Race the racers that a surface prepares, and draw them on it in both themes."""
    with LessonRunner() as runner:
        for generation, lesson in enumerate(shipped_lessons(), 1):
            if lesson.group != "surfaces":
                continue
            runner.run(RunLesson(generation=generation, name=lesson.path.name, text=lesson.text))
            objective = describe_objective(runner, generation, 0)
            defaults = settings_of(lesson.text).descent
            racers = defaults.settings(objective.parameters)
            raced = race(runner, generation, 0, objective, racers, number=generation)
            picture = picture_of(
                runner,
                generation,
                0,
                objective,
                raced.trajectories,
                is_log_level=defaults.log_levels,
                resolution=CARD_RESOLUTION,
            )
            picture = replace(picture, view=replace(picture.view, levels=CARD_LEVELS))
            for theme in ("light", "dark"):
                render_terrain(picture, folder / f"{lesson.path.stem}-{theme}.svg", size=(630, 336), theme=theme)


def main() -> int:
    """Draw everything anew."""
    application = app.application()
    with tempfile.TemporaryDirectory() as home:
        program = app.Program(Session(QSettings(str(Path(home) / "settings.ini"), QSettings.Format.IniFormat)))
        program.window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen, application.platformName() == "offscreen")
        program.window.resize(1600, 900)
        program.start()
        pictures = ROOT / "docs" / "pictures"
        library = ROOT / "resources" / "lessons" / "pictures"
        for folder in (pictures, library):
            folder.mkdir(parents=True, exist_ok=True)
        draw_window(program, pictures)
        draw_features(program, pictures)
        draw_descents(program, pictures)
        draw_library(program, library)
        draw_surfaces(library)
        program.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
