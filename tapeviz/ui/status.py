"""The status row: how the engine is, and what is on the tape."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from tapeviz.model.state import AppState
from tapeviz.model.tape_count import count_ops
from tapeviz.ui.theme import dress_of

INDICATOR_DELAY = 300


class StatusRow(QWidget):
    """One line: engine, TensorFlow, ops on the tape, how long recording took, the lesson's name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusRow")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._dot = QLabel("●")
        self._dot.setAccessibleName(self.tr("Engine"))
        self._words = QLabel()
        self._words.setObjectName("muted")
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._name = QLabel()
        self._name.setObjectName("muted")
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setFixedSize(80, 6)
        self._busy.setTextVisible(False)
        self._busy.hide()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(INDICATOR_DELAY)
        self._wait.timeout.connect(self._busy.show)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 4, 16, 4)
        row.setSpacing(9)
        row.addWidget(self._dot)
        row.addWidget(self._words, 1)
        row.addWidget(self._busy)
        row.addWidget(self._name)

    @property
    def text(self) -> str:
        """The sentence that is shown."""
        return self._words.text()

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Say how things stand."""
        dress = dress_of(new.view)
        theme = dress.theme
        engine = new.engine
        colour = {"ready": theme.good, "running": theme.forward, "failed": theme.backward}.get(
            engine.phase, theme.accent
        )
        sheet = f"font-size: {dress.px(12)}px; color: {colour};"
        if sheet != self._dot.styleSheet():
            self._dot.setStyleSheet(sheet)
        words = " · ".join(part for part in self._parts(new) if part)
        if words != self._words.text():
            self._words.setText(words)
            self._words.setToolTip(words)
        mark = " •" if new.lesson.is_modified else ""
        self._name.setText(f"{new.lesson.name}{mark}")
        is_busy = engine.phase in ("running", "stopping", "restarting", "starting")
        if is_busy and not self._wait.isActive() and not self._busy.isVisible():
            self._wait.start()
        if not is_busy:
            self._wait.stop()
            self._busy.hide()

    def _parts(self, state: AppState) -> tuple[str, ...]:
        engine = state.engine
        phases = {
            "starting": self.tr("Engine starting: importing TensorFlow"),
            "ready": self.tr("Engine ready"),
            "running": self.tr("Running"),
            "stopping": self.tr("Stopping"),
            "restarting": self.tr("Engine restarting"),
            "failed": self.tr("Engine failed"),
        }
        version = self.tr("TensorFlow {0}").format(engine.tensorflow_version) if engine.tensorflow_version else ""
        recorded = self._recorded(state)
        stale = self.tr("stale: the code is newer than the graph") if state.is_stale else ""
        return phases[engine.phase], engine.message, stale, version, recorded

    def _recorded(self, state: AppState) -> str:
        count = count_ops(state.looked_into, state.subject, state.graph)
        if state.recording is None or count is None:
            return ""
        on_tape = self.tr("{0} op on the tape") if count.shown == 1 else self.tr("{0} ops on the tape")
        folded = self.tr(", {0} not shown").format(count.hidden) if count.hidden else ""
        took = self.tr("recorded in {0} ms").format(max(1, round(state.recording.duration * 1000)))
        return f"{on_tape.format(count.shown)}{folded} · {took}"
