"""One variable of the form as a card: name, kind, slider, value; dtype and range behind a small button."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QDoubleSlider

from tapeviz.model.form import VariableKind, VariableRow
from tapeviz.model.form_edits import slider_range, slider_text
from tapeviz.model.numbers import format_number
from tapeviz.model.values import read_value, value_problem
from tapeviz.ui.lesson.form_edit import FormEdit

DRAG_INTERVAL = 33
"""Milliseconds between two values of a slider that is dragged."""

_VALUE_PADDING = 12
_PLAIN_NUMBER = re.compile(r"[-−]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class ValueEdit(FormEdit):
    """A field that shows four digits, and the value as it was typed while one is in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("value")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.typed = ""

    def sizeHint(self) -> QSize:
        """Have room for a number of four digits."""
        hint = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance("-00.000") + _VALUE_PADDING, hint.height())

    def show_value(self, text: str) -> None:
        """Show a value."""
        self.typed = text
        shown = text if self.hasFocus() else rounded_text(text)
        if shown != self.text():
            self.setText(shown)
            self.setCursorPosition(0)
        self.setToolTip(text)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the value as it was typed."""
        if self.text() == rounded_text(self.typed):
            self.setText(self.typed)
        super().focusInEvent(event)
        QTimer.singleShot(0, self, self.selectAll)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show four digits again, once the value is taken."""
        super().focusOutEvent(event)
        if self.text() == self.typed:
            self.setText(rounded_text(self.typed))
            self.setCursorPosition(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give up an edit with Escape."""
        if event.key() == Qt.Key.Key_Escape and self.text() != self.typed:
            self.setText(self.typed)
            return
        super().keyPressEvent(event)


def rounded_text(text: str) -> str:
    """Write a typed number with four digits; leave ``pi/2`` and vectors as they are."""
    if _PLAIN_NUMBER.fullmatch(text.strip()):
        plain = text.strip().replace("−", "-")
        return format_number(int(plain) if plain.lstrip("-").isdigit() else float(plain))
    return text


class CalmSlider(QDoubleSlider):
    """A slider that the mouse wheel moves only when it has the focus, so that scrolling past changes nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)  # type: ignore[no-untyped-call]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by steps and pages: Qt's own keys know of whole numbers only."""
        move = {
            Qt.Key.Key_Right: self.singleStep(),
            Qt.Key.Key_Up: self.singleStep(),
            Qt.Key.Key_Left: -self.singleStep(),
            Qt.Key.Key_Down: -self.singleStep(),
            Qt.Key.Key_PageUp: self.pageStep(),
            Qt.Key.Key_PageDown: -self.pageStep(),
            Qt.Key.Key_Home: self.minimum() - self.value(),
            Qt.Key.Key_End: self.maximum() - self.value(),
        }.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            self.setValue(self.value() + move)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the pane."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmComboBox(QComboBox):
    """A combo box that the mouse wheel leaves alone, with a list as wide as its words."""

    def showPopup(self) -> None:
        """Open the list."""
        view = self.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + 2 * self.fontMetrics().height())
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the pane."""
        event.ignore()


class VariableCard(QFrame):
    """A card. `value_changed` carries name, value and whether it is being dragged; `row_changed` a row that differs."""

    value_changed = Signal(str, str, bool)
    row_changed = Signal(object)
    more_wanted = Signal(str)

    def __init__(self, row: VariableRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.row = row
        self._is_form = True
        self._range = (row.low, row.high)
        self.name = QLabel(row.name)
        self.name.setObjectName("variableName")
        self.kind = CalmComboBox()
        self.kind.setObjectName("kind")
        self._fill_kinds()
        self.kind.activated.connect(self._choose_kind)
        self.slider = CalmSlider()
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.slider.setMinimumWidth(30)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self._released)
        self.value = ValueEdit()
        self.value.editingFinished.connect(self.commit)
        self.value.handed_over.connect(self.commit)
        self.more = QToolButton()
        self.more.setObjectName("flat")
        self.more.setText("⋯")
        self.more.clicked.connect(lambda: self.more_wanted.emit(self.row.name))
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._pending: str | None = None
        self._throttle = QTimer(self, interval=DRAG_INTERVAL, singleShot=True)
        self._throttle.timeout.connect(self._drag_on)
        self._build()
        self.show_row(row, is_form=True)

    def _build(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.name)
        line.addWidget(self.kind)
        line.addWidget(self.slider, 1)
        line.addWidget(self.value)
        line.addWidget(self.more)
        # A card gives way to a narrow pane: its slider gets shorter.
        self.setMinimumWidth(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 7, 6, 7)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self.problem)

    def _fill_kinds(self) -> None:
        kinds: tuple[tuple[VariableKind, str, str], ...] = (
            ("Variable", self.tr("Variable"), self.tr("tf.Variable: the tape watches it")),
            ("constant", self.tr("constant"), self.tr("tf.constant: the tape does not watch it")),
            ("watched constant", self.tr("watched"), self.tr("tf.constant with tape.watch")),
            ("frozen", self.tr("frozen"), self.tr("tf.Variable with trainable=False: the tape does not watch it")),
        )
        for kind, title, words in kinds:
            self.kind.addItem(title, kind)
            self.kind.setItemData(self.kind.count() - 1, words, Qt.ItemDataRole.ToolTipRole)

    @property
    def is_dragging(self) -> bool:
        """Whether the slider is held."""
        return self.slider.isSliderDown()

    def show_row(self, row: VariableRow, *, is_form: bool) -> None:
        """Show a row; without a form only its value can be changed."""
        self.row = row
        self._is_form = is_form
        self.name.setText(row.name)
        self.kind.setEnabled(is_form)
        self.kind.setCurrentIndex(self.kind.findData(row.kind))
        self.more.setVisible(is_form)
        self._name_parts()
        if self._has_unread_value(row):
            return
        self._show_problem(value_problem(row))
        self._show_number(row)
        if not self.is_dragging:
            self.value.show_value(row.value)
        is_scalar = not self.slider.isHidden()
        policy = QSizePolicy.Policy.Fixed if is_scalar else QSizePolicy.Policy.Expanding
        self.value.setSizePolicy(policy, QSizePolicy.Policy.Fixed)

    def _has_unread_value(self, row: VariableRow) -> bool:
        """Whether something stands in the field that could not be taken: it stays until the value itself changes."""
        return not self.problem.isHidden() and row.value == self.value.typed and self.value.text() != row.value

    def _show_number(self, row: VariableRow) -> None:
        try:
            number = read_value(row.value, row.dtype).number
        except ValueError:
            number = None
        self.slider.setVisible(number is not None)
        if number is None or self.is_dragging:
            return
        self._range = slider_range(row, number)
        low, high = self._range
        with QSignalBlocker(self.slider):
            self.slider.setRange(low, high)
            self.slider.setSingleStep(1.0 if row.dtype.startswith("int") else (high - low) / 100)
            self.slider.setPageStep((high - low) / 10)
            self.slider.setValue(number)

    def _name_parts(self) -> None:
        name = self.row.name
        self.kind.setAccessibleName(self.tr("Kind of {0}").format(name))
        self.slider.setAccessibleName(self.tr("Slider of {0}").format(name))
        self.value.setAccessibleName(self.tr("Value of {0}").format(name))
        self.more.setAccessibleName(self.tr("More about {0}").format(name))
        self.more.setToolTip(self.tr("Name, dtype and range of {0}").format(name))

    def _show_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self.value.setAccessibleDescription(sentence)
        self.value.setProperty("wrong", bool(sentence))
        self.value.style().unpolish(self.value)
        self.value.style().polish(self.value)

    def _choose_kind(self, index: int) -> None:
        kind: VariableKind = self.kind.itemData(index)
        if kind != self.row.kind:
            self.row_changed.emit(replace(self.row, kind=kind))

    def _slid(self, number: float) -> None:
        text = slider_text(number, *self._range, self.row.dtype)
        self.value.show_value(text)
        if not self.is_dragging:
            self.value_changed.emit(self.row.name, text, False)
            return
        self._pending = text
        if not self._throttle.isActive():
            self._drag_on()

    def _drag_on(self) -> None:
        if self._pending is not None and self.is_dragging:
            text, self._pending = self._pending, None
            self._throttle.start()
            self.value_changed.emit(self.row.name, text, True)

    def _released(self) -> None:
        self._throttle.stop()
        self._pending = None
        text = slider_text(self.slider.value(), *self._range, self.row.dtype)
        self.value_changed.emit(self.row.name, text, False)

    def commit(self) -> None:
        """Take what stands in the value's field, or say why not."""
        text = self.value.text().strip()
        if text in {self.row.value, rounded_text(self.row.value)}:
            self._show_problem("")
            self.value.show_value(self.row.value)
            return
        sentence = value_problem(replace(self.row, value=text))
        self._show_problem(sentence)
        if not sentence:
            self.value.typed = text
            self.value_changed.emit(self.row.name, text, False)
