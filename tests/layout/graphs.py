"""Graphs built by hand: what a lecturer draws, and what tangles."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

from tapeviz.layout.sizes import LabelSize, PictureSizes
from tapeviz.model.graph import GraphEdge, GraphNode, NodeKind, OpGraph, Subject


def build(nodes: list[tuple[str, NodeKind, str]], links: list[tuple[str, str]]) -> OpGraph:
    made = tuple(
        GraphNode(
            id=name,
            kind=kind,
            symbol=symbol,
            title=symbol,
            op=k if kind == "op" else None,
            tensor=k,
            values=(k,),
            folded_ops=(),
            line=k + 1,
            is_recorded=True,
        )
        for k, (name, kind, symbol) in enumerate(nodes)
    )
    index: Counter[str] = Counter()
    edges = []
    for source, target in links:
        place = index[target]
        index[target] += 1
        edges.append(
            GraphEdge(
                id=f"{source}>{target}:{place}", source=source, target=target, tensor=0, op=None, input_index=place
            )
        )
    structure = ";".join(edge.id for edge in edges)
    return OpGraph(
        subject=Subject(call=0), is_folded=True, nodes=made, edges=tuple(edges), hidden_ops=(), structure=structure
    )


def quadratic() -> OpGraph:
    """The function of the reference picture: f(x, y) = x² + 3xy + y³."""
    return build(
        [
            ("x", "variable", "x"),
            ("y", "variable", "y"),
            ("sq", "op", "( )²"),
            ("m3", "op", "3×"),
            ("mul", "op", "×"),
            ("p1", "op", "+"),
            ("cu", "op", "( )³"),
            ("p2", "op", "+"),
            ("f", "target", "f"),
        ],
        [
            ("x", "sq"),
            ("x", "m3"),
            ("m3", "mul"),
            ("y", "mul"),
            ("sq", "p1"),
            ("mul", "p1"),
            ("y", "cu"),
            ("p1", "p2"),
            ("cu", "p2"),
            ("p2", "f"),
        ],
    )


def network(layers: int) -> OpGraph:
    """A chain of dense layers, each with its weights and bias."""
    nodes: list[tuple[str, NodeKind, str]] = [("X", "constant", "X")]
    links = []
    before = "X"
    for k in range(layers):
        nodes += [(f"W{k}", "variable", f"W{k}"), (f"b{k}", "variable", f"b{k}")]
        nodes += [(f"mm{k}", "op", "@"), (f"add{k}", "op", "+"), (f"act{k}", "op", "tanh")]
        links += [(before, f"mm{k}"), (f"W{k}", f"mm{k}"), (f"mm{k}", f"add{k}"), (f"b{k}", f"add{k}")]
        links.append((f"add{k}", f"act{k}"))
        before = f"act{k}"
    nodes += [("mean", "op", "mean"), ("L", "target", "L")]
    links += [(before, "mean"), ("mean", "L")]
    return build(nodes, links)


def chain(length: int) -> OpGraph:
    symbols = ["sin", "exp", "( )²", "√", "tanh"]
    nodes: list[tuple[str, NodeKind, str]] = [("x", "variable", "x")]
    nodes += [(f"o{k}", "op", symbols[k % len(symbols)]) for k in range(length)]
    nodes.append(("y", "target", "y"))
    names = [name for name, _, _ in nodes]
    return build(nodes, list(pairwise(names)))


def fan(width: int) -> OpGraph:
    """One variable that is used `width` times, and the uses summed up."""
    nodes: list[tuple[str, NodeKind, str]] = [("x", "variable", "x")]
    nodes += [(f"o{k}", "op", f"{k + 2}×") for k in range(width)]
    nodes += [(f"s{k}", "op", "+") for k in range(width - 1)]
    nodes.append(("y", "target", "y"))
    links = [("x", f"o{k}") for k in range(width)] + [("o0", "s0"), ("o1", "s0")]
    for k in range(1, width - 1):
        links += [(f"s{k - 1}", f"s{k}"), (f"o{k + 1}", f"s{k}")]
    return build(nodes, [*links, (f"s{width - 2}", "y")])


def shared_op() -> OpGraph:
    """An op whose result is used three times, once far away."""
    return build(
        [
            ("x", "variable", "x"),
            ("s", "op", "sin"),
            ("a", "op", "( )²"),
            ("b", "op", "exp"),
            ("c", "op", "×"),
            ("d", "op", "−"),
            ("y", "target", "y"),
        ],
        [("x", "s"), ("s", "a"), ("s", "b"), ("s", "c"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", "y")],
    )


def squared() -> OpGraph:
    """x · x: two edges between the same two nodes, and a node that nothing is linked to."""
    return build(
        [("x", "variable", "x"), ("z", "variable", "z"), ("m", "op", "×"), ("y", "target", "y")],
        [("x", "m"), ("x", "m"), ("m", "y")],
    )


def tangled(seed: int, ops: int = 18) -> OpGraph:
    """A random graph of a size that is still looked at number by number."""
    choose = random.Random(seed)
    nodes: list[tuple[str, NodeKind, str]] = [(f"v{k}", "variable", f"v{k}") for k in range(3)]
    links = []
    for k in range(ops):
        known = [name for name, _, _ in nodes]
        symbol = choose.choice(["+", "×", "−", "sin", "exp"])
        for _ in range(2 if symbol in "+×−" else 1):
            links.append((choose.choice(known[-6:] if choose.random() < 0.85 else known), f"o{k}"))
        nodes.append((f"o{k}", "op", symbol))
    links.append((f"o{ops - 1}", "y"))
    nodes.append(("y", "target", "y"))
    return build(nodes, links)


def sizes_of(graph: OpGraph, number: tuple[float, float] = (44.0, 14.0)) -> PictureSizes:
    """Sizes as the picture has them for scalars."""
    boxes = {"op": (52.0, 52.0), "target": (76.0, 60.0)}
    targets = {node.id for node in graph.nodes if node.kind == "target"}
    return PictureSizes(
        boxes={node.id: boxes.get(node.kind, (104.0, 72.0)) for node in graph.nodes},
        chips={node.id: (100.0, 26.0) for node in graph.nodes if node.kind in ("variable", "target")},
        labels={
            edge.id: LabelSize(value=number, cotangent=number) for edge in graph.edges if edge.target not in targets
        },
    )


def hub(length: int) -> OpGraph:
    """One variable that every op of a long chain uses."""
    nodes: list[tuple[str, NodeKind, str]] = [("x", "variable", "x")]
    nodes += [(f"o{k}", "op", "×") for k in range(length)]
    nodes.append(("y", "target", "y"))
    links = [("x", "o0")]
    for k in range(1, length):
        links += [(f"o{k - 1}", f"o{k}"), ("x", f"o{k}")]
    return build(nodes, [*links, (f"o{length - 1}", "y")])


def strands(count: int, length: int) -> OpGraph:
    """Several chains side by side that are summed at the end: every break cuts all of them."""
    nodes: list[tuple[str, NodeKind, str]] = [(f"x{k}", "variable", f"x{k}") for k in range(count)]
    links = []
    for k in range(count):
        before = f"x{k}"
        for place in range(length):
            nodes.append((f"o{k}.{place}", "op", "sin"))
            links.append((before, f"o{k}.{place}"))
            before = f"o{k}.{place}"
        links.append((before, "sum"))
    nodes += [("sum", "op", "+"), ("y", "target", "y")]
    return build(nodes, [*links, ("sum", "y")])
