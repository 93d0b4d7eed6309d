from __future__ import annotations

import subprocess
import sys
import threading

from tapeviz.layout.service import MAX_INLINE_NODES, Answer, Arrangement, LayoutService, arrange
from tests.layout.graphs import chain, hub, quadratic, sizes_of

PATIENCE = 60.0


def test_a_small_graph_is_answered_at_once() -> None:
    answers: list[Answer] = []
    service = LayoutService()
    service.request(quadratic(), sizes_of(quadratic()), "right", answers.append)
    assert answers == [arrange(quadratic(), sizes_of(quadratic()), "right")]
    assert not service.is_busy


def test_a_large_graph_is_answered_from_another_process_with_the_same_layout() -> None:
    graph = chain(MAX_INLINE_NODES + 10)
    arrived = threading.Event()
    answers: list[Answer] = []

    def take(answer: Answer) -> None:
        answers.append(answer)
        arrived.set()

    service = LayoutService()
    service.request(graph, sizes_of(graph), "right", take)
    assert service.is_busy
    assert answers == []
    assert arrived.wait(PATIENCE)
    assert answers == [arrange(graph, sizes_of(graph), "right")]
    service.close()


def test_few_nodes_with_long_edges_are_a_large_graph_too() -> None:
    graph = hub(60)
    assert len(graph.nodes) < MAX_INLINE_NODES
    answers: list[Answer] = []
    service = LayoutService()
    service.request(graph, sizes_of(graph), "right", answers.append)
    assert service.is_busy
    service.close()
    assert answers == []


def test_a_new_request_takes_the_place_of_the_one_under_way() -> None:
    large = chain(MAX_INLINE_NODES + 10)
    answers: list[Answer] = []
    service = LayoutService()
    service.request(large, sizes_of(large), "right", answers.append)
    service.request(quadratic(), sizes_of(quadratic()), "right", answers.append)
    assert len(answers) == 1
    assert isinstance(answers[0], Arrangement)
    assert set(answers[0].layout.nodes) == {node.id for node in quadratic().nodes}
    service.cancel()
    assert not service.is_busy
    assert len(answers) == 1


def test_the_layout_room_is_light() -> None:
    code = "import sys, tapeviz.layout.service; print({'tensorflow', 'PySide6'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert run.stdout.strip() == "set()"
