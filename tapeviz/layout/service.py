"""Layouts without waiting: small graphs at once, large ones in a process that can be killed."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from tapeviz.layout.geometry import GraphLayout
from tapeviz.layout.graph_layout import layout_graph
from tapeviz.layout.labels import LabelPlacement, place_labels
from tapeviz.layout.layers import LayoutError, depths
from tapeviz.layout.sizes import Direction, PictureSizes
from tapeviz.model.graph import OpGraph

MAX_INLINE_NODES = 150
MAX_INLINE_PASSAGES = 800
"""How many layers all edges together may pass in a graph that is laid out at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Where everything of one picture goes."""

    layout: GraphLayout
    labels: LabelPlacement


Answer = Arrangement | LayoutError


def arrange(graph: OpGraph, sizes: PictureSizes, direction: Direction) -> Arrangement:
    """Lay out a graph and place its numbers.

    Raises
    ------
    LayoutError
        Where the graph is too entangled to be drawn.
    """
    layout = layout_graph(graph, sizes, direction=direction)
    return Arrangement(layout=layout, labels=place_labels(graph, layout, sizes, direction=direction))


class LayoutService:
    """Answers one request at a time; a new one, `cancel` and `close` kill what still runs."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._is_busy = False
        self._generation = 0
        self._lock = threading.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._is_busy

    def request(
        self, graph: OpGraph, sizes: PictureSizes, direction: Direction, callback: Callable[[Answer], None]
    ) -> None:
        """Ask for an arrangement.

        Parameters
        ----------
        graph : OpGraph
        sizes : PictureSizes
        direction : ``"right"`` or ``"down"``
        callback : callable
            Is given the answer once: before this returns for a small graph, from another thread for a large one, and
            not at all where the request was cancelled.
        """
        self.cancel()
        if not _is_large(graph):
            callback(_answer(graph, sizes, direction))
            return
        with self._lock:
            self._is_busy = True
            generation = self._generation
        # Starting a process and handing a large graph over takes longer than the window may wait.
        ask = (graph, sizes, direction)
        threading.Thread(target=self._work_out, args=(ask, generation, callback), daemon=True).start()

    def cancel(self) -> None:
        """Give up the request that is under way, if any; its callback is not called any more."""
        with self._lock:
            self._generation += 1
            self._is_busy = False
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join()

    def close(self) -> None:
        """End; the service can be asked again all the same."""
        self.cancel()

    def _work_out(
        self, ask: tuple[OpGraph, PictureSizes, Direction], generation: int, callback: Callable[[Answer], None]
    ) -> None:
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(sender, *ask), daemon=True)
        process.start()
        sender.close()
        with self._lock:
            is_wanted = generation == self._generation
            if is_wanted:
                self._process = process
        if not is_wanted:
            process.kill()
        answer = _received(receiver)
        process.join()
        with self._lock:
            if generation != self._generation:
                return
            self._process, self._is_busy = None, False
        callback(answer)


def _received(receiver: Connection) -> Answer:
    with receiver:
        try:
            answer: Answer = receiver.recv()
        except (EOFError, OSError):
            return LayoutError("The layout of this graph was lost; run the lesson again.")
    return answer


def _is_large(graph: OpGraph) -> bool:
    if len(graph.nodes) > MAX_INLINE_NODES:
        return True
    try:
        depth = depths(graph)
    except LayoutError:
        return False
    return sum(depth[edge.target] - depth[edge.source] - 1 for edge in graph.edges) > MAX_INLINE_PASSAGES


def _answer(graph: OpGraph, sizes: PictureSizes, direction: Direction) -> Answer:
    try:
        return arrange(graph, sizes, direction)
    except LayoutError as error:
        return error


def _work(sender: Connection, graph: OpGraph, sizes: PictureSizes, direction: Direction) -> None:
    with sender:
        sender.send(_answer(graph, sizes, direction))
