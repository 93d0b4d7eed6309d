"""One racer as a card: its look, optimizer and learning rate, and how it stands at the clock."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from tapeviz.commands.descent import settings_to_run
from tapeviz.model.descent import coordinates
from tapeviz.model.descent_entries import MAX_TYPED_COORDINATES, plain, text_of
from tapeviz.model.descent_state import DescentState, Racer
from tapeviz.model.descent_words import MOST_COORDINATES, STATUS_WORDS, is_at_end, place_words, racer_title
from tapeviz.model.numbers import format_number
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.trajectory import first_lost
from tapeviz.paint.fonts import MONO
from tapeviz.ui.descent.entry_field import EntryField
from tapeviz.ui.descent.racer_details import RacerDetails
from tapeviz.ui.descent.rate_slider import RateSlider
from tapeviz.ui.descent.swatch import Swatch
from tapeviz.ui.inspector.sections import RichLabel, words
from tapeviz.ui.lesson.variable_card import CalmComboBox
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress

MOST_NAMES = 3
"""So many coordinates are named beside the field of the start."""

_PLAIN_ENDINGS = ("converged", "exhausted", "stopped")
"""Endings that one word says; of the others the card has the whole sentence."""


class RacerCard(QFrame):
    """A card; that of the racer which is looked at shows all there is to set."""

    def __init__(self, store: Executes, look: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.look = look
        self.setObjectName("card")
        self.swatch = Swatch(look)
        self.optimizer = CalmComboBox()
        self.optimizer.setObjectName("kind")
        self.optimizer.setMinimumContentsLength(8)
        self.optimizer.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for name, facts in OPTIMIZERS.items():
            self.optimizer.addItem(facts.title, name)
            self.optimizer.setItemData(self.optimizer.count() - 1, facts.meaning, Qt.ItemDataRole.ToolTipRole)
        self.optimizer.activated.connect(
            lambda: store.execute("descent.set_optimizer", look=look, optimizer=self.optimizer.currentData())
        )
        self.rate = EntryField(self.tr("Learning rate"), self.tr("Learning rate"))
        self.rate.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.rate.entered.connect(lambda text: self._type("learning_rate", text))
        self.remove = QPushButton()
        self.remove.setObjectName("link")
        self.remove.setText(self.tr("remove"))
        self.remove.clicked.connect(lambda: store.execute("descent.remove_racer", look=look))
        self.slider = RateSlider()
        self.slider.rate_changed.connect(lambda rate: store.execute("descent.set_rate", look=look, rate=rate))
        self.start = EntryField(self.tr("Start"))
        self.start.entered.connect(lambda text: self._type("start", text))
        self.more = QPushButton()
        self.more.setObjectName("link")
        self.more.setCheckable(True)
        self.more.toggled.connect(self._show_details)
        self.open = QPushButton()
        self.open.setObjectName("link")
        self.open.clicked.connect(self._open_tape)
        self.numbers = RichLabel()
        self.status = RichLabel()
        self.details = RacerDetails(store, look)
        self._start_title = _muted("")
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 8, 7)
        column.setSpacing(3)
        self._head = _row(self.swatch, (self.optimizer, 1), self.rate)
        self._rate_title = _muted(self.tr("rate"))
        self._slider_row = _row(self._rate_title, (self.slider, 1))
        self._start_row = _row(self._start_title, (self.start, 1))
        self._foot = _row(self.more, (QWidget(), 1), self.open, self.remove)
        column.addWidget(self._head)
        column.addWidget(self.rate.problem)
        column.addWidget(self._slider_row)
        column.addWidget(self._start_row)
        for part in (self.start.problem, self.numbers, self.status, self._foot, self.details):
            column.addWidget(part)
        self.details.hide()
        self._show_details(False)

    def _type(self, name: str, text: str) -> None:
        self._store.execute("descent.type_setting", look=self.look, name=name, text=text)

    def _open_tape(self) -> None:
        """Show the tape of the iterate at the clock; of a racer that is lost, the one where NaN came from."""
        trajectory = self._store.state.descent.trajectory_of(self.look)
        lost = first_lost(trajectory) if trajectory is not None and trajectory.status.kind == "nan" else None
        self._store.execute("descent.open_iterate", look=self.look, iterate=lost)

    def _show_details(self, is_open: bool) -> None:
        self.more.setText(self.tr("fewer settings") if is_open else self.tr("more settings"))
        self.details.setVisible(is_open and not self._start_row.isHidden())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at this racer."""
        self._store.execute("descent.select_racer", look=self.look)
        event.accept()

    def show_racer(self, racer: Racer, descent: DescentState, dress: Dress) -> None:
        """Show a racer as it is set up, and where it stands."""
        settings = racer.settings
        is_selected = racer.look == descent.racer.look
        title = racer_title(settings, [other.settings for other in descent.racers])
        self.swatch.show_dress(dress)
        self.setProperty("chosen", is_selected)
        self._name_parts(title)
        with QSignalBlocker(self.optimizer):
            self.optimizer.setCurrentIndex(self.optimizer.findData(settings.optimizer))
        self.optimizer.setToolTip(OPTIMIZERS[settings.optimizer].meaning)
        self.rate.setFixedWidth(dress.px(72))
        self.rate.show_entry(plain(settings.learning_rate), descent.entries.get((racer.look, "learning_rate")))
        self.slider.show_rate(settings.learning_rate)
        has_rate = OPTIMIZERS[settings.optimizer].is_rate_used
        self.rate.setVisible(has_rate)
        self._slider_row.setVisible(has_rate and is_selected)
        self._show_start(racer, descent, is_selected=is_selected)
        if is_selected:
            self.details.show_racer(racer, descent)
        self.details.setVisible(is_selected and self.more.isChecked())
        self.remove.setVisible(len(descent.racers) > 1)
        self.show_numbers(racer, descent, dress)

    def _name_parts(self, title: str) -> None:
        self.setAccessibleName(title)
        self.optimizer.setAccessibleName(self.tr("Optimizer of {0}").format(title))
        self.rate.setAccessibleName(self.tr("Learning rate of {0}").format(title))
        self.slider.setAccessibleName(self.tr("Slider of the learning rate of {0}").format(title))
        self.start.setAccessibleName(self.tr("Start of {0}").format(title))
        self.more.setAccessibleName(self.tr("More settings of {0}").format(title))
        self.more.setToolTip(self.tr("Hyperparameters, schedule, clipping and noise"))
        self.open.setAccessibleName(self.tr("Open the tape of {0}").format(title))
        self.open.setToolTip(self.tr("The tape of the iterate at the clock, step by step; Esc leads back"))
        self.remove.setAccessibleName(self.tr("Remove {0}").format(title))
        self.remove.setToolTip(self.tr("Take this racer away"))

    def _show_start(self, racer: Racer, descent: DescentState, *, is_selected: bool) -> None:
        self._start_row.setVisible(is_selected)
        self._foot.setVisible(is_selected)
        self.start.problem.setVisible(is_selected and bool(self.start.problem.text()))
        objective = descent.objective
        if objective is None or not is_selected:
            return
        names = list(coordinates(objective.parameters)) if objective.dimension <= MOST_NAMES else []
        self._start_title.setText(self.tr("start ({0})").format(", ".join(names)) if names else self.tr("start"))
        is_typed = objective.dimension <= MAX_TYPED_COORDINATES
        self.start.setReadOnly(not is_typed)
        text = text_of(settings_to_run(descent, racer), "start") if is_typed else self.tr("where the lesson stands")
        self.start.show_entry(text, descent.entries.get((racer.look, "start")))
        self.start.setToolTip(text if is_typed else self.tr("There are too many coordinates to be typed"))

    def show_numbers(self, racer: Racer, descent: DescentState, dress: Dress) -> None:
        """Say where the racer stands at the clock."""
        is_selected = racer.look == descent.racer.look
        objective, path = descent.objective, descent.trajectory_of(racer.look)
        iterate = descent.iterate_of(racer.look)
        self.open.setVisible(iterate is not None)
        if objective is None or path is None or iterate is None:
            self.numbers.show_html("")
            self.status.show_html("")
            return
        name, theme = objective.title, dress.theme
        is_ended = is_at_end(path, iterate)
        kind = STATUS_WORDS[path.status.kind if is_ended else "running"]
        loss = words(f"{name} = {format_number(iterate.loss)}", dress, 12, theme.forward, family=MONO)
        lines = [f"{loss}&nbsp;&nbsp; {words(kind, dress, 12, theme.ink, weight=600)}"]
        if is_selected:
            norm = f"|∇{name}| = {format_number(iterate.norm)}"
            lines.append(words(norm, dress, 12, theme.backward, family=MONO))
        if is_selected and len(iterate.position) <= MOST_COORDINATES:
            where = place_words(objective, tuple(map(float, iterate.position)))
            lines.append(words(where, dress, 12, theme.ink, family=MONO))
        self.numbers.show_html("<br>".join(lines))
        is_lost = path.status.kind == "nan"
        self.open.setText(self.tr("find the NaN") if is_lost else self.tr("open tape"))
        is_told = is_ended and not is_selected and path.status.kind not in _PLAIN_ENDINGS
        self.status.show_html(words(path.status.sentence, dress, 12, theme.muted) if is_told else "")


def _muted(words: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName("muted")
    return label


def _row(*parts: QWidget | tuple[QWidget, int]) -> QWidget:
    """Lay widgets out side by side; a number beside one is how it shares the room that is left."""
    row = QWidget()
    row.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    across = QHBoxLayout(row)
    across.setContentsMargins(0, 0, 0, 0)
    across.setSpacing(6)
    for part in parts:
        widget, stretch = part if isinstance(part, tuple) else (part, 0)
        across.addWidget(widget, stretch)
    return row
