"""What there is to look at in a recording: its gradient calls, and the tapes that no call was made on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from tapeviz.model.forward_mode import accumulator_of, asked_tensors
from tapeviz.model.graph import Subject
from tapeviz.model.identity import Same
from tapeviz.model.jacobian import as_row, element_text
from tapeviz.model.plumbing import IDENTITY_TYPES
from tapeviz.model.recording import GradientCall, Inside, Recording, Source
from tapeviz.model.rules import symbol_of
from tapeviz.model.series import loops

MAX_NAMED_SOURCES = 4
SHOWN_PARTS = 2

MAX_LISTED_PARTS = 8
"""A loop that records more different graphs than this is listed by its first alone."""


def subjects(recording: Recording) -> tuple[Subject, ...]:
    """List the gradient calls in the order made, forward modes, tapes without a call; without any, all ops as one."""
    called = {call.tape for call in recording.gradient_calls}
    calls = [Subject(call=call.id) for call in recording.gradient_calls]
    forward = [Subject(accumulator=accumulator.id) for accumulator in recording.accumulators]
    tapes = [Subject(tape=tape.id) for tape in recording.tapes if tape.id not in called]
    return tuple(calls + forward + tapes) or (Subject(),)


def distinct_subjects(recording: Recording) -> tuple[Subject, ...]:
    """List what `subjects` lists, but of a loop's iterations only the first, and the first of each other graph."""
    later: set[int] = set()
    for loop in loops(recording):
        listed = loop.parts if len(loop.parts) <= MAX_LISTED_PARTS else loop.parts[:1]
        later.update({run.tape for run in loop.runs} - {part.tape for part in listed})
    return tuple(
        subject for subject in subjects(recording) if not later.intersection(_tapes_around(recording, subject))
    )


def _tapes_around(recording: Recording, subject: Subject) -> Iterator[int]:
    tape = tape_of(recording, subject)
    while tape is not None:
        yield tape
        tape = recording.tapes[tape].parent


def default_subject(recording: Recording) -> Subject:
    """Say what to look at first: the first gradient call."""
    return subjects(recording)[0]


def subject_title(recording: Recording, subject: Subject) -> str:
    """Name a subject as mathematics does: ``∂f / ∂(x, y)   line 9``, ``J of f by x   line 9``."""
    call = call_of(recording, subject)
    if call is not None:
        return _with_line(call_title(recording, call), call.line)
    accumulator = accumulator_of(recording, subject)
    if accumulator is not None:
        asked = [name_of(recording, tensor) for tensor in asked_tensors(recording, accumulator)]
        return _with_line(f"forward mode: ∂{_listed(asked)}·v" if asked else "forward mode", accumulator.line)
    if subject.tape is not None:
        return _with_line("tape without a gradient call", recording.tapes[subject.tape].line)
    return "forward and backward" if recording.ends else "all ops (no tape)"


def call_title(recording: Recording, call: GradientCall) -> str:
    """Name a call as mathematics does, without its line: ``∂f / ∂(x, y)``, ``J of f by x``."""
    target = _listed([name_of(recording, tensor) for tensor in call.target])
    sources = _listed([source_name(recording, source) for source in call.sources])
    if call.method == "gradient":
        return f"∂{target} / ∂{sources}"
    return f"{'J' if call.method == 'jacobian' else 'batch J'} of {target} by {sources}"


def iteration_title(iteration: int, count: int) -> str:
    """Name an iteration, counted from 0, of a loop: ``iteration 13 of 10,000``."""
    return f"iteration {iteration + 1:,} of {count:,}"


def call_of(recording: Recording, subject: Subject) -> GradientCall | None:
    """Find the gradient call of a subject, with the backward pass that is looked at; None where it is no call.

    Of a Jacobian that is the backward pass of one row: the subject's, or the first.
    """
    if subject.call is None:
        return None
    call = recording.gradient_calls[subject.call]
    return as_row(call, subject.row or 0) if call.rows else call


