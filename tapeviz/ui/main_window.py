"""The window: panes, menus and keys put together. It holds no rules; it passes states down and commands up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QInputDialog,
    QMainWindow,
    QMenu,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

import tapeviz
from tapeviz.model.state import AppState
from tapeviz.ui.actions import Actions
from tapeviz.ui.centre import Centre
from tapeviz.ui.compare.comparing import Comparing
from tapeviz.ui.descent.clock_bar import ClockBar
from tapeviz.ui.descent.descent_panel import DescentPanel
from tapeviz.ui.documents import Documents, Figures
from tapeviz.ui.inspector.inspector import Inspector
from tapeviz.ui.key_filter import KeyFilter
from tapeviz.ui.keys_dialog import KeysDialog
from tapeviz.ui.lesson.lesson_pane import LessonPane
from tapeviz.ui.palette import Palette
from tapeviz.ui.playback.caption import CaptionBar
from tapeviz.ui.playback.timeline_bar import TimelineBar
from tapeviz.ui.session import Session
from tapeviz.ui.status import StatusRow
from tapeviz.ui.store import Store
from tapeviz.ui.theme import apply_dress, dress_of
from tapeviz.ui.top_bar import TopBar
from tapeviz.ui.verification import VerificationDialog

PLAY_INTERVAL = 1200
"""Milliseconds from one step to the next at speed 1."""

SYMBOLIC_DELAY = 350
"""Milliseconds of rest until the symbolic twin is asked for: while a slider is dragged the engine has better to do."""

VERIFY_DELAY = 1000
"""Milliseconds of rest until the gradients are compared with differences: the symbolic twin comes first."""

KEEP_DELAY = 800
"""Milliseconds after the last key until the lesson is kept in the session."""


class MainWindow(QMainWindow):
    """tapeviz on the screen."""

    def __init__(self, store: Store, session: Session, figures: Figures) -> None:
        super().__init__()
        # Before the first widget is there: one that is dressed later keeps the system's size of letters.
        self._dress_up(store.state)
        self._store = store
        self._session = session
        self._is_focus_due = False
        self.actions_by_id = Actions(store, self, settle=self._settle)
        self.documents = Documents(store, session, figures, self)
        self.comparing = Comparing(store, self)
        self.top_bar = TopBar(store, self.actions_by_id)
        self.lesson = LessonPane(store)
        self.centre = Centre(store)
        self.inspector = Inspector(store)
        self.racers = DescentPanel(store)
        self.caption = CaptionBar()
        self.timeline = TimelineBar(store)
        self.clock = ClockBar(store)
        self.status = StatusRow()
        self._views = (
            self.actions_by_id,
            self.top_bar,
            self.lesson,
            self.centre,
            self.inspector,
            self.racers,
            self.caption,
            self.timeline,
            self.clock,
            self.status,
        )
        self._build()
        self._make_timers(store)
        self._keys = KeyFilter(store, self.actions_by_id, self)
        self._window_commands = self._commands()
        store.changed.connect(self.apply)
        store.window_command.connect(self._carry_out)
        self._restore()
        self.apply(None, store.state)

    def _make_timers(self, store: Store) -> None:
        self._play = QTimer(self)
        self._play.timeout.connect(lambda: store.execute("playback.play_on"))
        self._symbolic = QTimer(self, singleShot=True, interval=SYMBOLIC_DELAY)
        self._symbolic.timeout.connect(lambda: store.execute("view.derive_symbolic"))
        self._verify = QTimer(self, singleShot=True, interval=VERIFY_DELAY)
        self._verify.timeout.connect(lambda: store.execute("view.verify_call"))
        self._keep = QTimer(self, singleShot=True, interval=KEEP_DELAY)
        self._keep.timeout.connect(self.documents.keep)

    def _build(self) -> None:
        self.setWindowTitle("tapeviz")
        self.setAcceptDrops(True)
        self.setMinimumSize(960, 600)
        self._menus = self.actions_by_id.fill_menus(self.menuBar())
        self._recent = QMenu(self.tr("Open Recent"), self)
        self._recent.aboutToShow.connect(self._fill_recent)
        self._menus["File"].insertMenu(self.actions_by_id["file.open_library"], self._recent)
        self._panes = QSplitter(Qt.Orientation.Horizontal)
        self._panes.setHandleWidth(1)
        self._panes.setChildrenCollapsible(False)
        self._are_panes_moved = False
        self._panes.splitterMoved.connect(self._keep_panes)
        self._side = QStackedWidget()
        self._side.addWidget(self.inspector)
        self._side.addWidget(self.racers)
        for pane, stretch in ((self.lesson, 0), (self.centre, 1), (self._side, 0)):
            self._panes.addWidget(pane)
            self._panes.setStretchFactor(self._panes.count() - 1, stretch)
        self.lesson.setMinimumWidth(300)
        self.inspector.setMinimumWidth(240)
        self._playback = QWidget()
        self._playback.setObjectName("playback")
        self._playback.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        below = QVBoxLayout(self._playback)
        below.setContentsMargins(0, 0, 0, 2)
        below.setSpacing(0)
        below.addWidget(self.caption)
        below.addWidget(self.timeline)
        below.addWidget(self.clock)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        column.addWidget(self._panes, 1)
        column.addWidget(self._playback)
        column.addWidget(self.status)
        self.setCentralWidget(body)
        self._blank = QWidget(self)
        self._blank.setStyleSheet("background: black;")
        self._blank.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._blank.hide()
        self._was_maximized = False
        self._desk_sizes = _desk_sizes(1366)

    def _keep_panes(self) -> None:
        if not self._store.state.view.is_presenting:
            self._are_panes_moved = True

    def _share_width(self) -> None:
        """Divide the window among the panes: before an audience between code and graph, else as it was left."""
        width = self.width()
        if self._store.state.view.is_presenting:
            self._panes.setSizes([round(width * 0.3), round(width * 0.7), 0])
        elif not self._are_panes_moved:
            self._panes.setSizes(_desk_sizes(width))

    def _restore(self) -> None:
        geometry, splitter, theme = self._session.window()
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(1366, 768)
        if splitter is None or not self._panes.restoreState(splitter):
            self._panes.setSizes(_desk_sizes(self.width()))
        else:
            self._are_panes_moved = True
        if theme in ("light", "dark", "projector"):
            self._store.execute("view.set_theme", theme=theme)

    def _commands(self) -> dict[str, Callable[[], object]]:
        """What the window does itself, by command id."""
        documents, lesson = self.documents, self.lesson
        return {
            "file.new": documents.begin,
            "file.open": documents.choose,
            "file.open_library": documents.open_library,
            "file.save": documents.save,
            "file.save_as": documents.save_as,
            "file.save_recording": documents.save_recording,
            "file.export_figure": documents.export_figure,
            "file.copy_figure": documents.copy_figure,
            "file.copy_output_figure": lambda: documents.copy_output_figure(self.centre.output.figure),
            "file.save_output_figure": lambda: documents.save_output_figure(self.centre.output.figure),
            "file.quit": self.close,
            "edit.undo": lesson.undo,
            "edit.redo": lesson.redo,
            "edit.cut": lambda: self._edit("cut"),
            "edit.copy": lambda: self._edit("copy"),
            "edit.copy_latex": self.inspector.copy_latex,
            "edit.paste": lambda: self._edit("paste"),
            "edit.find": lesson.find,
            "view.fit": self.centre.fit,
            "view.zoom_in": self.centre.zoom_in,
            "view.zoom_out": self.centre.zoom_out,
            "view.find_node": self._find_node,
            "view.toggle_full_screen": self._toggle_full_screen,
            "playback.ask_step": self._ask_step,
            "compare.choose": self.comparing.choose,
            "view.show_verification": lambda: VerificationDialog(self._store.state, self).exec(),
            "help.show_palette": self._show_palette,
            "help.show_keys": lambda: KeysDialog(self).exec(),
            "help.show_about": self._show_about,
        }

    def _carry_out(self, command_id: str) -> None:
        self._window_commands[command_id]()

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Pass the state on to every view."""
        if old is not None and dress_of(old.view) != dress_of(new.view):
            self._dress_up(new)
        if old is not None and old.view.is_presenting != new.view.is_presenting:
            self._go_before_audience(new.view.is_presenting)
        self._set_the_stage(new)
        self._blank.setVisible(new.view.is_blank)
        self._blank.raise_()
        for view in self._views:
            view.apply(old, new)
        self._follow_play(new)
        if old is None or old.recording is not new.recording or old.subject != new.subject:
            self._symbolic.start()
            self._verify.start()
        if old is None or old.lesson is not new.lesson:
            self.setWindowTitle(f"{new.lesson.name}[*] – tapeviz")
            self.setWindowModified(new.lesson.is_modified)
            if old is not None and old.lesson.text != new.lesson.text:
                self._keep.start()
        self._follow_run(old, new)
        if old is not None:
            # At once: a picture that is painted before the panes are laid out anew shows words cut off.
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            if old.view.is_presenting and not new.view.is_presenting:
                # Not before: until they are laid out the panes are as wide as the words of the audience's size.
                QTimer.singleShot(0, self, lambda: self._panes.setSizes(self._desk_sizes))

    @staticmethod
    def _dress_up(state: AppState) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_dress(application, dress_of(state.view))

    def _go_before_audience(self, is_presenting: bool) -> None:
        """Leave graph, caption and code on the full screen, or bring the desk back."""
        for widget in (self.menuBar(), self.top_bar, self.status, self._side, self.centre.tabs):
            widget.setVisible(not is_presenting)
        if is_presenting:
            self._was_maximized = self.isMaximized()
            self._desk_sizes = self._panes.sizes()
            self.showFullScreen()
            self._share_width()
            self.centre.take_keys()
        else:
            if self._was_maximized:
                self.showMaximized()
            else:
                self.showNormal()
        QTimer.singleShot(0, self, self.centre.graph.show_readably)

    def _set_the_stage(self, state: AppState) -> None:
        """Let the racers and their clock stand in the place of inspector and timeline, where they are looked at."""
        view = state.view
        is_descent = view.tab == "descent"
        has_racers = is_descent and state.descent.objective is not None
        self._side.setCurrentWidget(self.racers if has_racers else self.inspector)
        self.timeline.setVisible(not is_descent)
        self.clock.setVisible(is_descent)
        self.lesson.setVisible(not (view.is_lesson_hidden or (is_descent and view.is_presenting)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc come out of what was entered, the innermost first; where something runs it stops that instead."""
        state = self._store.state
        within = (
            (state.compared is not None, "compare.leave"),
            (bool(state.opened), "graph.close_opened"),
            (state.view.is_presenting, "present.toggle"),
        )
        left = next((command for is_within, command in within if is_within), None)
        if event.key() == Qt.Key.Key_Escape and left is not None:
            self._store.execute(left)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the blank sheet over everything, and the panes in proportion until they are moved by hand."""
        super().resizeEvent(event)
        self._blank.setGeometry(self.rect())
        self._share_width()

    def _follow_play(self, state: AppState) -> None:
        interval = round(PLAY_INTERVAL / state.view.speed)
        if state.view.is_playing and (not self._play.isActive() or self._play.interval() != interval):
            self._play.start(interval)
        elif not state.view.is_playing:
            self._play.stop()

    def _follow_run(self, old: AppState | None, new: AppState) -> None:
        """After a run that was asked for by hand the keys belong to the picture, so that Right steps at once."""
        if old is None:
            return
        is_new = new.recording is not old.recording and new.recording is not None
        if is_new and self._is_focus_due and new.failure is None:
            self.centre.take_keys()
        if is_new or (old.requested_text is not None and new.requested_text is None):
            self._is_focus_due = False
        if new.requested_text is not None and old.requested_text is None and not self.lesson.is_dragging:
            self._is_focus_due = True

    def _settle(self) -> None:
        """Hand over what is still being typed, before a command acts on it."""
        self.lesson.commit()

    def _edit(self, verb: str) -> None:
        widget = QApplication.focusWidget()
        if widget is not None and hasattr(widget, verb):
            getattr(widget, verb)()

    def _find_node(self) -> None:
        words, is_chosen = QInputDialog.getText(self, self.tr("Find in Graph"), self.tr("Name, symbol or op type:"))
        if is_chosen and words and not self.centre.graph.centre_on(words):
            sentence = self.tr("Nothing in the graph is called {0}.").format(words)
            QMessageBox.information(self, self.tr("Find in Graph"), sentence)

    def _ask_step(self) -> None:
        state = self._store.state
        timeline = state.timeline
        if state.view.tab == "descent":
            self.centre.descent.ask_iterate()
        if state.view.tab == "descent" or timeline is None:
            return
        words = self.tr("Step, from 0 to {0}:").format(timeline.last)
        step, is_chosen = QInputDialog.getInt(self, self.tr("Go to Step"), words, state.playhead, 0, timeline.last)
        if is_chosen:
            self._store.execute("playback.go_to", playhead=step)

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def _show_palette(self) -> None:
        dialog = Palette(self._store.state, self)
        if dialog.exec() and dialog.chosen:
            self._store.execute(dialog.chosen)

    def _show_about(self) -> None:
        version = self._store.state.engine.tensorflow_version or self.tr("starting")
        words = self.tr(
            "tapeviz {0}\nTensorFlow {1}\n\nMakes tf.GradientTape visible. MIT licence; fonts under the OFL."
        )
        QMessageBox.about(self, self.tr("About tapeviz"), words.format(tapeviz.__version__, version))

    def _fill_recent(self) -> None:
        self._recent.clear()
        for name in self._session.recent():
            self._recent.addAction(name, partial(self.documents.open_path, Path(name)))
        self._recent.setEnabled(True)
        if self._recent.isEmpty():
            self._recent.addAction(self.tr("No recent files")).setEnabled(False)
        else:
            self._recent.addSeparator()
            self._recent.addAction(self.tr("Forget These"), self._session.clear_recent)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take lessons and recordings."""
        if any(url.toLocalFile().endswith((".py", ".tape")) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped; nothing runs."""
        names = [url.toLocalFile() for url in event.mimeData().urls()]
        path = next((name for name in names if name.endswith((".py", ".tape"))), None)
        if path:
            event.acceptProposedAction()
            self.documents.open_path(Path(path))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the session: the lesson comes back as it is, saved or not, so nothing has to be asked."""
        for timer in (self._play, self._keep, self._symbolic, self._verify):
            timer.stop()
        self.documents.keep()
        splitter = self._panes.saveState() if self._are_panes_moved else QByteArray()
        self._session.keep_window(self.saveGeometry(), splitter, self._store.state.view.theme)
        event.accept()


def _desk_sizes(width: int) -> list[int]:
    """Divide the window among lesson, centre and inspector: the design's widths, less on a small screen."""
    lesson, inspector = min(360, round(width * 0.245)), min(330, round(width * 0.215))
    return [lesson, width - lesson - inspector, inspector]
