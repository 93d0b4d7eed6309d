"""The FUNCTION part of the form: one field per formula, marked at the character where it cannot be read."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from tapeviz.model.form import FormulaProblem, QuickForm
from tapeviz.model.formula import Formula, parse_formula
from tapeviz.paint.theme import Theme, theme_of
from tapeviz.ui.lesson.form_edit import FormEdit
from tapeviz.ui.lesson.script_editor import plain_code_font

COMMIT_DELAY = 350
"""Milliseconds after the last key until a formula is taken."""


class FormulaEdit(FormEdit):
    """A line for one formula, with a wavy line under the character that cannot be read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("formula")
        self.setFont(plain_code_font(self.font()))
        self.setPlaceholderText("f(x, y) = x^2 + 3xy + y^3")
        self.problem_column: int | None = None
        self.theme = theme_of("light")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, and the wavy line under it."""
        super().paintEvent(event)
        if self.problem_column is None:
            return
        text = self.text()
        start = min(self.problem_column, len(text))
        end = start + 1
        while text[start : start + 1].isalnum() and text[end : end + 1].isalnum():
            end += 1
        measure = QFontMetricsF(self.font())
        cursor = self.cursorRect()
        # The field does not say how far it is scrolled, but its cursor knows where it is.
        origin = cursor.x() + cursor.width() / 2 - measure.horizontalAdvance(text[: self.cursorPosition()])
        left = origin + measure.horizontalAdvance(text[:start])
        right = max(origin + measure.horizontalAdvance(text[:end]), left + measure.horizontalAdvance("0"))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.bad), 1.6))
        y = self.height() / 2 + measure.height() / 2 + 1
        count = max(4, round((right - left) / 2.5))
        points = [QPointF(left + i * (right - left) / count, y + (1.5 if i % 2 else -1.5)) for i in range(count + 1)]
        painter.drawPolyline(QPolygonF(points))


class FunctionField(QWidget):
    """One formula with the sentence about it. `text_changed` comes at each key, `finished` when it is to be taken."""

    text_changed = Signal()
    finished = Signal()
    removed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = FormulaEdit()
        self.edit.setAccessibleName(self.tr("Function"))
        self.edit.textEdited.connect(self._edited)
        self.edit.editingFinished.connect(self.finished)
        self.edit.handed_over.connect(self.finished)
        self.remove = QToolButton()
        self.remove.setObjectName("flat")
        self.remove.setText("×")
        self.remove.setToolTip(self.tr("Take this function away"))
        self.remove.setAccessibleName(self.tr("Take this function away"))
        self.remove.clicked.connect(self.removed)
        self._sentence = QLabel()
        self._sentence.setObjectName("problem")
        self._sentence.setWordWrap(True)
        self._sentence.hide()
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.edit, 1)
        row.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._sentence)
        self._accepted = ""

    def text(self) -> str:
        """Give what stands in the field."""
        return self.edit.text()

    @property
    def has_problem(self) -> bool:
        """Whether what stands in the field cannot be read."""
        return self.edit.problem_column is not None

    def show_formula(self, text: str, problem: FormulaProblem | None) -> None:
        """Show a formula of the form. What was typed and cannot be read stays while the script has not moved on."""
        if problem is None and self.has_problem and self.text() != text and _means_the_same(text, self._accepted):
            return
        if problem is None:
            self._accepted = text
        if text != self.text():
            self.edit.setText(text)
            if not self.edit.hasFocus():
                self.edit.setCursorPosition(0)
        self.show_problem(problem if text.strip() else None)

    def show_problem(self, problem: FormulaProblem | None) -> None:
        """Mark the character and write the sentence, or take both away."""
        self.edit.problem_column = problem.column if problem else None
        self._sentence.setText(problem.message if problem else "")
        self._sentence.setVisible(problem is not None)
        self.edit.setAccessibleDescription(problem.message if problem else "")
        self.edit.setProperty("wrong", problem is not None)
        self.edit.style().unpolish(self.edit)
        self.edit.style().polish(self.edit)
        self.edit.update()

    def _edited(self) -> None:
        if self.has_problem:
            self.edit.problem_column = None
            self.edit.update()
        self.text_changed.emit()


def _means_the_same(text: str, other: str) -> bool:
    left, right = parse_formula(text), parse_formula(other)
    if isinstance(left, Formula) and isinstance(right, Formula):
        return (left.name, left.body) == (right.name, right.body)
    return text == other


class FunctionFields(QWidget):
    """All formulas of the form. `edited` carries their texts in order."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: list[FunctionField] = []
        self._theme = theme_of("light")
        self._shown: tuple[str, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._commit = QTimer(self, interval=COMMIT_DELAY, singleShot=True)
        self._commit.timeout.connect(self.commit)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for field in self.fields:
            field.edit.theme = theme
            field.edit.update()

    def show_form(self, form: QuickForm, problems: tuple[FormulaProblem, ...]) -> None:
        """Show the formulas of a form, and what is wrong with them."""
        texts = form.functions or ("",)
        self._shown = form.functions
        if self._commit.isActive():
            return
        is_adding = len(self.fields) == len(texts) + 1 and not self.fields[-1].text().strip()
        self._resize(len(texts) + (1 if is_adding else 0))
        by_index = {problem.function: problem for problem in reversed(problems)}
        for index, text in enumerate(texts):
            self.fields[index].show_formula(text, by_index.get(index))

    def add_field(self) -> None:
        """Add an empty field and put the cursor into it."""
        if not self.fields or self.fields[-1].text().strip():
            self._resize(len(self.fields) + 1)
        self.fields[-1].edit.setFocus()

    def commit(self) -> None:
        """Hand over what stands in the fields, if it is anything new."""
        self._commit.stop()
        texts = tuple(field.text() for field in self.fields if field.text().strip()) or ("",)
        if texts != (self._shown or ("",)):
            self._shown = texts
            self.edited.emit(texts)

    def _resize(self, count: int) -> None:
        while len(self.fields) > count:
            field = self.fields.pop()
            self._column.removeWidget(field)
            field.hide()
            field.deleteLater()
        while len(self.fields) < count:
            field = FunctionField()
            field.edit.theme = self._theme
            field.text_changed.connect(self._commit.start)
            field.finished.connect(self.commit)
            field.removed.connect(lambda field=field: self._remove(field))
            self._column.addWidget(field)
            self.fields.append(field)
        for field in self.fields:
            field.remove.setVisible(len(self.fields) > 1)

    def _remove(self, field: FunctionField) -> None:
        self.fields.remove(field)
        self._column.removeWidget(field)
        field.hide()
        field.deleteLater()
        self._resize(len(self.fields))
        self.commit()
