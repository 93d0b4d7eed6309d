"""The middle of the window: graph, descent, steps, output and tapes under their tabs, and the iterations of a loop."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from tapeviz.model.state import AppState, Tab
from tapeviz.ui.compare.compare_page import ComparePage
from tapeviz.ui.descent.descent_page import DescentPage
from tapeviz.ui.findings import FindingsButton
from tapeviz.ui.graph.breadcrumb import Breadcrumb
from tapeviz.ui.graph.graph_view import GraphView
from tapeviz.ui.output import OutputPane
from tapeviz.ui.playback.iteration_bar import IterationBar
from tapeviz.ui.playback.row_bar import RowBar
from tapeviz.ui.playback.step_table import StepTable
from tapeviz.ui.store import Executes
from tapeviz.ui.tape_list import TapeList

TABS: tuple[Tab, ...] = ("graph", "descent", "steps", "output", "tapes")

ZOOM = 1.25
"""How much nearer one press of a key brings the landscape."""


class Centre(QWidget):
    """Holds the pages and shows the one that the state names."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.setObjectName("centre")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.graph = GraphView(store)
        self.descent = DescentPage(store)
        self.steps = StepTable(store)
        self.output = OutputPane(store)
        self.tapes = TapeList(store)
        self.iterations = IterationBar(store)
        self.rows = RowBar(store)
        self.breadcrumb = Breadcrumb(store)
        self.findings = FindingsButton(store)
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName(self.tr("Views"))
        self._pages = QStackedWidget()
        self._pages.setObjectName("pages")
        self.pair = ComparePage(store, self.graph)
        pages = (
            (self.tr("Graph"), self.pair),
            (self.tr("Descent"), self.descent),
            (self.tr("Steps"), self.steps),
            (self.tr("Output"), self.output),
            (self.tr("Tapes"), self.tapes),
        )
        for title, page in pages:
            self.tabs.addTab(title)
            self._pages.addWidget(page)
        self.tabs.currentChanged.connect(lambda place: store.execute("view.set_tab", tab=TABS[place]))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addWidget(self.breadcrumb)
        column.addWidget(self._pages, 1)
        column.addWidget(self.iterations)

    def _head(self) -> QHBoxLayout:
        """Lay out what stands over the pages: tabs, findings and, of a Jacobian, its rows."""
        head = QHBoxLayout()
        head.setContentsMargins(18, 4, 0, 0)
        head.addWidget(self.tabs)
        head.addStretch(1)
        head.addWidget(self.findings)
        head.addSpacing(14)
        head.addWidget(self.rows)
        return head

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the page and pass the state on to what it holds."""
        place = TABS.index(new.view.tab)
        with QSignalBlocker(self.tabs):
            self.tabs.setCurrentIndex(place)
        self._pages.setCurrentIndex(place)
        failed = new.failure is not None
        printed = bool(new.engine.output.strip() or new.engine.figures)
        mark = " !" if failed else (" •" if printed else "")
        title = self.tr("Output") + mark
        if self.tabs.tabText(TABS.index("output")) != title:
            # Setting it, even to what it is, has the whole window laid out anew.
            self.tabs.setTabText(TABS.index("output"), title)
        self.pair.apply(old, new)
        self.descent.apply(old, new)
        self.steps.apply(old, new)
        self.output.apply(old, new)
        self.tapes.apply(old, new)
        self.iterations.apply(old, new)
        if new.view.tab == "descent":
            # The clock of the race is the only one there.
            self.iterations.hide()
        self.rows.apply(old, new)
        self.breadcrumb.apply(old, new)
        self.findings.apply(old, new)

    def take_keys(self) -> None:
        """Let the keys go to the picture that is in front."""
        front = self.descent if self._is_descent else self.graph
        front.setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self) -> None:
        """Show the whole graph, or all trajectories on the landscape."""
        if self._is_descent:
            self._store.execute("descent.fit_landscape")
        else:
            self.graph.fit()

    def zoom_in(self) -> None:
        """See what is in front from nearer."""
        if self._is_descent:
            self._store.execute("descent.zoom", factor=1 / ZOOM)
        else:
            self.graph.zoom_in()

    def zoom_out(self) -> None:
        """See more of what is in front."""
        if self._is_descent:
            self._store.execute("descent.zoom", factor=ZOOM)
        else:
            self.graph.zoom_out()

    @property
    def _is_descent(self) -> bool:
        return self._store.state.view.tab == "descent"
