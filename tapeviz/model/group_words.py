"""What is said of a group: the captions of its steps while it is folded, and the inspector's account of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tapeviz.model.explanation import Inspection, Row, Section
from tapeviz.model.graph import GraphEdge, GraphGroup
from tapeviz.model.group_folding import nodes_within
from tapeviz.model.numbers import format_value
from tapeviz.model.rules import symbol_of
from tapeviz.model.story import Story, called, joined, spoken
from tapeviz.model.subjects import name_of, source_name
from tapeviz.model.timeline import Step

MOST_SYMBOLS = 8
MOST_VARIABLES = 12
WAITING = "Not computed yet at this step."
KICKERS = {
    "layer": "LAYER",
    "scope": "NAME SCOPE",
    "function": "FUNCTION",
    "backward": "BACKWARD PASS OF AN INNER TAPE",
    "iteration": "ITERATION",
    "line": "LINE",
}


def forward_texts(story: Story, step: Step) -> list[str]:
    """Say that a folded group runs, the fullest text first."""
    node = story.nodes[step.group or ""]
    entering = {edge.source: edge for edge in story.edges_into(node.id)}
    takes = [spoken(story.value(edge.tensor)) for edge in entering.values()]
    made = [_called(story, tensor) for tensor in node.values]
    makes = f" and makes {joined(made)}" if made else ""
    many = f" and makes {len(made)} values" if len(made) > 1 else makes
    runs = f"{node.symbol} runs its {node.title}"
    if not takes:
        return [f"{runs}{makes}.", f"{runs}{many}.", f"{runs}."]
    return [
        f"{runs}: it takes {joined(takes)}{makes}.",
        f"{runs}: it takes {len(takes)} values{makes}.",
        f"{runs}: it takes {len(takes)} values{many}.",
        f"{runs}.",
    ]


def backward_texts(story: Story, step: Step, edges: Sequence[GraphEdge]) -> list[str]:
    """Say what the VJPs of a folded group send along `edges`, without a full stop; the fullest text first."""
    node = story.nodes[step.group or ""]
    is_again = any(other.group == step.group for other in story.timeline.steps[: step.index] if other.phase == "vjp")
    count = len(step.ops)
    vjps = f"{count} {'more ' if is_again else ''}VJP{'s' if count > 1 else ''}"
    sends = "send" if count > 1 else "sends"
    if not edges:
        stays = f"{vjps} {sends} shares that stay within it"
        return [f"{node.symbol}: {stays}", stays]
    sent = [f"{spoken(story.came_back(edge, step.index))} back to {story.name(edge.source)}" for edge in edges]
    return [
        f"{node.symbol}: {vjps} {sends} {joined(sent)}",
        f"{node.symbol}: {vjps} {sends} shares back to {len(edges)} nodes",
        f"{vjps} {sends} shares back to {len(edges)} nodes",
    ]


def _called(story: Story, tensor: int) -> str:
    name = story.lesson_name(tensor)
    return called(name, story.value(tensor)) if name else spoken(story.value(tensor))


def inspection_of_group(story: Story, playhead: int, group: GraphGroup) -> Inspection:
    """Account for a group, folded or not, as far as the playhead has come."""
    inside = nodes_within(story.graph, group)
    entering = [edge for edge in story.graph.edges if edge.target in inside and edge.source not in inside]
    leaving = [edge for edge in story.graph.edges if edge.source in inside and edge.target not in inside]
    has_run = max(story.forward_at.get(op, 0) for op in group.ops) <= playhead
    sections = [_forward(story, entering, leaving, has_run), *_holdings(story, group)]
    sections += _backward(story, playhead, group, entering)
    count = f"{len(group.ops)} ops" if len(group.ops) > 1 else "1 op"
    line = [] if group.line is None else [f"line {group.line}"]
    tensors = tuple(dict.fromkeys(edge.tensor for edge in leaving)) if has_run else ()
    return Inspection(
        kicker=KICKERS[group.kind],
        title=group.title,
        subtitle=" · ".join([count, *line, *(["folded"] if group.is_folded else [])]),
        sections=tuple(sections),
        tensors=tensors,
    )


def _forward(story: Story, entering: Sequence[GraphEdge], leaving: Sequence[GraphEdge], has_run: bool) -> Section:
    if not has_run:
        return Section(title="Forward", tone="forward", notes=(WAITING,))
    rows = [_row(story.name(edge.source), story, edge.tensor) for edge in {e.source: e for e in entering}.values()]
    for tensor in dict.fromkeys(edge.tensor for edge in leaving):
        rows.append(_row(f"= {story.lesson_name(tensor) or 'result'}", story, tensor, is_result=True))
    return Section(title="Forward", tone="forward", rows=tuple(rows))


def _row(label: str, story: Story, tensor: int, *, is_result: bool = False) -> Row:
    number = format_value(story.value(tensor))
    return Row(label=label, number=number, tone="forward", tensor=tensor, is_result=is_result)


def _holdings(story: Story, group: GraphGroup) -> list[Section]:
    """Tell the ops within it, and its variables."""
    kinds = Counter(symbol_of(story.op(op).type) for op in group.ops).most_common()
    listed = [symbol if count == 1 else f"{symbol} ({count})" for symbol, count in kinds[:MOST_SYMBOLS]]
    more = f" and {len(kinds) - MOST_SYMBOLS} kinds more" if len(kinds) > MOST_SYMBOLS else ""
    notes = [f"{', '.join(listed)}{more}"]
    rows = [_row(name_of(story.recording, tensor), story, tensor) for tensor in group.variables[:MOST_VARIABLES]]
    if len(group.variables) > MOST_VARIABLES:
        notes.append(f"{len(group.variables) - MOST_VARIABLES} more variables stand within it.")
    return [Section(title="Within", tone="plain", rows=tuple(rows), notes=tuple(notes))]


def _backward(story: Story, playhead: int, group: GraphGroup, entering: Sequence[GraphEdge]) -> list[Section]:
    if story.call is None:
        return []
    returned = [story.backward_at[op] for op in group.ops if op in story.backward_at]
    if not returned:
        notes: tuple[str, ...] = ("Nothing goes back through it in this gradient call.",)
        return [Section(title="Backward", tone="backward", notes=notes)]
    if min(returned) > playhead:
        return [Section(title="Backward", tone="backward", notes=(WAITING,))]
    rows = []
    for edge in entering:
        value = story.came_back(edge, playhead)
        if value is not None:
            rows.append(Row(label=f"to {story.name(edge.source)}", number=format_value(value), tone="backward"))
    rows += _own_gradients(story, playhead, group)
    notes = ("More VJPs of it are still to come.",) if max(returned) > playhead else ()
    return [Section(title="Backward", tone="backward", rows=tuple(rows), notes=notes)]


def _own_gradients(story: Story, playhead: int, group: GraphGroup) -> list[Row]:
    """List what was returned for the variables within it, once the backward pass is over."""
    if story.call is None or story.timeline.steps[playhead].phase != "result":
        return []
    target = story.target_name()
    found = [source for source in story.call.sources if source.tensor in group.variables][:MOST_VARIABLES]
    return [
        Row(
            label=f"∂{target}/∂{source_name(story.recording, source)}",
            number="None" if source.value is None else format_value(story.value(source.value)),
            tone="backward",
            is_result=True,
            tensor=source.value,
        )
        for source in found
    ]
