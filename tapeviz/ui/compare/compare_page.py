"""The graph alone, or two graphs side by side with the sentence about where they first differ."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from tapeviz.model.compare_state import SAME, Beside, beside, differing, right_state
from tapeviz.model.explain import caption
from tapeviz.model.state import AppState
from tapeviz.ui.graph.graph_view import GraphView
from tapeviz.ui.inspector.sections import RichLabel, words
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import Dress, dress_of

WIDE = 2.1
"""Above this ratio of width to height the pictures stand side by side, else one above the other."""


class ComparePage(QWidget):
    """Holds the graph; while something is compared, a second one beside it that follows the first."""

    def __init__(self, store: Executes, graph: GraphView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.left = graph
        self.right: GraphView | None = None
        self._right_shown: AppState | None = None
        self._left_title, self._right_title = _title(), _title()
        self.banner = Banner(store)
        self._right_holder = QWidget()
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        left_holder = QWidget()
        _hold(left_holder, self._left_title, graph)
        self._splitter.addWidget(left_holder)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self._splitter, 1)

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the graph, and beside it what it is held against."""
        right = beside(new)
        is_changed = (right is not None) != self.banner.isVisibleTo(self)
        for part in (self.banner, self._left_title):
            part.setVisible(right is not None)
        self.left.apply(old, new)
        self.left.mark_differences(frozenset() if right is None else differing(right, is_left=True))
        if right is None:
            self._right_holder.hide()
            self._right_shown = None
        else:
            self._show(new, right)
        if is_changed:
            self._turn()
            # The sizes are those of the next layout.
            QTimer.singleShot(0, self, self._fit)

    def _show(self, state: AppState, right: Beside) -> None:
        dress = dress_of(state.view)
        self.banner.show_comparison(right, dress)
        shown = right_state(state, right)
        _entitle(self._left_title, self.tr("Left"), right.left_title, state, dress)
        _entitle(self._right_title, self.tr("Right"), right.right_title, shown, dress)
        if self.right is None:
            self.right = GraphView(_RightStore(self._store))
            self.right.setAccessibleName(self.tr("Graph on the right"))
            _hold(self._right_holder, self._right_title, self.right)
            self._splitter.addWidget(self._right_holder)
            self._right_title.show()
        self._right_holder.show()
        before, self._right_shown = self._right_shown, shown
        self.right.apply(before, shown)
        self.right.mark_differences(differing(right, is_left=False))

    def _fit(self) -> None:
        sizes = [1000] * self._splitter.count()
        self._splitter.setSizes(sizes)
        for view in (self.left, self.right):
            if view is not None:
                view.show_readably()

    def _turn(self) -> None:
        is_wide = self.width() > WIDE * self.height()
        self._splitter.setOrientation(Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the pictures side by side where there is the width for it."""
        super().resizeEvent(event)
        self._turn()


class Banner(QFrame):
    """The sentences of a comparison, and the way out of it."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = RichLabel()
        self.text.setAccessibleName(self.tr("Comparison"))
        self.swap = QPushButton(self.tr("Change Sides"))
        self.swap.clicked.connect(lambda: store.execute("compare.swap"))
        self.leave = QPushButton(self.tr("Leave"))
        self.leave.setToolTip(self.tr("Let the picture stand alone again  (Esc)"))
        self.leave.clicked.connect(lambda: store.execute("compare.leave"))
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 6, 20, 8)
        row.setSpacing(8)
        row.addWidget(self.text, 1)
        for button in (self.swap, self.leave):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_comparison(self, right: Beside, dress: Dress) -> None:
        """Say where the sides first differ, forward and backward, and what comes out."""
        found, theme = right.comparison, dress.theme
        first = SAME if found.forward is None else found.forward.sentence
        rest = [found.backward.sentence if found.backward is not None else "", found.result]
        head = words(first, dress, 15, theme.accent, weight=600)
        below = words(" ".join(part for part in rest if part), dress, 13, theme.ink)
        self.text.show_html(f'<p style="margin:0 0 {dress.px(3)}px 0">{head}</p><p style="margin:0">{below}</p>')


class _RightStore:
    """Carries what is done on the right picture over to the left one; it is looked at, not arranged."""

    def __init__(self, store: Executes) -> None:
        self._store = store

    @property
    def state(self) -> AppState:
        """The state of the program."""
        return self._store.state

    def execute(self, command_id: str, **arguments: Any) -> None:
        """Select or light up the node on the left that stands for the one on the right."""
        right = beside(self._store.state)
        if right is None or command_id not in ("selection.select_node", "selection.hover_node"):
            return
        twins = {other: one for one, other in right.comparison.alignment.nodes.items()}
        self._store.execute(command_id, node=twins.get(arguments.get("node", "")))


def _title() -> QLabel:
    title = QLabel()
    title.setContentsMargins(24, 6, 24, 0)
    title.setTextFormat(Qt.TextFormat.RichText)
    title.hide()
    return title


def _entitle(label: QLabel, side: str, title: str, state: AppState, dress: Dress) -> None:
    if state.shown is None or state.graph is None or state.timeline is None:
        return
    step = caption(state.shown, state.graph, state.timeline, state.playhead).heading
    theme = dress.theme
    parts = (
        words(side, dress, 12, theme.muted, weight=600),
        words(title, dress, 14, theme.ink, weight=600),
        words(step, dress, 12, theme.muted),
    )
    html = "&nbsp;&nbsp;&nbsp;".join(parts)
    if label.text() != html:
        label.setText(html)


def _hold(holder: QWidget, title: QLabel, view: QWidget) -> None:
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(title)
    column.addWidget(view, 1)
