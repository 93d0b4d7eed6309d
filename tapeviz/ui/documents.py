"""Files and the user: open, save, drop, figure; everything that asks with a dialog."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from tapeviz.commands.files import text_to_save
from tapeviz.commands.looking import prepare
from tapeviz.model.compare_state import beside
from tapeviz.model.descent_state import DescentState
from tapeviz.model.path_state import shown_path
from tapeviz.model.recording import OutputFigure, Recording
from tapeviz.model.scene import Scene
from tapeviz.model.state import AppState
from tapeviz.storage.atomic import write_atomically
from tapeviz.storage.library import ShippedLesson
from tapeviz.storage.problems import UnreadableFile, UnwritableFile
from tapeviz.storage.tape_file import is_recording_file, load_recording, save_recording
from tapeviz.storage.text_file import read_lesson, save_lesson
from tapeviz.ui.library_dialog import LibraryDialog
from tapeviz.ui.session import KeptLesson, Session
from tapeviz.ui.store import Store

LESSON_FILTER = "Lessons (*.py);;Recordings (*.tape);;All files (*)"
FIGURE_FILTER = "PNG picture (*.png);;SVG drawing (*.svg);;PDF page (*.pdf)"


class RendersFigure(Protocol):
    """Writes a figure of one step, or of a race, to a file; the ending says as what."""

    def __call__(
        self,
        shown: Scene | DescentState,
        out: Path,
        *,
        size: tuple[int, int] | None,
        scale: float,
        theme: str,
        is_transparent: bool,
        title: str,
    ) -> None:
        """Write it."""
        ...


class PaintsFigure(Protocol):
    """Paints a figure of one step, or of a race."""

    def __call__(self, shown: Scene | DescentState, *, scale: float, theme: str) -> QImage:
        """Paint it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How figures are made: given by the wiring, so that the window knows nothing of the export room."""

    render: RendersFigure
    paint: PaintsFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saving:
    """A recording that waits for its large values before it is written."""

    path: Path
    recording: Recording
    missing: tuple[int, ...]


def _summarised(recording: Recording) -> tuple[int, ...]:
    return tuple(
        tensor.id for tensor in recording.tensors if tensor.value is not None and tensor.value.summary is not None
    )


class Documents(QObject):
    """Carries out the file commands for one window. Opening a file never runs it."""

    _was_read = Signal(object, object, int)

    def __init__(self, store: Store, session: Session, figures: Figures, window: QWidget) -> None:
        super().__init__(window)
        self._store = store
        self._figures = figures
        self._session = session
        self._window = window
        self._saving: _Saving | None = None
        self._asked = 0
        self._was_read.connect(self._take_read)
        store.changed.connect(self._save_when_whole)

    def begin(self) -> None:
        """Begin a new lesson, after what was not saved has been asked for."""
        if self._may_leave():
            self._store.execute("file.begin")

    def choose(self) -> None:
        """Ask for a file and open it."""
        if self._may_leave():
            name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open"), self._folder(), LESSON_FILTER)
            if name:
                self._open(Path(name))

    def open_path(self, path: Path) -> None:
        """Open a lesson or a recording, after what was not saved has been asked for."""
        if self._may_leave():
            self._open(path)

    def open_library(self) -> None:
        """Browse the lessons that ship."""
        dialog = LibraryDialog(self._store.state.view.theme, self._window)
        if dialog.exec() and dialog.chosen is not None and self._may_leave():
            self.open_shipped(dialog.chosen)

    def open_shipped(self, lesson: ShippedLesson) -> None:
        """Show a shipped lesson; saving it asks for a place of its own."""
        self._store.execute("file.open_text", text=lesson.text, name=lesson.path.name)

    def _open(self, path: Path) -> None:
        self._asked += 1
        if is_recording_file(path):
            # A long recording takes seconds to read, and the window must not wait for it.
            self._store.execute("file.begin_reading", name=path.name)
            work = (path, self._asked, AppState(view=self._store.state.view))
            threading.Thread(target=self._read, args=work, name="tapeviz-reading", daemon=True).start()
            return
        try:
            self._store.execute("file.open_text", text=read_lesson(path), name=path.name, path=str(path.resolve()))
        except UnreadableFile as problem:
            self._say(str(problem))
            return
        self._session.add_recent(str(path.resolve()))

    def _read(self, path: Path, asked: int, state: AppState) -> None:
        """Called on a thread of its own: read a recording, and derive what the window will draw of it."""
        found: Recording | str
        try:
            found, _ = load_recording(path)
            prepare(state, found)
        except UnreadableFile as problem:
            found = str(problem)
        with contextlib.suppress(RuntimeError):  # The window has gone meanwhile.
            self._was_read.emit(found, path, asked)

    def _take_read(self, found: Recording | str, path: Path, asked: int) -> None:
        if asked != self._asked:
            return
        self._store.execute("file.begin_reading", name="")
        if isinstance(found, str):
            self._say(found)
            return
        self._store.execute("file.open_recording", recording=found)
        self._session.add_recent(str(path.resolve()))

    def save(self) -> bool:
        """Save to the lesson's file; ask for one where it has none."""
        path = self._store.state.lesson.path
        return self._save_to(Path(path)) if path else self.save_as()

    def save_as(self) -> bool:
        """Ask where to, and save."""
        start = str(Path(self._folder()) / self._store.state.lesson.name)
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save As"), start, "Lessons (*.py)")
        if not name:
            return False
        path = Path(name)
        return self._save_to(path if path.suffix else path.with_suffix(".py"))

    def _save_to(self, path: Path) -> bool:
        text = text_to_save(self._store.state)
        try:
            save_lesson(path, text)
        except UnwritableFile as problem:
            self._say(str(problem))
            return False
        self._store.execute("file.saved", path=str(path), text=text)
        self._session.add_recent(str(path))
        return True

    def save_recording(self) -> None:
        """Keep the recording in a file."""
        recording = self._store.state.recording
        start = Path(self._folder()) / Path(self._store.state.lesson.name).with_suffix(".tape").name
        name, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save Recording"), str(start), "Recordings (*.tape)"
        )
        if name and recording is not None:
            self._saving = _Saving(path=Path(name), recording=recording, missing=_summarised(recording))
            for tensor in self._saving.missing:
                self._store.execute("tensor.fetch", tensor=tensor)
            self._save_when_whole(None, self._store.state)

    def _save_when_whole(self, _old: AppState | None, new: AppState) -> None:
        """Write the recording that is to be saved, as soon as its large values have come from the worker."""
        saving = self._saving
        if saving is None:
            return
        has_all = all(tensor in new.fetched for tensor in saving.missing)
        if not has_all and new.recording is saving.recording:
            return
        self._saving = None
        arrays = {tensor: value.array for tensor in saving.missing if (value := new.fetched.get(tensor)) is not None}
        try:
            save_recording(saving.path, saving.recording, arrays)
        except UnwritableFile as problem:
            self._say(str(problem))

    def export_figure(self) -> None:
        """Ask where to, and write a figure of the shown step, or of the race."""
        state, shown = self._store.state, self._shown()
        if shown is None:
            return
        is_race = isinstance(shown, DescentState)
        place = f"iterate-{state.descent.shown:04d}" if is_race else f"step-{state.playhead:02d}"
        start = Path(self._folder()) / f"{Path(state.lesson.name).stem}-{place}.png"
        name, chosen = QFileDialog.getSaveFileName(self._window, self.tr("Export Figure"), str(start), FIGURE_FILTER)
        if not name:
            return
        path = Path(name)
        if path.suffix.lower() not in (".png", ".svg", ".pdf"):
            path = path.with_suffix(next(ending for ending in (".svg", ".pdf", ".png") if ending in chosen))
        try:
            self._figures.render(
                shown, path, size=None, scale=2.0, theme=state.view.theme, is_transparent=False, title=""
            )
        except (UnwritableFile, ValueError) as problem:
            self._say(str(problem))

    def copy_figure(self) -> None:
        """Put a figure of what is in front on the clipboard, opaque so that every program can take it."""
        shown = self._shown()
        if shown is None:
            return
        try:
            image = self._figures.paint(shown, scale=2.0, theme=self._store.state.view.theme)
        except ValueError as problem:
            self._say(str(problem))
            return
        QGuiApplication.clipboard().setImage(image)

    def copy_output_figure(self, figure: OutputFigure | None) -> None:
        """Put a figure that the lesson drew on the clipboard."""
        if figure is not None:
            QGuiApplication.clipboard().setImage(QImage.fromData(figure.png))

    def save_output_figure(self, figure: OutputFigure | None) -> None:
        """Ask where to, and write a figure that the lesson drew, as it was drawn."""
        if figure is None:
            return
        start = Path(self._folder()) / f"{Path(self._store.state.lesson.name).stem}-output.png"
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save Figure"), str(start), "PNG (*.png)")
        if not name:
            return
        path = Path(name) if name.lower().endswith(".png") else Path(f"{name}.png")
        try:
            write_atomically(path, lambda file: file.write(figure.png))
        except UnwritableFile as problem:
            self._say(str(problem))

    def _shown(self) -> Scene | DescentState | None:
        """What is in front: the race, or the graph, folded or not, whichever call or tape it is."""
        state = self._store.state
        if state.view.tab == "descent":
            return state.descent if state.descent.plane is not None else None
        if state.shown is None or state.graph is None or state.timeline is None:
            return None
        return Scene(
            recording=state.shown,
            graph=state.graph,
            timeline=state.timeline,
            playhead=state.playhead,
            path=shown_path(state),
            beside=beside(state),
        )

    def keep(self) -> None:
        """Keep the lesson in the session, saved or not."""
        lesson = self._store.state.lesson
        self._session.keep_lesson(
            KeptLesson(text=lesson.text, saved_text=lesson.saved_text, name=lesson.name, path=lesson.path)
        )

    def restore(self) -> None:
        """Bring the lesson of the last session back; a first start shows a new one."""
        kept = self._session.kept_lesson()
        if kept is None:
            self._store.execute("file.begin")
        else:
            self._store.execute(
                "file.restore", text=kept.text, name=kept.name, path=kept.path, saved_text=kept.saved_text
            )

    def _may_leave(self) -> bool:
        """Ask what becomes of changes; False where the user would rather stay."""
        state = self._store.state
        if not state.lesson.is_modified:
            return True
        buttons = QMessageBox.StandardButton
        words = self.tr("{0} has changes that are not saved.").format(state.lesson.name)
        choice = QMessageBox.question(
            self._window,
            self.tr("Save the lesson?"),
            words,
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        if choice == buttons.Save:
            return self.save()
        return choice == buttons.Discard

    def _folder(self) -> str:
        path = self._store.state.lesson.path
        return str(Path(path).parent) if path else str(Path.home())

    def _say(self, sentence: str) -> None:
        QMessageBox.warning(self._window, "tapeviz", sentence)
