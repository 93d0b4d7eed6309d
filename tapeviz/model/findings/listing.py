"""All findings of a run, in the order of their lines, each said once however often a loop ran over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tapeviz.model.findings.folded import first_bad_iterations
from tapeviz.model.findings.not_finite import Trouble, backward_trouble, forward_troubles, worsened
from tapeviz.model.findings.numbers import Array, Numbers
from tapeviz.model.findings.zero import FIXES, SQUASHING, Backward, saturations, why_zero
from tapeviz.model.numbers import format_number
from tapeviz.model.recording import Finding, GradientCall, Op, Recording
from tapeviz.model.series import loops
from tapeviz.model.subjects import name_of, source_name

MAX_NAMED = 4
MAX_KEPT = 40
"""Findings of one run that are kept; a run with more has one trouble many times."""


Placed = tuple[int, Finding]
"""A finding with the number of the iteration that it was made in; -1 outside of a loop."""


def find(recording: Recording, arrays: Mapping[int, Array]) -> tuple[Finding, ...]:
    """Find the zeros, NaNs, infinities and warnings of a run.

    Parameters
    ----------
    recording : Recording
    arrays : mapping of int to array
        The whole of values that the recording only summarises.
    """
    numbers = Numbers(recording, arrays)
    not_finite = sorted([*_not_finite(numbers), *_folded(recording)], key=lambda placed: placed[0])
    found = [*(finding for _, finding in not_finite), *_zeros(numbers), *_warnings(recording)]
    return tuple(_once(found)[:MAX_KEPT])


def all_findings(recording: Recording) -> tuple[Finding, ...]:
    """List all that is to be told of a run: each gradient that is None, and what `find` found, by line."""
    nones = (_none(recording, call, place) for call in recording.gradient_calls for place in range(len(call.sources)))
    found = together([*_once(finding for finding in nones if finding is not None), *recording.findings])
    return tuple(sorted(found, key=lambda finding: (finding.line is None, finding.line or 0)))


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Keep the first of those that say the same of the same line, and count the others."""
    kept: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        is_about_source = finding.source is not None
        key = (finding.kind, finding.cause, finding.line, finding.title if is_about_source else "", finding.is_backward)
        seen = kept.get(key)
        kept[key] = finding if seen is None else replace(seen, times=seen.times + 1)
    return list(kept.values())


