"""Finding things in the graph by what they are called, also where they are folded into a group."""

from __future__ import annotations

from tapeviz.model.graph import OpGraph


def found_in(graph: OpGraph, text: str) -> list[str]:
    """List the nodes and groups whose name, symbol or op type is `text`, or else those that hold it somewhere.

    Parameters
    ----------
    graph : OpGraph
        With all its groups unfolded, so that what is folded on the canvas is found too.
    text : str
    """
    words = text.strip().casefold()
    if not words:
        return []
    names = [(node.id, node.symbol, node.title) for node in graph.nodes]
    names += [(group.id, group.title, group.title) for group in graph.groups]
    exact = [name for name, symbol, title in names if words in (symbol.casefold(), title.casefold())]
    return exact or [name for name, symbol, title in names if words in f"{symbol} {title} {name}".casefold()]
