"""Opening, saving, the session, and the first moments of the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tapeviz import app
from tapeviz.storage.library import shipped_lessons
from tapeviz.ui.library_dialog import LibraryDialog
from tapeviz.ui.session import Session
from tests.end_to_end.conftest import Lecturer


@contextmanager
def opened(home: Path) -> Iterator[app.Program]:
    """A second tapeviz, with its settings in `home`."""
    program = app.Program(Session(QSettings(str(home / "settings.ini"), QSettings.Format.IniFormat)))
    try:
        yield program
    finally:
        program.close()


SIDE_EFFECT = "from pathlib import Path\nPath({path!r}).write_text('ran')\n"


def test_opening_never_runs(lecturer: Lecturer, lesson_file: Path, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    lesson_file.write_text(SIDE_EFFECT.format(path=str(witness)))
    lecturer.window.documents.open_path(lesson_file)
    lecturer.qtbot.wait(400)
    assert lecturer.state.lesson.path == str(lesson_file)
    assert lecturer.state.recording is None
    assert not witness.exists()


def test_a_dropped_file_is_opened(lecturer: Lecturer, lesson_file: Path) -> None:
    lesson_file.write_text("import tensorflow as tf\n")
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(lesson_file))])
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, content, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    lecturer.window.dropEvent(event)
    assert lecturer.state.lesson.name == "lesson.py"
    assert lecturer.state.lesson.text == "import tensorflow as tf\n"


def test_save_writes_the_text_and_ends_the_change(
    lecturer: Lecturer, lesson_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(lesson_file), ""))
    lecturer.do("lesson.edit_text", text="x = 1\n")
    assert lecturer.state.lesson.is_modified
    lecturer.do("file.save")
    assert lesson_file.read_text() == "x = 1\n"
    assert not lecturer.state.lesson.is_modified
    assert lecturer.window.windowTitle().startswith("lesson.py")


def test_a_file_that_cannot_be_read_is_told_in_a_sentence(
    lecturer: Lecturer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("tapeviz.ui.documents.QMessageBox.warning", lambda _window, _title, words: said.append(words))
    broken = tmp_path / "broken.tape"
    broken.write_bytes(b"PK\x03\x04 this is no recording")
    before = lecturer.state.lesson
    lecturer.window.documents.open_path(broken)
    lecturer.wait(lambda _: bool(said))
    assert len(said) == 1
    assert lecturer.state.engine.message == ""
    assert "broken.tape" in said[0]
    assert lecturer.state.lesson is before


def test_a_recording_is_shown_without_running(
    lecturer: Lecturer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lecturer.run()
    kept = tmp_path / "kept.tape"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(kept), ""))
    lecturer.do("file.save_recording")
    text = lecturer.state.lesson.text
    lecturer.begin()
    generation = lecturer.state.generation
    lecturer.window.documents.open_path(kept)
    assert lecturer.state.engine.message == "Reading kept.tape…"
    lecturer.wait(lambda state: state.recording is not None)
    assert lecturer.state.lesson.text == text
    assert lecturer.state.requested_text is None
    assert lecturer.state.generation == generation + 1
    lecturer.do("playback.last")
    assert lecturer.chips() == {"∂f/∂x": "8.000"}


def test_the_library_shows_every_lesson_with_a_picture(lecturer: Lecturer, qtbot: QtBot) -> None:
    dialog = LibraryDialog("light", lecturer.window)
    qtbot.addWidget(dialog)
    dialog.show()
    cards = dialog.cards
    assert cards.count() == len(shipped_lessons()) == 44
    assert dialog.code.toPlainText().startswith("# %% [markdown]\n# # First tape")
    for place in range(cards.count()):
        picture = cards.item(place).icon().pixmap(220, 138).toImage()
        colours = {picture.pixelColor(x, y).rgba() for x in range(0, 220, 3) for y in range(0, 138, 3)}
        assert len(colours) > 4, cards.item(place).text()
    dialog.groups.setCurrentIndex(2)
    shown = [cards.item(place).text() for place in range(cards.count()) if not cards.item(place).isHidden()]
    assert shown == [f"{lesson.label}  {lesson.title}" for lesson in shipped_lessons() if lesson.group == "surfaces"]
    assert dialog.code.toPlainText().startswith("# %% [markdown]\n# # A quadratic bowl")
    dialog.close()


def test_the_first_paint_comes_before_tensorflow_and_takes_input(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(tmp_path) as program:
        program.start()
        qtbot.waitUntil(program.window.isVisible)
        field = program.window.lesson.functions.fields[0].edit
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field, "g(x) = sin(x)")
        qtbot.waitUntil(lambda: "tf.sin(x)" in program.store.state.lesson.text)
        assert program.store.state.engine.phase == "starting"
        assert "starting" in program.window.status.text


def test_the_last_session_comes_back_without_running(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        first.window.documents.restore()
        first.store.execute("lesson.edit_text", text="# typed, never saved\n")
        first.store.execute("view.set_theme", theme="dark")
    with opened(tmp_path) as second:
        second.window.documents.restore()
        assert second.store.state.lesson.text == "# typed, never saved\n"
        assert second.store.state.lesson.is_modified
        assert second.store.state.view.theme == "dark"
        assert second.store.state.recording is None


def test_undo_and_redo_take_back_edits_of_form_and_script(lecturer: Lecturer) -> None:
    pane = lecturer.window.lesson
    before = lecturer.state.lesson.text
    lecturer.type_into(pane.functions.fields[0].edit, "f(x) = x^3")
    QTest.keyClick(pane.functions.fields[0].edit, Qt.Key.Key_Return)
    assert "x**3" in lecturer.state.lesson.text
    pane.editor.setFocus()
    for _ in range(40):
        if lecturer.state.lesson.text == before:
            break
        lecturer.do("edit.undo")
    assert lecturer.state.lesson.text == before
    for _ in range(40):
        lecturer.do("edit.redo")
    assert "x**3" in lecturer.state.lesson.text


def test_nothing_is_cut_off_at_1366_by_768(lecturer: Lecturer) -> None:
    lecturer.window.resize(1366, 768)
    lecturer.run()
    window = lecturer.window
    for widget in (window.top_bar, window.lesson, window.centre, window.inspector, window.caption, window.status):
        corner = widget.mapTo(window, QPoint(widget.width(), widget.height()))
        assert corner.x() <= window.width()
        assert corner.y() <= window.height()
        assert widget.width() >= widget.minimumSizeHint().width()


def test_an_exported_figure_shows_what_the_window_shows_folded_or_not(
    lecturer: Lecturer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lecturer.run()
    figures = {}
    for is_folded in (True, False):
        if not is_folded:
            lecturer.do("view.toggle_folding")
        lecturer.do("playback.last")
        path = tmp_path / f"figure-{is_folded}.svg"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), ""))
        lecturer.do("file.export_figure")
        figures[is_folded] = path.read_text()
    lecturer.do("view.toggle_folding")
    assert ">read<" not in figures[True]
    assert ">read<" in figures[False]


def test_a_figure_that_cannot_be_written_is_told_in_a_sentence(
    lecturer: Lecturer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lecturer.run()
    said: list[str] = []
    monkeypatch.setattr("tapeviz.ui.documents.QMessageBox.warning", lambda _window, _title, words: said.append(words))
    nowhere = tmp_path / "no such folder" / "figure.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(nowhere), ""))
    lecturer.do("file.export_figure")
    assert len(said) == 1
    assert "figure.png" in said[0]


def test_a_copied_figure_is_an_opaque_picture(lecturer: Lecturer) -> None:
    lecturer.run()
    QGuiApplication.clipboard().clear()
    lecturer.do("file.copy_figure")
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (3200, 1800)
    assert image.pixelColor(0, 0).alpha() == 255