def together(findings: list[Finding]) -> list[Finding]:
    """Tell gradients of one call that have one reason as one: ``∂y/∂x and ∂y/∂w are 0``."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for place, finding in enumerate(findings):
        alone = place if finding.source is None else None
        reason = finding.message if finding.kind == "none" else finding.ops
        key = (finding.kind, finding.cause, finding.call, finding.line, reason, alone)
        groups.setdefault(key, []).append(finding)
    return [_joined(group) if len(group) > 1 else group[0] for group in groups.values()]


def _joined(group: list[Finding]) -> Finding:
    first = group[0]
    names, _, what = zip(*(finding.title.rpartition(" is ") for finding in group), strict=True)
    listed = (
        f"{', '.join(names[:-1])} and {names[-1]}"
        if len(names) <= MAX_NAMED
        else f"{names[0]} and {len(names) - 1} more"
    )
    title = f"{listed} are {what[0]}"
    return replace(first, title=title, message=first.message.replace(f"{first.title}:", f"{title}:", 1))


def _none(recording: Recording, call: GradientCall, place: int) -> Finding | None:
    source = call.sources[place]
    why = source.why_none
    if why is None or source.value is not None:
        return None
    lines = [cut.line for cut in why.cuts if cut.line is not None]
    return Finding(
        kind="none",
        cause=why.cause,
        title=f"{derivative(recording, call, place)} is None",
        message=why.message,
        fix=why.fix,
        call=call.id,
        source=place,
        op=why.cut_at,
        ops=tuple(dict.fromkeys(cut.op for cut in why.cuts if cut.op is not None)),
        line=lines[0] if lines else call.line,
    )


def derivative(recording: Recording, call: GradientCall, place: int) -> str:
    """Write what a call asked for: ``∂y/∂x``."""
    targets = [name_of(recording, tensor) for tensor in call.target]
    target = targets[0] if len(targets) == 1 else f"({', '.join(targets)})"
    return f"∂{target}/∂{source_name(recording, call.sources[place])}"


def _troubles(numbers: Numbers) -> list[Trouble]:
    """Find what made NaNs and infinities, forward and backward; what follows from another is told with it."""
    recording = numbers.recording
    troubles = forward_troubles(numbers)
    bad = {trouble.op.id for trouble in troubles}
    for call in recording.gradient_calls:
        backward = backward_trouble(numbers, call) if call.method == "gradient" else None
        if backward is None:
            continue
        if backward.origin.cause == "where_branch":
            troubles = [trouble for trouble in troubles if trouble.op.id != backward.op.id]
        elif backward.op.id in bad or not _are_primals_finite(numbers, backward):
            words = f"On the way back it {backward.origin.words}."
            same = [at for at, trouble in enumerate(troubles) if trouble.op.id in (backward.op.id,)]
            for at in same[:1]:
                troubles[at] = worsened(troubles[at], words) if backward.is_nan else troubles[at]
            continue
        troubles.append(backward)
    return troubles


def _not_finite(numbers: Numbers) -> list[Placed]:
    """Find NaNs and infinities, each with the iteration in which it was made."""
    placed = []
    for trouble in _troubles(numbers):
        number, count = _iteration(numbers.recording, trouble.op)
        finding = _of_trouble(numbers, trouble)
        placed.append((number, _in_iteration(finding, number, count) if count else finding))
    return placed


def _are_primals_finite(numbers: Numbers, backward: Trouble) -> bool:
    """Whether what the VJP was given of the forward pass was finite."""
    return all(map(numbers.is_finite, (*backward.op.inputs, *backward.op.outputs)))


def _of_trouble(numbers: Numbers, trouble: Trouble) -> Finding:
    op = trouble.op
    kind = "NaN" if trouble.is_nan else "An infinity"
    way = "backward" if trouble.is_backward else "forward"
    title = "An infinity that becomes NaN" if trouble.worse else f"{kind} in the {way} pass"
    message = " ".join(part for part in (f"{numbers.quoted(op)} {trouble.origin.words}.", trouble.worse) if part)
    return Finding(
        kind="not_finite",
        cause=trouble.origin.cause,
        title=title,
        message=message,
        fix=trouble.origin.fix,
        call=trouble.call if trouble.call is not None else _call_over(numbers.recording, op),
        source=None,
        op=op.id,
        ops=(op.id,),
        line=op.line,
        is_backward=trouble.is_backward,
    )


def _iteration(recording: Recording, op: Op) -> tuple[int, int]:
    """Return in which iteration of its loop an op ran (from 0) and how many there are; -1 and 0 outside of a loop."""
    for loop in loops(recording):
        numbers = (loop.number_of(tape) for tape in op.recorded_by)
        number = next((number for number in numbers if number is not None), None)
        if number is not None:
            return number, loop.iterations
    return -1, 0


def _in_iteration(finding: Finding, number: int, count: int) -> Finding:
    return replace(finding, message=f"{finding.message} This was in iteration {number + 1} of {count}.")


def _folded(recording: Recording) -> list[Placed]:
    """Find the first NaN or infinity of each run of iterations that is folded."""
    found: list[Placed] = []
    for there, fold, iteration, loop in first_bad_iterations(recording):
        numbers = Numbers(there, {})
        made = [trouble for trouble in _troubles(numbers) if fold.start.op <= trouble.op.id < fold.end.op]
        for trouble in made[:1]:
            finding = _in_iteration(_of_trouble(numbers, trouble), iteration, loop.iterations)
            found.append((iteration, replace(finding, folded_iteration=iteration)))
    return found


def _call_over(recording: Recording, op: Op) -> int | None:
    """Return the first gradient call whose tape holds the op."""
    return next((call.id for call in recording.gradient_calls if call.tape in op.recorded_by), None)


def _zeros(numbers: Numbers) -> list[Finding]:
    calls = (call for call in numbers.recording.gradient_calls if call.method == "gradient")
    return [finding for call in calls for finding in zeros_of_call(numbers, call)]


def zeros_of_call(numbers: Numbers, call: GradientCall) -> list[Finding]:
    """Find the gradients of one call that are 0, and the squashing functions that let almost nothing back."""
    backward = Backward(call)
    found: list[Finding] = []
    for place in range(len(call.sources)):
        cause = why_zero(numbers, backward, place)
        if cause is not None:
            found.append(
                Finding(
                    kind="zero",
                    cause=cause.cause,
                    title=f"{derivative(numbers.recording, call, place)} is 0",
                    message=cause.sentence,
                    fix=cause.fix,
                    call=call.id,
                    source=place,
                    op=cause.op,
                    ops=cause.ops,
                    line=call.line if cause.op is None else numbers.recording.ops[cause.op].line,
                    is_backward=True,
                )
            )
    return [*found, *(_saturated(numbers, call, op, largest) for op, largest in saturations(numbers, backward))]


def _saturated(numbers: Numbers, call: GradientCall, op: Op, largest: float) -> Finding:
    name = SQUASHING[op.type]
    return Finding(
        kind="zero",
        cause="saturated",
        title=f"{name} is saturated",
        message=(
            f"{numbers.quoted(op)} lets almost nothing back: its local derivative is at most {format_number(largest)}, "
            "so what lies before it hardly learns."
        ),
        fix=FIXES["saturated"],
        call=call.id,
        source=None,
        op=op.id,
        ops=(op.id,),
        line=op.line,
        is_backward=True,
    )


def _warnings(recording: Recording) -> list[Finding]:
    """Warn of gradients that a persistent tape was asked for inside its own block: it records the backward pass too."""
    found = []
    for call in recording.gradient_calls:
        tape = recording.tapes[call.tape]
        own = [op.id for op in recording.ops[call.started_at : call.ended_at] if tape.id in op.recorded_by]
        if not tape.persistent or not own:
            continue
        count = f"{len(own)} more ops" if len(own) > 1 else "one more op"
        found.append(
            Finding(
                kind="warning",
                cause="asked_in_block",
                title="The gradient is asked for inside its own tape",
                message=(
                    f"tape.{call.method} on line {call.line} stands inside the block of its own tape, which therefore "
                    f"recorded the backward pass too: {count}. It works, and costs time and memory."
                ),
                fix="Ask after the `with` block, unless a higher derivative is wanted from the same tape.",
                call=call.id,
                source=None,
                op=None,
                ops=(),
                line=call.line,
            )
        )
    return found