def row_position(recording: Recording, subject: Subject) -> tuple[int, int] | None:
    """Say which row of a Jacobian is looked at (from 0), and how many can be; None where it is no Jacobian."""
    kept = len(recording.gradient_calls[subject.call].rows) if subject.call is not None else 0
    return (subject.row or 0, kept) if kept else None


def subject_at_row(recording: Recording, subject: Subject, row: int) -> Subject:
    """Find another row (from 0) of the same Jacobian; the subject itself where there is none."""
    position = row_position(recording, subject)
    return replace(subject, row=row) if position is not None and 0 <= row < position[1] else subject


def target_element(recording: Recording, subject: Subject) -> str:
    """Write which element of the target is differentiated, ``[0, 2]``; empty where all of it is."""
    position = row_position(recording, subject)
    if position is None or subject.call is None:
        return ""
    return element_text(recording.gradient_calls[subject.call], position[0])


def whole_of(subject: Subject) -> Subject:
    """Give the subject as it is listed: a Jacobian, and not one of its rows."""
    return replace(subject, row=None) if subject.row is not None else subject


def tape_of(recording: Recording, subject: Subject) -> int | None:
    """Find the tape of a subject, or None where all ops are looked at."""
    call = call_of(recording, subject)
    return subject.tape if call is None else call.tape


def inside_of(recording: Recording, op: int) -> Inside | None:
    """Find what is known of the inside of an op, None where it has none."""
    return next((inside for inside in recording.insides if inside.op == op), None)


def source_name(recording: Recording, source: Source) -> str:
    """Name a source as the lesson calls it."""
    return source_label(recording, source.tensor, source.name)


def source_label(recording: Recording, tensor: int, name: str | None) -> str:
    """Name a tensor by the name it was found under, or else as `name_of` does."""
    return short_name(recording, name) if name else name_of(recording, tensor)


def name_of(recording: Recording, tensor: int) -> str:
    """Name a tensor: as the lesson calls it, or by the symbol of the op that made it."""
    found = recording.tensors[tensor]
    while not found.name and found.producer is not None and recording.ops[found.producer].type in IDENTITY_TYPES:
        found = recording.tensors[recording.ops[found.producer].inputs[0]]
    if found.name:
        return short_name(recording, found.name)
    return symbol_of(recording.ops[found.producer].type) if found.producer is not None else found.role


def short_name(recording: Recording, name: str) -> str:
    """Shorten a path to its last two parts: ``layers[0].kernel`` for ``model.layers[0].kernel``.

    Where another source would be called the same it keeps more parts, until it is told apart.
    """
    return _shortened(Same(recording.gradient_calls)).get(name) or _last_parts(name, SHOWN_PARTS)


@lru_cache(maxsize=4)
def _shortened(same: Same) -> dict[str, str]:
    """Shorten the names of all sources that are too long; iterations of one loop have their calls in common."""
    (calls_made,) = same.objects
    left = {source.name for call in calls_made for source in call.sources if source.name}
    found: dict[str, str] = {}
    parts = SHOWN_PARTS
    while left:
        calls = Counter(_last_parts(name, parts) for name in left)
        found |= {name: _last_parts(name, parts) for name in left}
        left = {name for name in left if calls[found[name]] > 1 and found[name] != name}
        parts += 1
    return found


def _last_parts(name: str, count: int) -> str:
    return ".".join(name.split(".")[-count:])


def _listed(names: list[str]) -> str:
    shown = [*names[: MAX_NAMED_SOURCES - 1], "…"] if len(names) > MAX_NAMED_SOURCES else names
    if len(shown) == 1 and shown[0].replace("_", "").isalnum():
        return shown[0]
    return f"({', '.join(shown)})"


def _with_line(title: str, line: int | None) -> str:
    return title if line is None else f"{title}   line {line}"
