"""Wiring, and how the program starts.

The window is put together and shown first: store, views, last session. Only when it has been painted does the worker
start, and TensorFlow is imported there, in another process, while the window already takes input.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from tapeviz.export.shown import render_shown, shown_image
from tapeviz.model.state import AppState
from tapeviz.paint.fonts import load_fonts
from tapeviz.storage.resources import resource_path
from tapeviz.ui.documents import Figures
from tapeviz.ui.engine_link import EngineLink
from tapeviz.ui.main_window import MainWindow
from tapeviz.ui.session import Session
from tapeviz.ui.store import Store


class Program:
    """Store, engine and window of one running tapeviz.

    Parameters
    ----------
    session : Session or None
        Where the last session stands; the platform's place by default.
    """

    def __init__(self, session: Session | None = None) -> None:
        self.engine = EngineLink()
        self.store = Store(AppState(), self.engine.send)
        self.engine.attach(self.store)
        figures = Figures(render=render_shown, paint=shown_image)
        self.window = MainWindow(self.store, session or Session(), figures)

    def start(self, path: Path | None = None) -> None:
        """Show the window with the last session, or with a file; nothing runs. The engine follows the first paint."""
        self.window.documents.restore()
        self.store.tell()
        self.window.show()
        self.window.lesson.begin()
        if path is not None:
            self.window.documents.open_path(path)
        QTimer.singleShot(0, self.engine.start)

    def close(self) -> None:
        """End the engine, and the window with all that it holds while Qt still stands."""
        self.engine.close()
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def application() -> QApplication:
    """The one application object, dressed the same on every platform."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    made = QApplication(sys.argv[:1])
    made.setApplicationName("tapeviz")
    made.setOrganizationName("tapeviz")
    made.setStyle("Fusion")
    made.setWindowIcon(QIcon(str(resource_path("icons", "tapeviz.svg"))))
    load_fonts()
    return made


def open_window(path: Path | None = None) -> int:
    """Open the window and stay until it is closed; the exit status is 0."""
    running = application()
    program = Program()
    program.start(path)
    try:
        return running.exec()
    finally:
        program.close()


def main() -> int:
    """Entry point of the GUI script."""
    multiprocessing.freeze_support()
    names = sys.argv[1:2]
    return open_window(Path(names[0]) if names else None)
