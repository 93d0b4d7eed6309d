"""The left pane: the lesson as a form, as a table of variables, and as a script."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QFontInfo, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tapeviz.model.form import QuickForm
from tapeviz.model.script import variables_of
from tapeviz.model.state import AppState
from tapeviz.paint.theme import theme_of
from tapeviz.ui.lesson.choice_row import ChoiceRow
from tapeviz.ui.lesson.find_bar import FindBar
from tapeviz.ui.lesson.function_fields import FunctionFields
from tapeviz.ui.lesson.marks import error_of, mends_of_failure, pointed_mark, step_mark
from tapeviz.ui.lesson.script_editor import ScriptEditor
from tapeviz.ui.lesson.style import lesson_sheet
from tapeviz.ui.lesson.tape_summary import TapeSummary
from tapeviz.ui.lesson.variables_table import VariablesTable
from tapeviz.ui.mending import MendRow
from tapeviz.ui.store import Executes

LEAST_EDITOR_HEIGHT = 130
EDITOR_SHARE = 0.3


class LessonPane(QWidget):
    """Shows the lesson and fires what is done to it; the script is the document, the form a way to write it."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.functions = FunctionFields()
        self.choice = ChoiceRow()
        self.variables = VariablesTable()
        self.editor = ScriptEditor()
        self.find_bar = FindBar(self.editor)
        self.mends = MendRow()
        self.mends.serve(store)
        self.summary = TapeSummary(store)
        self.note = QLabel()
        self.note.setObjectName("note")
        self.note.setWordWrap(True)
        self.add_function = _adder(self.tr("Add a function"))
        self.add_variable = _adder(self.tr("Add a variable"))
        self._tab_stops: list[QWidget] = []
        self._is_showing = False
        self._sheet_key: tuple[str, int] = ("", 0)
        self._build()
        self._connect()
        self.apply(None, store.state)

    def _build(self) -> None:
        body = QWidget()
        body.setObjectName("paneBody")
        top = QVBoxLayout(body)
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(8)
        self._variables_head = _head(self.tr("VARIABLES"), self.add_variable)
        top.addWidget(_head(self.tr("FUNCTION"), self.add_function))
        top.addWidget(self.functions)
        top.addWidget(self.note)
        top.addWidget(self.choice)
        top.addSpacing(6)
        top.addWidget(self._variables_head)
        top.addWidget(self.variables)
        self._form_area = FittingScrollArea(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 19, 12)
        column.setSpacing(8)
        column.addWidget(self._form_area)
        column.addSpacing(6)
        column.addWidget(_head(self.tr("SCRIPT")))
        column.addWidget(self.find_bar)
        column.addWidget(self.editor, 1)
        column.addWidget(self.mends)
        column.addSpacing(4)
        column.addWidget(_head(self.tr("TAPE")))
        column.addWidget(self.summary)

    def _connect(self) -> None:
        store = self._store
        self.functions.edited.connect(self._edit_functions)
        self.choice.edited.connect(self._edit_form)
        self.variables.edited.connect(self._edit_form)
        self.variables.value_changed.connect(self._set_value)
        self.add_function.clicked.connect(self.functions.add_field)
        self.add_variable.clicked.connect(self.variables.add_variable)
        self.editor.text_edited.connect(lambda text: store.execute("lesson.edit_text", text=text))
        self.editor.place_hovered.connect(
            lambda line, column: store.execute("selection.hover_place", line=line, column=column)
        )
        self.editor.place_clicked.connect(
            lambda line, column: store.execute("selection.select_place", line=line, column=column)
        )
        self.editor.completion_wanted.connect(lambda prefix: store.execute("lesson.complete", prefix=prefix))

    @property
    def is_dragging(self) -> bool:
        """Whether a variable's slider is held."""
        return self.variables.is_dragging

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show a new state, touching only what differs."""
        if old is None or old.view is not new.view:
            self._dress(new.view.theme)
        if old is None or old.lesson is not new.lesson:
            # A field that is hidden loses the focus and says that it was edited: nobody typed that.
            self._is_showing = True
            self._show_lesson(old, new)
            self._is_showing = False
        if old is None or old.engine.names is not new.engine.names:
            self.editor.set_completions(new.engine.names)
        self.editor.set_step(step_mark(new))
        self.editor.set_pointed(pointed_mark(new))
        self.editor.set_error(error_of(new))
        self.mends.show_mends(mends_of_failure(new))
        if new.selection.line is not None and (old is None or old.selection.line != new.selection.line):
            self.editor.show_line(new.selection.line)
        self.summary.apply(old, new)

    def _show_lesson(self, old: AppState | None, new: AppState) -> None:
        lesson = new.lesson
        is_new = old is None or (old.lesson.path, old.lesson.name) != (lesson.path, lesson.name)
        self.editor.show_text(lesson.text, is_new=is_new, is_dragging=self.is_dragging)
        form = lesson.form
        has_form = form is not None
        self.functions.setVisible(has_form)
        self.choice.setVisible(form is not None and bool(form.target))
        self.add_function.setVisible(has_form)
        self.add_variable.setVisible(has_form)
        self.note.setVisible(not has_form and bool(lesson.form_note))
        self.note.setText(lesson.form_note)
        if form is not None:
            self.functions.show_form(form, lesson.problems)
            self.choice.show_form(form)
        rows = form.variables if form is not None else variables_of(lesson.text)
        self.variables.show_rows(rows, form)
        self._variables_head.setVisible(has_form or bool(rows))
        self._form_area.updateGeometry()
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Let the Tab key walk from top to bottom, whenever fields and cards came or went."""
        stops: list[QWidget] = []
        for field in self.functions.fields:
            stops += (field.edit, field.remove)
        stops += (self.add_function, self.choice.target, self.choice.sources, self.choice.persistent)
        for card in self.variables.cards:
            stops += (card.kind, card.slider, card.value, card.more)
        stops += (self.add_variable, self.find_bar.field, self.editor)
        if stops != self._tab_stops:
            self._tab_stops = stops
            # Each is put right behind the first one: Qt leaves neighbours alone that only the window's end parts.
            for stop in reversed(stops[1:]):
                self.setTabOrder(stops[0], stop)

    def _edit_functions(self, texts: tuple[str, ...]) -> None:
        form = self._store.state.lesson.form
        if form is not None and not self._is_showing:
            self._edit_form(replace(form, functions=texts))

    def _edit_form(self, form: QuickForm) -> None:
        if not self._is_showing:
            self._store.execute("lesson.edit_form", form=form)

    def _set_value(self, name: str, value: str, is_dragging: bool) -> None:
        if self._is_showing:
            return
        self._store.execute("lesson.set_value", name=name, value=value, is_dragging=is_dragging)
        if not is_dragging:
            self.editor.end_drag()

    def begin(self) -> None:
        """Put the cursor where a lesson is begun: into the function, or into the script where there is no form."""
        form = self._store.state.lesson.form
        (self.functions.fields[0].edit if form is not None and self.functions.fields else self.editor).setFocus()

    def commit(self) -> None:
        """Take what was typed into the form and not handed over yet, before the lesson is run."""
        self.functions.commit()
        self.variables.commit()

    def undo(self) -> None:
        """Undo the last change, wherever it was made: in the field that has the focus, else in the script."""
        field = self._field_in_focus()
        if field is not None and field.isUndoAvailable():
            field.undo()
        else:
            self.editor.undo()

    def redo(self) -> None:
        """Redo what was undone."""
        field = self._field_in_focus()
        if field is not None and field.isRedoAvailable():
            field.redo()
        else:
            self.editor.redo()

    def find(self) -> None:  # type: ignore[override]
        """Open the line that finds in the script."""
        self.find_bar.open()

    def _field_in_focus(self) -> QLineEdit | None:
        widget = QApplication.focusWidget()
        return widget if isinstance(widget, QLineEdit) and self.isAncestorOf(widget) else None

    def _dress(self, name: str) -> None:
        theme = theme_of(name)
        key = (name, QFontInfo(QApplication.font()).pixelSize())
        if key != self._sheet_key:
            self._sheet_key = key
            self.setStyleSheet(lesson_sheet(theme, key[1]))
            self.variables.align_names()
        self.functions.set_theme(theme)
        self.editor.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the script its share of a low window."""
        super().resizeEvent(event)
        self.editor.setMinimumHeight(max(LEAST_EDITOR_HEIGHT, round(self.height() * EDITOR_SHARE)))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size of the program."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange} and self._sheet_key[0]:
            self._dress(self._sheet_key[0])


class FittingScrollArea(QScrollArea):
    """A scroll area as high as what is in it, as long as there is room for that.

    What is in it wraps, so its height depends on its width, and its width on whether there is a scroll bar. Qt's own
    way of resizing it can go round in circles over that; here the question is settled once for each change.
    """

    def __init__(self, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._body = body
        self._is_fitting = False
        self.setObjectName("pane")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # A scroll area filters the events of its widget: eventFilter is called for the body.
        self.setWidget(body)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for another height when what is in it grows."""
        if watched is self._body and event.type() is QEvent.Type.LayoutRequest and not self._is_fitting:
            self.updateGeometry()
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit what is in it into the new size."""
        super().resizeEvent(event)
        if not self._is_fitting:
            self._fit()

    def _fit(self) -> None:
        """Give the body the whole width, or what a scroll bar leaves of it where the height does not suffice."""
        self._is_fitting = True
        is_too_high = self._height_for(self.width()) > self.height()
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if is_too_high else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if self.verticalScrollBarPolicy() != policy:
            self.setVerticalScrollBarPolicy(policy)
        width = self.width() - (self.verticalScrollBar().sizeHint().width() + 4 if is_too_high else 0)
        self._body.resize(width, max(self._height_for(width), self.height()))
        self._is_fitting = False

    def _height_for(self, width: int) -> int:
        return self._body.heightForWidth(width) if self._body.hasHeightForWidth() else self._body.sizeHint().height()

    def sizeHint(self) -> QSize:
        """Be as high as what is in it."""
        return QSize(self._body.sizeHint().width(), self._height_for(max(self.width(), 1)))

    def minimumSizeHint(self) -> QSize:
        """Be small rather than push the script away."""
        return QSize(0, min(self.sizeHint().height(), 130))


def _head(title: str, *buttons: QToolButton) -> QWidget:
    head = QWidget()
    row = QHBoxLayout(head)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    label = QLabel(title)
    label.setObjectName("section")
    row.addWidget(label, 1)
    for button in buttons:
        row.addWidget(button)
    return head


def _adder(words: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("flat")
    button.setText("+")
    button.setToolTip(words)
    button.setAccessibleName(words)
    return button
