"""What was found in a run: a small button over the canvas, and the list that it opens."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QToolButton, QVBoxLayout, QWidget

from tapeviz.commands.findings import findings_of, searched
from tapeviz.model.finding_words import mends_for
from tapeviz.model.recording import Finding
from tapeviz.model.state import AppState
from tapeviz.ui.inspector.sections import RichLabel, words
from tapeviz.ui.mending import MendRow
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of

WIDTH = 430
MOST_HEIGHT = 540
RADIUS = 8


class FindingsButton(QToolButton):
    """Says how much was found, and opens the list of it; hidden where nothing was."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.list = FindingsList(store, self)
        self.setObjectName("findings")
        self.setToolTip(self.tr("Gradients that are None or zero, NaNs and warnings of this run  (F8: the next one)"))
        self.clicked.connect(self.open)
        self.hide()

    def apply(self, _old: AppState | None, new: AppState) -> None:
        """Show how much was found in the last run."""
        count = len(findings_of(new))
        self.setVisible(count > 0)
        if count:
            text = self.tr("1 finding") if count == 1 else self.tr("{0} findings").format(count)
            self.setText(text)
            self.setAccessibleName(text)
        else:
            self.list.hide()

    def open(self) -> None:
        """Open the list under the button."""
        self.list.fill(self._store.state)
        corner = self.mapToGlobal(QPoint(self.width() - self.list.width(), self.height() + 4))
        self.list.move(corner)
        self.list.show()
        self.list.take_focus()


class FindingsList(QFrame):
    """The findings under each other; a click or Enter goes to one, Esc closes the list."""

    def __init__(self, store: Executes, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._store = store
        self.setObjectName("findingsList")
        self.setAccessibleName(self.tr("Findings"))
        self.cards: list[FindingCard] = []
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self._area)

    def fill(self, state: AppState) -> None:
        """Show the findings of a state, and be as high as they are."""
        dress = dress_of(state.view)
        body = QWidget()
        body.setObjectName("findingsBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        self.cards = [
            FindingCard(self._store, state, place, finding, dress) for place, finding in enumerate(findings_of(state))
        ]
        for card in self.cards:
            card.gone_to.connect(self.hide)
            column.addWidget(card)
        column.addStretch(1)
        self._area.setWidget(body)
        width = dress.px(WIDTH)
        height = column.heightForWidth(width - 2) if column.hasHeightForWidth() else body.sizeHint().height()
        self.setFixedSize(width, min(height + 4, dress.px(MOST_HEIGHT)))

    def take_focus(self) -> None:
        """Give the keys to the finding that was gone to last, or else the first one."""
        chosen = self._store.state.selection.finding or 0
        if self.cards:
            self.cards[min(chosen, len(self.cards) - 1)].setFocus(Qt.FocusReason.PopupFocusReason)


class FindingCard(QFrame):
    """One finding: what is the matter, why, and what can be done about it."""

    gone_to = Signal()

    def __init__(self, store: Executes, state: AppState, place: int, finding: Finding, dress: Dress) -> None:
        super().__init__()
        self._store, self._place, self._theme = store, place, dress.theme
        self._is_lit = False
        self._label = RichLabel()
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._label.show_html(self._words(finding, dress))
        self.mends = MendRow()
        self.mends.serve(store)
        is_usable = state.recording is not None and state.lesson.text == state.recording.source.text
        # A mend is worked out for the script of the run; the tape of an iterate is not in it.
        is_of_run = state.recording is not None and searched(state) is state.recording
        mends = mends_for(state.recording, finding) if state.recording is not None and is_of_run else ()
        self.mends.show_mends(mends, is_usable=is_usable)
        for button in self.mends.buttons:
            button.clicked.connect(self.gone_to)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addWidget(self._label)
        column.addWidget(self.mends)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(finding.title)
        self.setAccessibleDescription(f"{finding.message} {finding.fix}")

    def _words(self, finding: Finding, dress: Dress) -> str:
        theme = dress.theme
        place = self.tr("line {0}").format(finding.line) if finding.line else ""
        if finding.times > 1:
            place = " \u00b7 ".join(part for part in (place, self.tr("{0} times").format(finding.times)) if part)
        title = words(finding.title, dress, 14, theme.bad, weight=600)
        return (
            f"<p>{title}&nbsp;&nbsp; {words(place, dress, 12, theme.muted)}</p>"
            f"<p>{words(finding.message, dress, 13, theme.ink)}</p>"
            f"<p>{words(finding.fix, dress, 13, theme.muted)}</p>"
        )

    def go(self) -> None:
        """Go to the finding, and close the list."""
        self.gone_to.emit()
        self._store.execute("findings.show", finding=self._place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go to the finding that is clicked."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the finding on Enter; Up and Down walk through the list."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.go()
        elif event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Light up."""
        super().enterEvent(event)
        self._is_lit = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Light up no more."""
        super().leaveEvent(event)
        self._is_lit = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground of the finding that is pointed at, and a frame around the one that has the keys."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        has_focus = self.hasFocus()
        painter.setPen(QPen(QColor(self._theme.accent if has_focus else self._theme.line), 1.4 if has_focus else 1))
        painter.setBrush(QColor(self._theme.accent_soft if self._is_lit else self._theme.raised))
        painter.drawRoundedRect(area, RADIUS, RADIUS)
