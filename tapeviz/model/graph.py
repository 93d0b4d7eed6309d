"""The graph that is drawn: what the lecturer thinks of as the function, made from what the tape holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

NodeKind = Literal["variable", "watched", "constant", "op", "target", "group"]
GroupKind = Literal["layer", "scope", "function", "backward", "iteration", "line"]
Grouping = Literal["parts", "iterations", "lines", "none"]
"""What is grouped: layers, scopes, functions and inner backward passes; also iterations; also source lines; nothing."""


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
    opens : bool
        Whether what ran within its op can be gone into.
    members : tuple of int
        The drawn ops within a folded group, in the order in which they ran; empty for any other node.
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
    members: tuple[int, ...] = ()
    opens: bool = False

    @property
    def ops(self) -> tuple[int, ...]:
        """The ops that run, or whose VJPs are applied, at this node."""
        return self.members or (() if self.op is None else (self.op,))


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphEdge:
    """One edge: `tensor` flows from node `source` into input `input_index` of node `target`.

    `op` is the consuming op whose VJP sends the contribution of this edge back (None for the edge into the target
    node). `merged` lists all consuming ops and their input indices where the edge stands for several: those by which
    one tensor leads into a folded group.
    """

    id: str
    source: str
    target: str
    tensor: int
    op: int | None
    input_index: int
    merged: tuple[tuple[int, int], ...] = ()

    @property
    def consumers(self) -> tuple[tuple[int, int], ...]:
        """The ops that take the tensor along this edge, with their input indices."""
        return self.merged or (() if self.op is None else ((self.op, self.input_index),))


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphGroup:
    """A part of the picture that belongs together: a frame around its nodes, or folded into one node.

    Parameters
    ----------
    id : str
        The same for the same structure in every run; also the id of the node that it is when folded.
    kind : GroupKind
    title : str
        What the frame is called: ``Dense · hidden``, ``f``, ``backward of ∂y/∂x``.
    parent : str or None
        The group that it lies in.
    nodes : tuple of str
        The nodes that stand directly in its frame, groups folded within it among them; empty where it is folded.
    ops : tuple of int
        All drawn ops within it, at any depth.
    variables : tuple of int
        The tensors of the variables that are drawn within it, at any depth.
    line : int or None
        The line of the lesson that called it.
    """

    id: str
    kind: GroupKind
    title: str
    parent: str | None
    nodes: tuple[str, ...]
    ops: tuple[int, ...]
    variables: tuple[int, ...]
    line: int | None
    is_folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpGraph:
    """Nodes and edges of one subject, in the order in which they ran.

    `hidden_ops` are the folded plumbing. `groups` are those that can be seen, a group before what lies in it; those
    within a folded one are not listed.
    """

    subject: Subject
    is_folded: bool
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    hidden_ops: tuple[int, ...]
    structure: str
    groups: tuple[GraphGroup, ...] = ()


def structure_of(nodes: Sequence[GraphNode], edges: Sequence[GraphEdge], groups: Sequence[GraphGroup] = ()) -> str:
    """Give what is the same for every graph of the same form, whatever its numbers."""
    lines = [f"{node.id} {node.kind}" for node in nodes] + [f"{edge.id} {edge.source} {edge.target}" for edge in edges]
    lines += [f"{group.id} {group.is_folded} {' '.join(group.nodes)}" for group in groups]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
