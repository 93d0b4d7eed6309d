from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tapeviz.commands.looking import looking_at
from tapeviz.commands.outcome import Outcome
from tapeviz.model.graph import OpGraph
from tapeviz.model.state import AppState, ViewState
from tapeviz.model.subjects import subjects
from tapeviz.paint.fonts import load_fonts
from tapeviz.ui.graph.graph_view import GraphView
from tapeviz.ui.store import Store
from tests.paint.recorded import recorded


class PromptStore(Store):
    """The store as it is, but it tells of each change at once, so that a test can look after every act."""

    def take(self, step: Callable[[AppState], Outcome]) -> None:
        super().take(step)
        self.tell()


@dataclass(frozen=True)
class Canvas:
    """A graph view with a real store behind it."""

    store: Store
    view: GraphView

    @property
    def state(self) -> AppState:
        return self.store.state

    @property
    def graph(self) -> OpGraph:
        assert self.state.graph is not None
        return self.state.graph

    @property
    def last(self) -> int:
        assert self.state.timeline is not None
        return self.state.timeline.last

    @property
    def visible_area(self) -> QRectF:
        """What of the scene can be seen."""
        return self.view.mapToScene(self.view.viewport().rect()).boundingRect()

    def label(self, name: str) -> QLabel:
        found = self.view.findChild(QLabel, name)
        assert isinstance(found, QLabel)
        return found

    def node(self, symbol: str) -> str:
        return next(node.id for node in self.graph.nodes if node.symbol == symbol)

    def place(self, node: str) -> QPoint:
        """Where a node is in the viewport."""
        assert self.view.painter is not None
        box = self.view.painter.layout.nodes[node]
        return self.view.mapFromScene(QPointF(box.x, box.y))

    def empty_place(self) -> QPoint:
        return QPoint(6, self.view.viewport().height() - 6)

    def show(self, name: str) -> None:
        """Look at another recording, as a run of the lesson does."""
        recording = recorded(name).recording
        self.change(looking_at(self.state, recording, subjects(recording)[-1]))

    def change(self, state: AppState) -> None:
        """Put another state in the place of the one there is."""
        self.store.take(lambda _: Outcome(state=state))


@pytest.fixture
def canvas_of(qtbot: QtBot) -> Iterator[Callable[..., Canvas]]:
    load_fonts()
    made: list[Canvas] = []

    def make(lesson: str | None = "quadratic", view: ViewState | None = None) -> Canvas:
        state = AppState(view=view or ViewState())
        if lesson is not None:
            recording = recorded(lesson).recording
            state = looking_at(state, recording, subjects(recording)[-1])
        store = PromptStore(state, lambda request: None)
        view_of_graph = GraphView(store)
        qtbot.addWidget(view_of_graph)
        view_of_graph.resize(1000, 640)
        store.changed.connect(view_of_graph.apply)
        view_of_graph.apply(None, store.state)
        with qtbot.waitExposed(view_of_graph):
            view_of_graph.show()
        made.append(Canvas(store=store, view=view_of_graph))
        return made[-1]

    yield make
    for canvas in made:
        canvas.view.close()


@pytest.fixture
def canvas(canvas_of: Callable[..., Canvas]) -> Canvas:
    return canvas_of()
