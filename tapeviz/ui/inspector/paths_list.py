"""The paths to the selected source: each one a row that can be pointed at, chosen, and gone through by key."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from tapeviz.model.identity import Same
from tapeviz.model.path_state import selected_paths
from tapeviz.model.path_words import heading_of, notes_of, product_text, symbols_text
from tapeviz.model.paths import SourcePaths
from tapeviz.model.state import AppState
from tapeviz.paint.fonts import MONO
from tapeviz.ui.inspector.sections import RichLabel, words
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress

RADIUS = 6


class PathsList(QWidget):
    """``Paths: 3 paths, sum = 45.00`` and the rows beneath; hidden where no source is selected."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._shown_for: tuple[object, ...] = ()
        self.rows: list[PathRow] = []
        self._head, self._foot = RichLabel(), RichLabel()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 10, 0, 4)
        self._column.setSpacing(3)
        self._column.addWidget(self._head)
        self._column.addWidget(self._foot)
        self.setVisible(False)

    def apply(self, state: AppState, dress: Dress) -> None:
        """Show the paths of the selection, and which of them is marked."""
        paths = selected_paths(state)
        self.setVisible(paths is not None)
        if paths is not None and self._shown_for != (Same(paths), dress):
            self._shown_for = (Same(paths), dress)
            self._show(state, paths, dress)
        for place, row in enumerate(self.rows):
            row.mark(is_chosen=place == state.selection.path, is_lit=place == state.selection.hovered_path)

    def _show(self, state: AppState, paths: SourcePaths, dress: Dress) -> None:
        theme = dress.theme
        title = words(self.tr("Paths"), dress, 13, theme.accent, weight=600)
        self._head.show_html(f"{title}&nbsp; {words(heading_of(paths), dress, 13, theme.ink)}")
        notes = "".join(f"<p>{words(note, dress, 13, theme.ink)}</p>" for note in notes_of(paths))
        self._foot.show_html(notes)
        while len(self.rows) < len(paths.paths):
            row = PathRow(len(self.rows), self._store)
            self._column.insertWidget(1 + len(self.rows), row)
            self.rows.append(row)
        assert state.graph is not None
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(paths.paths))
            if place < len(paths.paths):
                path = paths.paths[place]
                row.show_path(symbols_text(state.graph, path), product_text(path), dress, self._describe(place, paths))

    def _describe(self, place: int, paths: SourcePaths) -> str:
        return self.tr("Path {0} of {1}").format(place + 1, paths.count)


class PathRow(QFrame):
    """One path: its symbols, and its factors with their product."""

    def __init__(self, place: int, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._place = place
        self._dress: Dress | None = None
        self._is_chosen = self._is_lit = False
        self._label = RichLabel()
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 5, 8, 5)
        column.addWidget(self._label)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_path(self, symbols: str, product: str, dress: Dress, description: str) -> None:
        """Show another path."""
        theme = dress.theme
        self._dress = dress
        lines = words(symbols, dress, 14, theme.ink, weight=600), words(product, dress, 13, theme.backward, family=MONO)
        self._label.show_html("<br>".join(lines))
        self.setAccessibleName(f"{description}: {symbols}; {product}")

    def mark(self, *, is_chosen: bool, is_lit: bool) -> None:
        """Show whether it is the one on the picture."""
        if (self._is_chosen, self._is_lit) != (is_chosen, is_lit):
            self._is_chosen, self._is_lit = is_chosen, is_lit
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground of a chosen row, and the outline of one that is pointed at or has the keys."""
        if self._dress is None or not (self._is_chosen or self._is_lit or self.hasFocus()):
            return
        theme = self._dress.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(theme.accent_soft if self._is_chosen else theme.raised))
        painter.setPen(QPen(QColor(theme.accent if self._is_chosen or self.hasFocus() else theme.line), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose this path, or let it go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._store.execute("paths.show", path=self._place)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Light it up on the picture."""
        self._store.execute("paths.hover", path=self._place)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Light nothing up any more."""
        self._store.execute("paths.hover", path=None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._store.execute("paths.show", path=self._place)
        else:
            super().keyPressEvent(event)
