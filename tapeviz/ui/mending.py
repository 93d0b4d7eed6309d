"""Buttons that mend: each changes the script in the way it says, and runs it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from tapeviz.model.mending import Mend
from tapeviz.ui.store import Executes

MOST_SHOWN = 3


class MendRow(QWidget):
    """The place in the script and the mends of one trouble; hidden where there are none."""

    mend_wanted = Signal(str)
    line_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        self.place = QPushButton()
        self.place.setObjectName("link")
        self.place.clicked.connect(self._go)
        self.buttons: list[QPushButton] = []
        self._mends: tuple[Mend, ...] = ()
        self._line: int | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 2, 0, 2)
        self._column.setSpacing(6)
        self._column.addWidget(self.place, 0, Qt.AlignmentFlag.AlignLeft)
        self.setVisible(False)

    def serve(self, store: Executes) -> None:
        """Let the buttons act on a store."""
        self.mend_wanted.connect(lambda text: store.execute("lesson.apply_mend", text=text))
        self.line_wanted.connect(lambda line: store.execute("selection.show_line", line=line))

    def show_mends(self, mends: Sequence[Mend], line: int | None = None, *, is_usable: bool = True) -> None:
        """Show other mends; where the script has changed since, they cannot be used any more."""
        shown = (tuple(mends), line, is_usable)
        if shown == self._shown:
            return
        self._shown, self._mends, self._line = shown, tuple(mends[:MOST_SHOWN]), line
        while len(self.buttons) < len(self._mends):
            self._add_button()
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(self._mends))
            if place < len(self._mends):
                mend = self._mends[place]
                button.setText(self.tr("Mend: {0}").format(mend.title))
                button.setToolTip(mend.sentence)
                button.setAccessibleDescription(mend.sentence)
                button.setEnabled(is_usable)
        self.place.setVisible(line is not None)
        if line is not None:
            self.place.setText(self.tr("Show line {0}").format(line))
        self.setVisible(bool(self._mends) or line is not None)

    def _add_button(self) -> None:
        button = QPushButton()
        place = len(self.buttons)
        button.clicked.connect(lambda _checked=False, place=place: self._mend(place))
        self.buttons.append(button)
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def _mend(self, place: int) -> None:
        self.mend_wanted.emit(self._mends[place].text)

    def _go(self) -> None:
        if self._line is not None:
            self.line_wanted.emit(self._line)
