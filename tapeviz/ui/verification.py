"""The trust badge, and the table behind it: tape, finite differences and forward mode side by side."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from tapeviz.model.numbers import format_full
from tapeviz.model.state import AppState
from tapeviz.model.subjects import call_of, source_name, subject_title
from tapeviz.model.verification import (
    SourceCheck,
    Verification,
    badge_text,
    badge_tone,
    format_error,
    format_slope,
    headline,
)
from tapeviz.paint.theme import tone_colour
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of, mono_font

MOST_ROWS = 14
"""Rows of the table that the dialog is made high enough for."""


class TrustBadge(QPushButton):
    """One line that says whether the shown gradients are true; a click shows the table."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("badge")
        self.setFlat(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(lambda: store.execute("view.show_verification"))
        self._shown: tuple[str, Dress] | None = None
        self.setVisible(False)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the verdict on the shown call; nothing where there is none yet."""
        found, dress = new.verification, dress_of(new.view)
        self.setVisible(found is not None)
        if found is None or self._shown == (badge_text(found), dress):
            return
        text = badge_text(found)
        self._shown = (text, dress)
        first, equals, rest = text.partition(" = forward")
        self.setText(f"{first}\n   ={equals[2:]}{rest}" if equals else text)
        self.setAccessibleName(self.tr("Gradient check: {0}").format(text))
        self.setToolTip(" ".join(found.sentences) or self.tr("Show tape, finite differences and forward mode"))
        self.setStyleSheet(f"color: {tone_colour(badge_tone(found), dress.theme)};")


class VerificationDialog(QDialog):
    """The numbers behind the badge."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Gradient Check"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        found = state.verification
        if found is None or state.shown is None or state.subject is None:
            return
        dress = dress_of(state.view)
        title = QLabel(subject_title(state.shown, state.subject))
        title.setStyleSheet(f"font-size: {dress.px(17)}px; font-weight: 600;")
        verdict = QLabel(headline(found))
        colour = tone_colour(badge_tone(found), dress.theme)
        verdict.setStyleSheet(f"font-size: {dress.px(15)}px; color: {colour}; font-weight: 600;")
        for label in (title, verdict):
            label.setWordWrap(True)
            column.addWidget(label)
        if found.checks:
            self.table = self._table(state, found, dress)
            column.addWidget(self.table)
        for sentence in (*found.sentences, *([self._method(found)] if found.dtype else [])):
            label = QLabel(sentence)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        label.setObjectName("muted" if found.dtype else "")
        column.addStretch(1)
        closing = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        closing.rejected.connect(self.reject)
        column.addWidget(closing)
        self.resize(dress.px(760), column.heightForWidth(dress.px(760)))

    def _method(self, found: Verification) -> str:
        words = self.tr(
            "The recorded ops between source and target were computed again in {0}. Central differences "
            "(f(x + h) − f(x − h)) / 2h in two step sizes are extrapolated; forward mode is "
            "tf.autodiff.ForwardAccumulator. Each row shows the element with the largest error."
        )
        return words.format(found.dtype)

    def _table(self, state: AppState, found: Verification, dress: Dress) -> QTableWidget:
        heads = (
            self.tr("source"),
            self.tr("compared"),
            self.tr("tape"),
            self.tr("central difference"),
            self.tr("forward mode"),
            self.tr("error"),
        )
        table = QTableWidget(len(found.checks), len(heads))
        table.setAccessibleName(self.tr("Tape, finite differences and forward mode"))
        for place, head in enumerate(heads):
            side = Qt.AlignmentFlag.AlignRight if place > 1 else Qt.AlignmentFlag.AlignLeft
            item = QTableWidgetItem(head)
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            table.setHorizontalHeaderItem(place, item)
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setAlternatingRowColors(True)
        for row, check in enumerate(found.checks):
            for place, (text, full) in enumerate(self._cells(state, check)):
                item = QTableWidgetItem(text)
                item.setToolTip(full)
                if place > 1:
                    item.setFont(mono_font(dress.px(13)))
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                table.setItem(row, place, item)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        height = dress.px(30)
        table.verticalHeader().setDefaultSectionSize(height)
        table.setFixedHeight(header.sizeHint().height() + height * min(len(found.checks), MOST_ROWS) + 6)
        return table

    def _cells(self, state: AppState, check: SourceCheck) -> list[tuple[str, str]]:
        """Each cell's text, and the same with every digit."""
        assert state.shown is not None
        assert state.subject is not None
        call = call_of(state.shown, state.subject)
        name = "" if call is None else source_name(state.shown, call.sources[check.source])
        element = f"[{', '.join(map(str, check.element))}]" if check.element else ""
        numbers = [(format_slope(number), format_full(number)) for number in (check.tape, check.central, check.forward)]
        if check.left is not None and check.right is not None:
            sides = f"{format_slope(check.left)} | {format_slope(check.right)}"
            numbers[1] = (sides, self.tr("from the left | from the right"))
        errors = [error for error in (check.central_error, check.forward_error) if error is not None]
        error = format_error(max(errors)) if errors and check.verdict != "kink" else "–"
        return [(f"{name}{element}", ""), (self._extent(check), ""), *numbers, (error, "")]

    def _extent(self, check: SourceCheck) -> str:
        if not check.tested:
            return self.tr("no")
        if check.size == 1:
            return self.tr("its number")
        if check.element is None:
            return self.tr("one direction")
        if check.tested == check.size:
            return self.tr("all {0}").format(check.size)
        return self.tr("{0} of {1}").format(check.tested, check.size)
