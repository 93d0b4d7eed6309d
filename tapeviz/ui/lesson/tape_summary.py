"""The TAPE part: how much was recorded, and whether the recorded sums are what TensorFlow returned."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from tapeviz.model.recording import Recording
from tapeviz.model.state import AppState
from tapeviz.model.tape_count import TapeCount, count_ops
from tapeviz.ui.store import Executes
from tapeviz.ui.verification import TrustBadge


class TapeSummary(QWidget):
    """Two or three lines about the recording that is shown."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count = _line("count")
        self.checked = _line("good")
        self.badge = TrustBadge(store)
        self.stale = _line("stale")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for label in (self.count, self.checked, self.badge, self.stale):
            column.addWidget(label)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show another recording, subject or text."""
        if old is None or old.looked_into is not new.looked_into or old.graph is not new.graph:
            self.count.setText(self._count_text(count_ops(new.looked_into, new.subject, new.graph)))
            self._show_check(new.looked_into)
        self.badge.apply(old, new)
        if old is None or old.is_stale != new.is_stale or old.requested_text != new.requested_text:
            is_waiting = new.is_stale and new.requested_text is None
            self.stale.setText(
                self.tr("The script is newer than the graph: run it with Ctrl+Enter.") if is_waiting else ""
            )
            self.stale.setVisible(is_waiting)

    def _count_text(self, count: TapeCount | None) -> str:
        if count is None:
            return self.tr("Nothing is recorded yet: run the lesson with Ctrl+Enter.")
        words = self.tr("{0} op recorded") if count.shown == 1 else self.tr("{0} ops recorded")
        if not count.hidden:
            return words.format(count.shown)
        kind = self.tr("variable reads") if count.is_reads else self.tr("plumbing")
        return self.tr("{0} · {1} not shown ({2})").format(words.format(count.shown), count.hidden, kind)

    def _show_check(self, recording: Recording | None) -> None:
        calls = recording.gradient_calls if recording is not None else ()
        accumulators = recording.accumulators if recording is not None else ()
        told = (*(call.defect for call in calls), *(accumulator.defect for accumulator in accumulators))
        defects = [defect for defect in told if defect is not None]
        checked = sum(1 for call in calls if call.checked)
        text = self.tr("✓ checked: every sum equals tape.gradient") if checked else ""
        if 0 < checked < len(calls):
            text = self.tr("✓ checked: every sum of {0} of {1} calls equals tape.gradient").format(checked, len(calls))
        if not calls and any(accumulator.checked for accumulator in accumulators):
            text = self.tr("✓ checked: every tangent leads to what acc.jvp returned")
        self.checked.setText(self.tr("✗ {0}").format(defects[0]) if defects else text)
        self.checked.setObjectName("problem" if defects else "good")
        self.checked.style().unpolish(self.checked)
        self.checked.style().polish(self.checked)
        self.checked.setVisible(bool(self.checked.text()))


def _line(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label
