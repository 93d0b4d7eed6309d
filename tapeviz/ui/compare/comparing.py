"""Asking what to compare with, and bringing it: a recording is opened, a lesson runs first, in a worker of its own."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QProgressDialog, QWidget

from tapeviz.client import LessonRunner
from tapeviz.commands.comparing import Choice, choices
from tapeviz.model.recording import Recording
from tapeviz.protocol.requests import RunLesson
from tapeviz.storage.problems import UnreadableFile
from tapeviz.storage.tape_file import is_recording_file, load_recording
from tapeviz.storage.text_file import read_lesson
from tapeviz.ui.compare.compare_dialog import CompareDialog
from tapeviz.ui.store import Store

TIME_LIMIT = 60.0
"""Seconds that a lesson may run before it is compared with what it recorded until then."""


class Comparing(QObject):
    """Carries out Compare With… for one window."""

    _recorded = Signal(object, str)
    _refused = Signal(str)

    def __init__(self, store: Store, window: QWidget) -> None:
        super().__init__(window)
        self._store = store
        self._window = window
        self._progress: QProgressDialog | None = None
        self._recorded.connect(self._take)
        self._refused.connect(self._say)

    def choose(self) -> None:
        """Ask, or leave the comparison that there is."""
        state = self._store.state
        if state.compared is not None:
            self._store.execute("compare.leave")
            return
        folder = str(Path(state.lesson.path).parent) if state.lesson.path else ""
        dialog = CompareDialog(choices(state), folder, self._window)
        if not dialog.exec():
            return
        if isinstance(dialog.chosen, Choice):
            self._store.execute("compare.with", subject=dialog.chosen.subject, iteration=dialog.chosen.iteration)
        elif dialog.chosen is not None:
            self.bring(dialog.chosen)

    def bring(self, path: Path) -> None:
        """Compare with a recording, or with a lesson that is run for it."""
        if is_recording_file(path):
            threading.Thread(target=self._read, args=(path,), name="tapeviz-reading", daemon=True).start()
            return
        try:
            text = read_lesson(path)
        except UnreadableFile as problem:
            self._say(str(problem))
            return
        request = RunLesson(
            generation=1, name=path.name, text=text, folder=str(path.resolve().parent), timeout=TIME_LIMIT
        )
        self._progress = QProgressDialog(self.tr("Running {0}…").format(path.name), "", 0, 0, self._window)
        self._progress.setCancelButton(None)
        self._progress.setMinimumDuration(300)
        threading.Thread(target=self._run, args=(request,), name="tapeviz-compare", daemon=True).start()

    def _read(self, path: Path) -> None:
        try:
            recording, _ = load_recording(path)
        except UnreadableFile as problem:
            self._refused.emit(str(problem))
        else:
            self._recorded.emit(recording, path.name)

    def _run(self, request: RunLesson) -> None:
        with LessonRunner() as runner:
            recording = runner.run(request)
        self._recorded.emit(recording, request.name)

    def _take(self, recording: Recording, name: str) -> None:
        if self._progress is not None:
            self._progress.close()
            self._progress = None
        if recording.ops:
            self._store.execute("compare.with", recording=recording, title=name)
        else:
            reason = recording.errors[0].message if recording.errors else self.tr("No tape recorded anything in it.")
            self._say(self.tr("{0} cannot be compared with. {1}").format(name, reason))

    def _say(self, sentence: str) -> None:
        QMessageBox.warning(self._window, self.tr("Compare With"), sentence)
