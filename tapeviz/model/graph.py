"""The graph that is drawn: what the lecturer thinks of as the function, made from what the tape holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NodeKind = Literal["variable", "watched", "constant", "op", "target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is looked at: one gradient call, or a tape that no call was made on, or (neither) all ops that ran.

    `row` is the row of a Jacobian, None for the first; `accumulator` is a forward mode in place of a call.
    """

    call: int | None = None
    tape: int | None = None
    row: int | None = None
    accumulator: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """One node of the picture.

    Parameters
    ----------
    id : str
        The same for the same structure in every run (``"variable:x"``, ``"op:Mul:2"``), so that positions can be kept.
    kind : NodeKind
    symbol : str
        What is written in it: the mathematical symbol of an op (``×``, ``( )²``), or a variable's name.
    title : str
        The full TensorFlow name for the tooltip (``Mul``), or the role in words.
    op : int or None
        The op it stands for; None for variables, constants and the target.
    tensor : int or None
        The tensor it stands for; None for ops with several outputs.
    values : tuple of int
        Tensors any of which shows this node's value (a variable and its reads).
    folded_ops : tuple of int
        The plumbing ops that are not drawn but stand behind this node.
    is_recorded : bool
        False for an op that ran but that the tape does not hold: drawn grey and dashed.
    """

    id: str
    kind: NodeKind
    symbol: str
    title: str
    op: int | None
    tensor: int | None
    values: tuple[int, ...]
    folded_ops: tuple[int, ...]
    line: int | None
    is_recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphEdge:
    """One edge: `tensor` flows from node `source` into input `input_index` of node `target`.

    `op` is the consuming op whose VJP sends the contribution of this edge back (None for the edge into the target
    node). `order` places the edges of one node: the input index at its head.
    """

    id: str
    source: str
    target: str
    tensor: int
    op: int | None
    input_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpGraph:
    """Nodes and edges of one subject, in the order in which they ran. `hidden_ops` are the folded plumbing."""

    subject: Subject
    is_folded: bool
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    hidden_ops: tuple[int, ...]
    structure: str
