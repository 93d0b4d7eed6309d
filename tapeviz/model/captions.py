"""The sentence under the picture: what happens in a step as a good lecturer would say it, in TensorFlow's numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tapeviz.model.explanation import Caption, Tone
from tapeviz.model.finding_words import told_in_result
from tapeviz.model.forward_words import forward_texts as tangent_texts
from tapeviz.model.forward_words import result_texts, seed_text
from tapeviz.model.graph import GraphEdge, GraphNode
from tapeviz.model.group_words import backward_texts, forward_texts
from tapeviz.model.numbers import format_value
from tapeviz.model.recording import GradientCall, Op, Source
from tapeviz.model.shares import share_texts
from tapeviz.model.story import Story, called, is_scalar, joined, spoken
from tapeviz.model.subjects import name_of, row_position, source_name
from tapeviz.model.tensor import TensorValue
from tapeviz.model.timeline import Step
from tapeviz.model.updates import arithmetic_of

LONGEST = 140
"""Characters that fit on one line of the caption at 19 px in a window 1366 px wide, or on two at most."""

LONGEST_RESULT = 230
"""The result, which names every source and says why one is None, may take two lines."""

MAX_LISTED = 3


def caption_of(story: Story, playhead: int) -> Caption:
    """Say what happens in one step.

    Raises
    ------
    IndexError
        Where the timeline has no such step.
    """
    step = story.timeline.steps[playhead]
    match step.phase:
        case "start":
            return Caption(heading="Start", text=_start_text(story), tone="plain")
        case "tangents":
            text = "" if story.accumulator is None else seed_text(story, story.accumulator)
            return Caption(heading="Tangents", text=text, tone="tangent")
        case "forward":
            count, total = story.place_of(step), story.timeline.forward_count
            return Caption(heading=f"Forward {count} of {total}", text=_forward_text(story, step), tone="forward")
        case "seed":
            return Caption(heading="Seed", text=_seed_text(story), tone="backward")
        case "vjp":
            count, total = story.place_of(step), story.timeline.backward_count
            return Caption(heading=f"Backward {count} of {total}", text=_backward_text(story, step), tone="backward")
        case "result":
            return Caption(heading="Result", text=_result_text(story), tone=_result_tone(story))
        case "assign":
            count, total = story.place_of(step), story.timeline.update_count
            heading = "Assign" if total == 1 else f"Assign {count} of {total}"
            return Caption(heading=heading, text=_update_text(story, step), tone="accent")


def _start_text(story: Story) -> str:
    given = [node for node in story.graph.nodes if node.kind in {"variable", "watched"}]
    held = {tensor for group in story.graph.groups if group.is_folded for tensor in group.variables}
    if held:
        return _start_of_folded(given, len(held))
    if not given:
        return "Nothing is computed yet, and the tape watches nothing."
    values = [called(node.symbol, story.node_value(node)[1]) for node in given]
    named = joined(values) if len(given) <= MAX_LISTED else f"{joined([node.symbol for node in given[:6]])}"
    more = f" and {len(given) - 6} more" if len(given) > 6 else ""
    verb = "is" if len(given) == 1 else "are"
    return _fitting(
        [
            f"Nothing is computed yet: {named}{more} {verb} given.",
            f"Nothing is computed yet: {len(given)} variables are given.",
        ]
    )


def _start_of_folded(given: Sequence[GraphNode], held: int) -> str:
    variables = f"{held} variable{'s' if held > 1 else ''} within the folded groups"
    beside = f"{joined([node.symbol for node in given])} and the " if 0 < len(given) <= MAX_LISTED else ""
    return f"Nothing is computed yet: {beside}{variables} {'is' if held == 1 and not beside else 'are'} given."


def _forward_text(story: Story, step: Step) -> str:
    if step.group is not None:
        return _fitting(forward_texts(story, step))
    node, op = _live(story, step)
    takes = [spoken(story.value(edge.tensor)) for edge in story.edges_into(node.id)]
    rule = story.rule(op)
    if story.accumulator is not None:
        return _fitting(tangent_texts(story, story.accumulator, node, op, _made(story, op)))
    notes = ""
    if rule is not None and rule.manner == "blocking":
        notes = " Nothing will come back through it."
    elif not node.is_recorded:
        notes = " The tape does not hold it."
    made = _made(story, op)
    if not takes:
        return f"{node.symbol} makes {made}.{notes}"
    return _fitting(
        [
            f"{node.symbol} takes {joined(takes)} and makes {made}.{notes}",
            f"{node.symbol} takes {len(takes)} values and makes {made}.{notes}",
            f"{node.symbol} makes {made}.",
        ]
    )


def _made(story: Story, op: Op) -> str:
    results = story.results(op)
    if len(results) > 1:
        return f"{len(results)} parts"
    if not results:
        return "no tensor"
    name, value = story.lesson_name(results[0]), story.value(results[0])
    return called(name, value) if name else spoken(value)


def _seed_text(story: Story) -> str:
    call = story.call
    if call is None:
        return ""
    target = story.target_name()
    values = [story.value(seed) for seed in call.seed]
    value = values[0] if values else None
    if len(call.target) > 1:
        return f"The backward pass starts at {target}: what comes back is the gradient of the sum."
    if call.rows and value is not None:
        return _row_seed_text(story)
    if value is None:
        return f"The backward pass starts at {target}, but no cotangent was recorded there."
    is_ones = value.is_whole and bool(np.all(value.array == 1))
    if is_scalar(value) and is_ones:
        return f"The backward pass starts at {target} with ∂{target}/∂{target} = 1."
    if is_ones:
        return f"The backward pass starts at {target} with 1 for each of its {value.size} elements, as if summed."
    return f"The backward pass starts at {target} with the cotangent that was given: {spoken(value)}."


def _row_seed_text(story: Story) -> str:
    """Say where the backward pass of one row of a Jacobian begins."""
    row, kept = row_position(story.recording, story.timeline.subject) or (0, 1)
    which = "The only row" if kept == 1 else f"Row {row + 1} of {kept}"
    is_batch = story.call is not None and story.call.method == "batch_jacobian"
    ones = "1 there in every example" if is_batch else "1 there"
    return f"{which} of the Jacobian starts at {story.target_name()}: {ones}, 0 at every other element."


def _backward_text(story: Story, step: Step) -> str:
    if step.group is not None:
        edges = [edge for edge in story.edges_into(step.group) if edge.id in step.edges]
        texts = backward_texts(story, step, edges)
    else:
        node, op = _live(story, step)
        edges = [edge for edge in story.edges_into(node.id) if story.sent(edge) is not None]
        if not edges:
            return f"{node.symbol} sends nothing back to anything that is drawn."
        texts = share_texts(story, node, op, story.rule(op), edges)
    endings = _endings(story, step, edges)
    return _fitting([f"{text}{ending}." for text in texts for ending in endings])


def _endings(story: Story, step: Step, edges: Sequence[GraphEdge]) -> list[str]:
    """Say what the shares of this step make together with those that came before; longest first."""
    receivers = list(dict.fromkeys(edge.source for edge in edges))
    endings: list[str] = []
    for receiver in receivers:
        came = story.arrivals(receiver, step.index)
        before = [arrival for arrival in came if arrival.step != step.index]
        if len(came) < 2:
            continue
        so_far = " so far" if story.is_pending(receiver, step.index) else ""
        makes = spoken(story.adjoint(receiver, step.index)) + so_far
        at = f" at {story.name(receiver)}" if len(receivers) > 1 else ""
        if not before:
            endings.append(f"; together that makes {makes}{at}")
        elif len(before) <= 2:
            earlier = joined([f"{spoken(story.value(share.tensor))} from {share.giver}" for share in before])
            endings.append(f"; together with {earlier} that makes {makes}{at}")
        else:
            endings.append(f"; with the {len(before)} earlier shares that makes {makes}{at}")
    if not endings:
        return [_first_of_several(story, step, receivers), ""]
    *_, brief = endings[-1].partition(" that makes ")
    return ["".join(endings), endings[-1], f"; that makes {brief}", ""]


def _first_of_several(story: Story, step: Step, receivers: Sequence[str]) -> str:
    waiting = [receiver for receiver in receivers if story.is_pending(receiver, step.index)]
    if len(waiting) != 1:
        return ""
    count = len(story.arrivals(waiting[0], story.timeline.last))
    if len(receivers) == 1:
        return f", the first of {count} shares"
    return f", the first of {count} shares for {story.name(waiting[0])}"


def _result_text(story: Story) -> str:
    call = story.call
    if story.accumulator is not None:
        return _fitting(result_texts(story, story.accumulator), LONGEST_RESULT)
    if call is None:
        return ""
    if call.defect:
        return call.defect
    found = [source for source in call.sources if source.value is not None]
    lost = [source for source in call.sources if source.value is None or source.why_none is not None]
    told = _found_texts(story, call, found) if found else [""]
    subject = "It gives" if found else f"tape.{call.method} returns"
    missing = _lost_texts(story, call, lost, subject) if lost else [""]
    texts = [f"{one} {other}".strip() for other in missing for one in told]
    reasons = told_in_result(story)[:1]
    texts = [f"{text} {reason}" for reason in reasons for text in texts] + texts
    if call.note and not call.rows:
        texts = [f"{text} {call.note}" for text in texts] + texts
    return _fitting(texts, LONGEST_RESULT) or f"tape.{call.method} was asked for no source."


def _found_texts(story: Story, call: GradientCall, found: Sequence[Source]) -> list[str]:
    target = story.target_name()
    agrees = (
        (", as in the Jacobian that TensorFlow returned" if call.rows else "; every sum agrees") if call.checked else ""
    )
    left = [f"∂{target}/∂{source_name(story.recording, source)}" for source in found]
    numbers = [called(name, story.value(source.value)) for name, source in zip(left, found, strict=True)]
    first = left[0] if len(left) == 1 else f"{left[0]} to {left[-1]}"
    method = f"tape.{call.method}"
    if call.rows:
        return [
            f"This row of the Jacobian is {joined(numbers)}{agrees}.",
            f"This row of the Jacobian is {joined(left)}{agrees}.",
            f"This row of the Jacobian has {len(found)} parts{agrees}.",
        ]
    return [
        f"{method} returns {joined(numbers)}{agrees}.",
        f"{method} returns {joined(left)}{agrees}.",
        f"{method} returns {len(found)} gradients, {first}{agrees}.",
        f"{method} returns {len(found)} gradients{agrees}.",
    ]


def _lost_texts(story: Story, call: GradientCall, lost: Sequence[Source], subject: str) -> list[str]:
    """Say what gets no gradient, and why; the reason is left out last."""
    names = [source_name(story.recording, source) for source in lost]
    what = "zeros" if call.unconnected_gradients == "zero" else "None"
    reasons: dict[str, list[str]] = {}
    for source, name in zip(lost, names, strict=True):
        if source.why_none is not None:
            reasons.setdefault(source.why_none.message, []).append(name)
    for_whom = f"{subject} {what} for {joined(names)}"
    if len(reasons) == 1:
        explained = [f"{for_whom}: {next(iter(reasons))}"]
    else:
        each = [f"For {joined(whom)}: {reason}" for reason, whom in reasons.items()]
        explained = [f"{for_whom}. {' '.join(each[:count])}" for count in range(len(each), 0, -1)]
    return [*explained, f"{for_whom}.", f"{subject} {what} for {len(names)} sources."]


def _update_text(story: Story, step: Step) -> str:
    """Say how a variable's new value was made: ``w: 0.5000 − 0.1 × 2.000 = 0.3000``."""
    update, call = step.update, story.call
    if update is None or call is None:
        return ""
    node = story.nodes[step.nodes[0]]
    name = node.symbol if node.kind == "variable" else name_of(story.recording, update.variable)
    by = story.op(update.op).scope.rpartition("/")[2]
    by = f", by {by}" if by else ""
    (held, norm), (now, new_norm) = map(_value_and_norm, (update.before, update.after))
    texts = [arithmetic_of(story.recording, call, update, depth=depth) for depth in (6, 4, 3, 2, 1, 0)]
    if new_norm:
        change = f"norm {norm} → {new_norm}" if norm else f"norm {new_norm}"
        return _fitting([*(f"{name}: {text}, {change}{by}." for text in texts if text), f"{name}: {change}{by}."])
    made = [f"{name}: {text} = {now}{by}." for text in texts if text]
    return _fitting([*made, f"{name}: {held} → {now}{by}." if held else f"{name}: {now}{by}."])


def _value_and_norm(value: TensorValue | None) -> tuple[str, str]:
    text, _, norm = format_value(value).partition(" · norm ")
    return text, norm


def _result_tone(story: Story) -> Tone:
    if story.accumulator is not None:
        return "good" if story.accumulator.checked else "plain"
    return "good" if story.call is not None and story.call.checked and not story.call.defect else "plain"


def _live(story: Story, step: Step) -> tuple[GraphNode, Op]:
    if step.op is None:
        raise ValueError(f"step {step.index} ({step.phase}) has no op")
    return story.node_of_op[step.op], story.op(step.op)


def _fitting(texts: Sequence[str], longest: int = LONGEST) -> str:
    """Choose the first text that fits; the shortest one where none does."""
    return next((text for text in texts if len(text) <= longest), min(texts, key=len))
