"""The sub-steps of one iteration beside the landscape: their list, and the one that is looked at with its numbers."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QScrollArea, QToolButton, QVBoxLayout, QWidget

from tapeviz.commands.registry import BY_ID
from tapeviz.model.descent_state import DescentState
from tapeviz.model.iterate_story import SubStep, headline, story_of
from tapeviz.model.state import AppState
from tapeviz.paint.fonts import MONO
from tapeviz.ui.inspector.formula_image import formula_image
from tapeviz.ui.inspector.sections import FormulaLabel
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of

FORMULA_PIXELS = 17
CAPTION_PIXELS = 15
SMALL_CAPTION_PIXELS = 13
LONG_CAPTION = 110
"""A caption of more characters is set smaller, and without the formula, which stands over it."""

MOST_ROWS = 11
PRESENTED_ROWS = 6
"""So many rows of the list are seen at most: in large letters fewer, so that the numbers under it are not cut."""


class SubStepsPane(QScrollArea):
    """Gone while nobody wants to see sub-steps."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._dress: Dress | None = None
        self.headline, self.caption, self.words = QLabel(), QLabel(), QLabel()
        self.formula = FormulaLabel()
        self.steps = QListWidget()
        self.buttons: dict[str, QToolButton] = {}
        self.setObjectName("pane")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(200)
        self.setAccessibleName(self.tr("Sub-steps of the iteration"))
        self.steps.setAccessibleName(self.tr("Sub-steps"))
        self.steps.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.steps.setFrameShape(QFrame.Shape.NoFrame)
        self.steps.currentRowChanged.connect(self._select)
        for label in (self.caption, self.words, self.headline):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._build()
        self.setVisible(False)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        for command, title in (
            ("descent.previous_sub_step", self.tr("‹")),
            ("descent.next_sub_step", self.tr("›")),
            ("descent.open_iterate", self.tr("Open Its Tape")),
        ):
            head.addWidget(self._button(command, title))
        head.addStretch(1)
        body = QWidget()
        body.setObjectName("paneBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(8)
        column.addWidget(self.headline)
        column.addWidget(self.steps)
        column.addLayout(head)
        for part in (self.words, self.formula, self.caption):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(body)

    def _button(self, command: str, title: str) -> QToolButton:
        row = BY_ID[command]
        button = QToolButton()
        button.setText(title)
        button.setAccessibleName(self.tr(row.title))
        button.setToolTip(self.tr(row.tooltip))
        button.clicked.connect(lambda: self._store.execute(command))
        self.buttons[command] = button
        return button

    def _select(self, place: int) -> None:
        if place >= 0:
            self._store.execute("descent.select_sub_step", place=place)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Tell the iteration that is open."""
        dress = dress_of(new.view)
        is_wanted = new.descent.view.has_sub_steps and bool(new.descent.raced)
        self.setVisible(is_wanted)
        if not is_wanted or (old is not None and old.descent is new.descent and dress == self._dress):
            return
        self._show_dress(dress)
        for command, button in self.buttons.items():
            button.setEnabled(BY_ID[command].is_enabled(new))
        self._show_descent(new.descent, dress, PRESENTED_ROWS if new.view.is_presenting else MOST_ROWS)

    def _show_dress(self, dress: Dress) -> None:
        if dress == self._dress:
            return
        self._dress = dress
        theme = dress.theme
        self.headline.setStyleSheet(f"color: {theme.ink}; font-weight: 600;")
        self.words.setStyleSheet(f"color: {theme.muted};")

    def _show_descent(self, descent: DescentState, dress: Dress, most_rows: int) -> None:
        explained = descent.explained
        is_here = explained is not None and explained.race == descent.race
        if explained is None or not is_here or explained.opened is None:
            problem = explained.problem if explained is not None and is_here else ""
            self._show_nothing(problem or self._waiting_words(descent))
            return
        opened = explained.opened
        told = story_of(opened)
        self.headline.setText(headline(opened))
        titles = [f"{place + 1}  {step.title}" for place, step in enumerate(told)]
        with QSignalBlocker(self.steps):
            if titles != [self.steps.item(row).text() for row in range(self.steps.count())]:
                self.steps.clear()
                self.steps.addItems(titles)
            self.steps.setCurrentRow(explained.sub_step)
        rows = min(len(titles), most_rows)
        self.steps.setFixedHeight(rows * self.steps.sizeHintForRow(0) + 2 * self.steps.frameWidth() + 2)
        self.steps.scrollToItem(self.steps.item(explained.sub_step))
        self._show_step(told[explained.sub_step], opened.defect, dress)

    def _waiting_words(self, descent: DescentState) -> str:
        if descent.is_running:
            return self.tr("The race goes on: pause it, and the iteration at the clock opens here.")
        return self.tr("The engine goes to this iterate once more.")

    def _show_nothing(self, words: str) -> None:
        with QSignalBlocker(self.steps):
            self.steps.clear()
        self.headline.setText(words)
        self.words.setText("")
        self.caption.setText("")
        self.formula.show_formula("", None)

    def _show_step(self, step: SubStep, defect: str, dress: Dress) -> None:
        ratio = self.devicePixelRatioF()
        self.words.setText(defect or step.words)
        image = formula_image(step.latex, dress.theme.ink, dress.px(FORMULA_PIXELS), ratio)
        self.formula.show_formula(step.latex, image)
        is_long = len(step.caption) > LONG_CAPTION
        self.caption.setText(step.brief if is_long and image is not None else step.caption)
        pixels = dress.px(SMALL_CAPTION_PIXELS if is_long else CAPTION_PIXELS)
        self.caption.setStyleSheet(f'color: {dress.theme.ink}; font-family: "{MONO}"; font-size: {pixels}px;')
        self.caption.setToolTip(step.caption if is_long else "")
