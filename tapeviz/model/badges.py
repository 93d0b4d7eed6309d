"""The small marks on nodes where a gradient became zero, or a number was no longer finite."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tapeviz.model.findings.listing import zeros_of_call
from tapeviz.model.findings.numbers import Numbers
from tapeviz.model.graph import OpGraph
from tapeviz.model.identity import Same
from tapeviz.model.recording import Finding, Recording
from tapeviz.model.subjects import call_of

KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """What is marked on a node (``0``, ``NaN``, ``∞``), at which op, and whether in its VJP."""

    text: str
    op: int
    is_backward: bool


def findings_shown(recording: Recording, graph: OpGraph) -> list[Finding]:
    """List what was found of the call that is shown, in whichever iteration of a loop it is; looked up once."""
    return list(_shown(Same(recording, graph)))


@lru_cache(maxsize=KEPT)
def _shown(same: Same) -> tuple[Finding, ...]:
    recording, graph = same.objects
    call = call_of(recording, graph.subject)
    here = (finding for finding in recording.findings if finding.folded_iteration is None)
    found = [finding for finding in here if finding.kind == "not_finite"]
    if call is not None and call.method == "gradient" and not graph.subject.row:
        found += zeros_of_call(Numbers(recording, {}), call)
    return tuple(found)


def badges_of(recording: Recording, graph: OpGraph) -> dict[str, Badge]:
    """Find the mark of each node, by its id."""
    holders = {op: node.id for node in graph.nodes for op in (*node.folded_ops, *node.ops)}
    badges: dict[str, Badge] = {}
    for finding in findings_shown(recording, graph):
        text = "0" if finding.kind == "zero" else "NaN" if "NaN" in finding.title else "∞"
        for op in finding.ops:
            if op in holders:
                badges.setdefault(holders[op], Badge(text=text, op=op, is_backward=finding.is_backward))
    return badges
