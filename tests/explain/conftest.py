from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tapeviz.engine.runner import Engine
from tapeviz.engine.symbolic import derive
from tapeviz.model.explain import captions, inspect
from tapeviz.model.explanation import Caption, Inspection, SymbolicDerivative
from tapeviz.model.folding import build_graph
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import default_subject
from tapeviz.model.timeline import Timeline, build_timeline


@dataclass(frozen=True)
class Told:
    """A recorded lesson, and what is said of one of its subjects."""

    recording: Recording
    graph: OpGraph
    timeline: Timeline
    captions: tuple[Caption, ...]
    symbolic: tuple[SymbolicDerivative | None, ...]

    @property
    def texts(self) -> list[str]:
        return [caption.text for caption in self.captions]

    def backward(self, *beginnings: str) -> str:
        """The one sentence of the backward pass that begins like this."""
        told = [c.text for c in self.captions if c.heading.startswith("Backward") and c.text.startswith(beginnings)]
        assert len(told) == 1, told or self.texts
        return told[0]

    def node(self, symbol: str) -> str:
        return next(node.id for node in self.graph.nodes if node.symbol == symbol)

    def inspect(self, playhead: int, symbol: str | None = None) -> Inspection:
        node = None if symbol is None else self.node(symbol)
        return inspect(self.recording, self.graph, self.timeline, playhead, node, self.symbolic)

    def at(self, heading: str) -> int:
        return [caption.heading for caption in self.captions].index(heading)


Tell = Callable[..., Told]


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="session")
def tell(engine: Engine) -> Tell:
    def told(text: str, *, call: int | None = None, is_folded: bool = True) -> Told:
        recording = engine.run("lesson.py", f"# %%\nimport tensorflow as tf\n{text}").recording
        assert not recording.errors, recording.errors
        subject = default_subject(recording) if call is None else Subject(call=call)
        graph = build_graph(recording, subject, is_folded=is_folded)
        timeline = build_timeline(recording, graph)
        symbolic = derive(recording, subject.call) if subject.call is not None else ()
        return Told(recording, graph, timeline, captions(recording, graph, timeline), symbolic)

    return told
