"""The panel at the side of the Descent tab: who races, how far and how fast, and what is drawn of the landscape."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from tapeviz.commands.descent import PACES
from tapeviz.commands.descent_setup import OF_ALL
from tapeviz.commands.registry import BY_ID
from tapeviz.model.descent_state import DescentState
from tapeviz.model.descent_words import pace_words
from tapeviz.model.state import AppState
from tapeviz.ui.descent.entry_field import EntryField
from tapeviz.ui.descent.landscape_controls import LandscapeControls
from tapeviz.ui.descent.racer_card import RacerCard
from tapeviz.ui.lesson.style import lesson_sheet
from tapeviz.ui.lesson.variable_card import CalmComboBox
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import WINDOW_PIXELS, Dress, dress_of

READABLE = 100
"""Milliseconds that a number stands at least while it changes all the time."""

COMPARISONS = ("descent.compare_optimizers", "descent.compare_rates", "descent.compare_starts")


class DescentPanel(QScrollArea):
    """Stands in the place of the inspector while the Descent tab is in front."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.setObjectName("pane")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Descent"))
        self.cards: dict[int, RacerCard] = {}
        self.buttons: dict[str, QPushButton] = {}
        self.problem = QLabel()
        self.problem.setObjectName("note")
        self.problem.setWordWrap(True)
        self.reason = QLabel()
        self.reason.setObjectName("muted")
        self.reason.setWordWrap(True)
        self.iterations = EntryField(
            self.tr("Iterations"), self.tr("How far each racer goes at most, if it does not converge before")
        )
        self.iterations.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.iterations.entered.connect(lambda text: store.execute("descent.type_iterations", text=text))
        self.pace = CalmComboBox()
        self.pace.setAccessibleName(self.tr("Iterations a second"))
        for pace in PACES:
            self.pace.addItem(pace_words(pace), pace)
        self.pace.activated.connect(lambda: store.execute("descent.set_pace", pace=self.pace.currentData()))
        self.landscape = LandscapeControls(store)
        self._card_column = QVBoxLayout()
        self._controls = QWidget()
        self._sheet_key: tuple[str, int] = ("", 0)
        self._shown: tuple[object, ...] = ()
        self._read = QElapsedTimer()
        self._build()

    def _build(self) -> None:
        body = QWidget()
        body.setObjectName("paneBody")
        outer = QVBoxLayout(body)
        outer.setContentsMargins(16, 14, 14, 16)
        outer.setSpacing(8)
        outer.addWidget(self.problem)
        outer.addWidget(self._controls)
        outer.addStretch(1)
        column = QVBoxLayout(self._controls)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(_section(self.tr("RACERS")))
        head.addStretch(1)
        head.addWidget(self._button("descent.add_racer", self.tr("Add")))
        column.addLayout(head)
        self._card_column.setSpacing(6)
        column.addLayout(self._card_column)
        column.addWidget(self.reason)
        column.addSpacing(4)
        column.addWidget(_section(self.tr("COMPARE")))
        column.addLayout(self._comparisons())
        column.addSpacing(4)
        column.addWidget(_section(self.tr("RACE")))
        column.addLayout(self._race())
        column.addSpacing(4)
        column.addWidget(_section(self.tr("LANDSCAPE")))
        column.addWidget(self.landscape)
        self.setWidget(body)

    def _comparisons(self) -> QHBoxLayout:
        compare = QHBoxLayout()
        compare.setSpacing(6)
        titles = (self.tr("Optimisers"), self.tr("Rates"), self.tr("Starts"))
        for command, title in zip(COMPARISONS, titles, strict=True):
            compare.addWidget(self._button(command, title), 1)
        return compare

    def _race(self) -> QGridLayout:
        race = QGridLayout()
        race.setHorizontalSpacing(8)
        race.setVerticalSpacing(4)
        race.setColumnStretch(1, 1)
        for row, (title, widget) in enumerate(((self.tr("iterations"), self.iterations), (self.tr("pace"), self.pace))):
            label = QLabel(title)
            label.setObjectName("muted")
            race.addWidget(label, 2 * row, 0)
            race.addWidget(widget, 2 * row, 1)
        race.addWidget(self.iterations.problem, 1, 0, 1, 2)
        return race

    def _button(self, command: str, title: str) -> QPushButton:
        row = BY_ID[command]
        button = QPushButton(title)
        button.setAccessibleName(self.tr(row.title))
        button.setToolTip(self.tr(row.tooltip))
        button.clicked.connect(lambda: self._store.execute(command))
        self.buttons[command] = button
        return button

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the race as it is set up, while the tab is in front."""
        if new.view.tab != "descent":
            return
        dress = dress_of(new.view)
        descent = new.descent
        set_up = _set_up(new)
        if set_up == self._shown:
            self._show_numbers(descent, dress)
            return
        self._shown = set_up
        self._show_sheet(new.view.theme, dress)
        has_objective = descent.objective is not None
        self._controls.setVisible(has_objective)
        self.problem.setText(descent.problem)
        self.problem.setVisible(has_objective and bool(descent.problem))
        self._show_cards(descent, dress)
        reason = descent.objective.reason if descent.objective is not None else ""
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        for command, button in self.buttons.items():
            button.setEnabled(BY_ID[command].is_enabled(new))
        self.iterations.show_entry(str(descent.iterations), descent.entries.get((OF_ALL, "iterations")))
        with QSignalBlocker(self.pace):
            self.pace.setCurrentIndex(self.pace.findData(descent.pace))
        self.landscape.show_state(new)

    def _show_numbers(self, descent: DescentState, dress: Dress) -> None:
        """Let the cards say where their racers stand: while they run not more often than can be read."""
        if descent.is_running and self._read.isValid() and self._read.elapsed() < READABLE:
            return
        self._read.start()
        for racer in descent.racers:
            self.cards[racer.look].show_numbers(racer, descent, dress)
        self.landscape.show_found(descent)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Never be so narrow that something is cut off: there is no bar to scroll sideways."""
        body = self.widget()
        if body is not None and watched is body and event.type() is QEvent.Type.LayoutRequest:
            self.setMinimumWidth(body.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width())
        return super().eventFilter(watched, event)

    def _show_sheet(self, theme: str, dress: Dress) -> None:
        pixels = dress.px(WINDOW_PIXELS)
        if (theme, pixels) != self._sheet_key:
            self._sheet_key = (theme, pixels)
            chosen = f'QFrame#card[chosen="true"] {{ border: 1px solid {dress.theme.accent}; }}'
            self.setStyleSheet(lesson_sheet(dress.theme, pixels) + chosen)

    def _show_cards(self, descent: DescentState, dress: Dress) -> None:
        looks = [racer.look for racer in descent.racers]
        for look in [look for look in self.cards if look not in looks]:
            gone = self.cards.pop(look)
            gone.hide()
            gone.deleteLater()
        for place, racer in enumerate(descent.racers):
            card = self.cards.get(racer.look)
            if card is None:
                card = self.cards[racer.look] = RacerCard(self._store, racer.look)
            if self._card_column.indexOf(card) != place:
                self._card_column.insertWidget(place, card)
            was_chosen = card.property("chosen")
            card.show_racer(racer, descent, dress)
            if card.property("chosen") != was_chosen:
                card.style().unpolish(card)
                card.style().polish(card)
                if card.property("chosen"):
                    # When it has its new height: it may have been chosen elsewhere, on the landscape or by a key.
                    QTimer.singleShot(0, card, partial(self.ensureWidgetVisible, card, 0, 8))


def _set_up(state: AppState) -> tuple[object, ...]:
    """All that the panel shows besides where the racers stand."""
    descent = state.descent
    race = (descent.racers, descent.selected, descent.iterations, descent.entries, descent.raced, descent.pace)
    seen = (descent.objective, descent.problem, descent.choice, descent.plane, descent.view)
    return (*race, *seen, descent.is_running, descent.newest < 2, state.view, state.subject)


def _section(title: str) -> QLabel:
    label = QLabel(title)
    label.setObjectName("section")
    return label
