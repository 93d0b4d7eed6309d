"""The row of buttons over everything: run, step, play, which call."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from tapeviz.commands.playback import is_playing
from tapeviz.model.descent_words import pace_mark
from tapeviz.model.scrubbing import representative
from tapeviz.model.state import AppState
from tapeviz.model.subjects import distinct_subjects, subject_title, whole_of
from tapeviz.paint.icons import icon
from tapeviz.paint.theme import Theme, theme_of
from tapeviz.ui.actions import Actions
from tapeviz.ui.store import Executes

ICON = 16


class CallBox(QComboBox):
    """A list of calls that takes long titles out of their middle: what is differentiated and the line stay."""

    def shown_text(self) -> str:
        """What there is room for of the chosen title."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self)
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideMiddle, room.width() - 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box with the title that fits."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown_text()
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class TopBar(QWidget):
    """Buttons of the command table's actions, and the selector of gradient calls."""

    def __init__(self, store: Executes, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icons: list[tuple[QPushButton | QToolButton, str]] = []
        self._run = self._push(actions["run.run"], "run")
        self._run.setObjectName("run")
        self._stop = self._push(actions["run.stop"], "stop")
        steps = [
            self._tool(actions[f"playback.{name}"], picture)
            for name, picture in (
                ("first", "first"),
                ("step_back", "back"),
                ("step_forward", "forward"),
                ("last", "last"),
            )
        ]
        self._play = self._push(actions["playback.toggle_play"], "play")
        self._speed = self._push(actions["playback.change_speed"], None)
        self._call = CallBox()
        self._call.setAccessibleName(self.tr("Gradient call"))
        self._call.setMinimumWidth(160)
        self._call.setMaximumWidth(280)
        self._call.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._call.activated.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(8)
        for button in (self._run, self._stop):
            row.addWidget(button)
        row.addStretch(1)
        for tool in steps:
            row.addWidget(tool)
        row.addSpacing(8)
        for control in (self._play, self._speed, self._call):
            row.addWidget(control)
        row.addStretch(1)
        row.addWidget(self._push(actions["view.fit"], "fit"))
        row.addWidget(self._push(actions["present.toggle"], "present"))
        row.addWidget(self._push(actions["file.export_figure"], "figure"))
        self._theme: Theme | None = None

    def _push(self, action: QAction, picture: str | None) -> QPushButton:
        button = QPushButton(action.text().split("\t")[0].rstrip("…"))
        self._bind(button, action, picture)
        return button

    def _tool(self, action: QAction, picture: str) -> QToolButton:
        button = QToolButton()
        self._bind(button, action, picture)
        return button

    def _bind(self, button: QPushButton | QToolButton, action: QAction, picture: str | None) -> None:
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text().split("\t")[0])
        # A clicked button must not take the keys away from the picture.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setIconSize(QSize(ICON, ICON))
        button.clicked.connect(action.trigger)
        button.setEnabled(action.isEnabled())
        action.enabledChanged.connect(button.setEnabled)
        if picture:
            self._icons.append((button, picture))

    def _choose(self, place: int) -> None:
        self._store.execute("view.show_subject", subject=self._call.itemData(place))

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the calls of the recording, the speed, and the theme's icons."""
        theme = theme_of(new.view.theme)
        if theme is not self._theme or old is None or is_playing(old) != is_playing(new):
            self._theme = theme
            self._set_icons(theme, is_paused_next=is_playing(new))
        is_descent = new.view.tab == "descent"
        speed = pace_mark(new.descent.pace) if is_descent else f"{new.view.speed:g}×"
        play = self.tr("Pause") if is_playing(new) else self.tr("Race") if is_descent else self.tr("Play")
        for button, text in ((self._speed, speed), (self._play, play)):
            if button.text() != text:
                button.setText(text)
        if old is None or old.looked_into is not new.looked_into:
            self._fill(new)
        if old is None or old.subject != new.subject or old.shown is not new.shown:
            with QSignalBlocker(self._call):
                self._call.setCurrentIndex(self._place_of(new))
            self._call.setToolTip(self.tr("Which gradient call is looked at: {0}").format(self._call.currentText()))

    def _set_icons(self, theme: Theme, *, is_paused_next: bool) -> None:
        for button, picture in self._icons:
            name = "pause" if button is self._play and is_paused_next else picture
            is_dark = theme.canvas < "#8"
            on_accent = theme.canvas if is_dark else theme.raised
            button.setIcon(icon(name, on_accent if button is self._run else theme.ink))

    def _fill(self, state: AppState) -> None:
        titles = []
        into = state.looked_into
        if into is not None:
            titles = [(subject_title(into, subject), subject) for subject in distinct_subjects(into)]
        shown = [self._call.itemText(place) for place in range(self._call.count())]
        with QSignalBlocker(self._call):
            if shown != [title for title, _ in titles]:
                self._call.clear()
                for title, subject in titles:
                    self._call.addItem(title, subject)
            self._call.setEnabled(len(titles) > 0)

    def _place_of(self, state: AppState) -> int:
        """The row of the shown call; a loop stands in one row, whichever of its iterations is shown."""
        if state.subject is None:
            return -1
        listed = [self._call.itemData(place) for place in range(self._call.count())]
        wanted = [whole_of(state.subject)]
        if state.iteration is not None and state.looked_into is not None:
            wanted += [representative(state.looked_into, state.subject, k) for k in (state.iteration, 0)]
        return next((listed.index(subject) for subject in wanted if subject in listed), -1)
