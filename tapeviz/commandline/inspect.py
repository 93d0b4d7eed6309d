"""``tapeviz inspect``: what a recording holds, as a table for people or as JSON for programs."""

from __future__ import annotations

import argparse
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from tapeviz.commandline.status import DONE, CommandError
from tapeviz.commandline.table import aligned, counted
from tapeviz.model.accumulators import Accumulator
from tapeviz.model.jacobian import row_count
from tapeviz.model.numbers import format_value
from tapeviz.model.recording import GradientCall, Recording, Tape
from tapeviz.model.wording import sentences
from tapeviz.storage.contract_json import contract_chunks
from tapeviz.storage.tape_file import load_recording

MAX_CALLS = 40
"""Of more gradient calls than this, the table shows the first ones and the last."""

_T = TypeVar("_T")

_ENDINGS = {
    "finished": "ran to its end",
    "error": "ended by an error",
    "interrupted": "stopped by hand",
    "timeout": "stopped by its time limit",
    "memory": "stopped by its memory limit",
    "died": "its process died",
}


def inspect(arguments: argparse.Namespace) -> int:
    """Print what the recording holds."""
    file = arguments.file
    if file.suffix == ".py" and file.is_file():
        raise CommandError(f"{file} is a lesson; record it first: `tapeviz record {file} -o OUT.tape`.")
    recording, _ = load_recording(file)
    if arguments.is_json:
        # Bytes, because JSON is UTF-8 whatever the encoding of the terminal.
        for chunk in contract_chunks(recording):
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.write(b"\n")
    else:
        print("\n".join(report(recording)))
    return DONE


def report(recording: Recording) -> list[str]:
    """Give the lines of the table: the run, its tapes, every gradient call with its sources, errors and output."""
    sections = [
        _heading(recording),
        _section("Notes", [(note,) for note in recording.notes]),
        _section("Loops", _loop_rows(recording)),
        _section("Tapes", _tape_rows(recording), _left_out(recording.tapes)),
        _section("Gradient calls", _call_rows(recording), _left_out(recording.gradient_calls)),
        _section("Jacobians", _jacobian_rows(recording)),
        _section("Forward mode", _forward_rows(recording), _left_out(recording.accumulators)),
        _section("Without a gradient", _reasons(recording)),
        _section("Findings", _finding_rows(recording)),
        _section("Not as it should be", [(found.defect,) for found in _checkable(recording) if found.defect]),
        _section("Errors", _error_rows(recording)),
        _section("Output", [(line,) for line in recording.output.splitlines()]),
        _section("Figures", [(figure.title or "without a title",) for figure in recording.figures]),
    ]
    return [line for section in sections if section for line in [*section, ""]][:-1]


def _heading(recording: Recording) -> list[str]:
    off_tape = sum(1 for op in recording.ops if not op.recorded_by and op.made_by is None)
    backward = sum(1 for op in recording.ops if op.made_by is not None)
    forward = len(recording.ops) - backward
    how = f"{_ENDINGS[recording.ended_by]} after {recording.duration * 1000:.0f} ms"
    if recording.tensorflow_version:
        how += f" under TensorFlow {recording.tensorflow_version}"
    return [
        f"{recording.source.name} {how}",
        f"{counted(forward, 'op')} forward ({off_tape} on no tape), {backward} backward, "
        f"{counted(len(recording.tensors), 'tensor')}",
    ]


def _section(title: str, rows: Sequence[Sequence[str]], note: str = "") -> list[str]:
    lines = [*aligned(rows), *([note] if note else [])]
    return [title, *(f"  {line}" for line in lines)] if rows else []


def _left_out(things: Sequence[object]) -> str:
    return f"({len(things) - MAX_CALLS} between them are left out; --json lists all)" if len(things) > MAX_CALLS else ""


def _loop_rows(recording: Recording) -> list[tuple[str, ...]]:
    """List the series that are folded: only they are not among the tapes."""
    rows = [
        (
            str(series.id),
            _line(recording.tapes[series.tape_ids[0]].line),
            f"{series.iterations:,}",
            str(len(series.tape_ids)),
            f"{series.folded:,}",
        )
        for series in recording.series
        if series.folded
    ]
    return [("series", "line", "iterations", "kept whole", "values only"), *rows] if rows else []


def _tape_rows(recording: Recording) -> list[tuple[str, ...]]:
    if not recording.tapes:
        return []
    series = {tape: found.id for found in recording.series for tape in found.tape_ids}
    return [
        ("tape", "line", "kind", "watches", "ops", "state", "part of"),
        *(_tape_row(recording, tape, series.get(tape.id)) for tape in _ends(recording.tapes)),
    ]


def _tape_row(recording: Recording, tape: Tape, series: int | None) -> tuple[str, ...]:
    held = sum(1 for op in recording.ops if tape.id in op.recorded_by)
    parts = [] if tape.parent is None else [f"inside tape {tape.parent}"]
    if series is not None:
        parts.append(f"series {series}")
    return (
        str(tape.id),
        _line(tape.line),
        "persistent" if tape.persistent else "single use",
        "variables" if tape.watch_accessed_variables else "what is told",
        str(held),
        "released" if tape.released_at is not None else "held",
        ", ".join(parts) or "-",
    )


def _call_rows(recording: Recording) -> list[tuple[str, ...]]:
    calls = recording.gradient_calls
    if not calls:
        return []
    reads = _reads(recording)
    rows: list[tuple[str, ...]] = [("call", "line", "tape", "target", "source", "at", "gradient", "checked")]
    for call in _ends(calls):
        target = ", ".join(_name(recording, tensor) for tensor in call.target)
        for number, source in enumerate(call.sources):
            about = (str(call.id), _line(call.line), str(call.tape), target) if not number else ("",) * 4
            at = _tensor_at(source.tensor, call.started_at, reads)
            cells = (
                _name(recording, source.tensor, source.name),
                format_value(recording.tensors[at].value),
                "None" if source.value is None else format_value(recording.tensors[source.value].value),
            )
            rows.append((*about, *cells, _checked(call) if not number else ""))
    return rows


def _checkable(recording: Recording) -> tuple[GradientCall | Accumulator, ...]:
    return (*recording.gradient_calls, *recording.accumulators)


def _jacobian_rows(recording: Recording) -> list[tuple[str, ...]]:
    """List the Jacobians with how many of their rows can be stepped through."""
    found = [call for call in recording.gradient_calls if call.rows or call.note]
    rows = [
        (str(call.id), _line(call.line), f"{len(call.rows)} of {row_count(recording, call)}", call.note)
        for call in _ends(found)
    ]
    return [("call", "line", "rows", ""), *rows] if rows else []


def _forward_rows(recording: Recording) -> list[tuple[str, ...]]:
    """List the accumulators with what they were asked for."""
    rows = []
    for found in _ends(recording.accumulators):
        primals = ", ".join(_name(recording, primal.tensor, primal.name) for primal in found.primals)
        answers = [
            f"{_name(recording, answer.tensor, answer.name)}: "
            f"{'None' if answer.value is None else format_value(recording.tensors[answer.value].value)}"
            for answer in found.answers
        ]
        checked = "differs" if found.defect else "yes" if found.checked else "-"
        rows.append(
            (str(found.id), _line(found.line), primals, ", ".join(answers) or "-", str(len(found.jvps)), checked)
        )
    return [("accumulator", "line", "primals", "acc.jvp", "rules", "checked"), *rows] if rows else []


def _reads(recording: Recording) -> dict[int, list[tuple[int, int]]]:
    """List for each variable the ops that read it, in order, each with the tensor that holds what it read."""
    reads: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for op in recording.ops:
        if op.type == "ReadVariableOp" and op.inputs and op.outputs:
            reads[op.inputs[0]].append((op.id, op.outputs[0]))
    return reads


def _tensor_at(tensor: int, moment: int, reads: dict[int, list[tuple[int, int]]]) -> int:
    """Find the tensor that holds the value a source had at a moment: for a variable its last read before."""
    place = bisect_left(reads[tensor], (moment,)) if tensor in reads else 0
    return reads[tensor][place - 1][1] if place else tensor


def _reasons(recording: Recording) -> list[tuple[str, ...]]:
    return [
        (f"call {call.id}", _name(recording, source.tensor, source.name), sentences(why.message, why.fix))
        for call in _ends(recording.gradient_calls)
        for source in call.sources
        if (why := source.why_none)
    ]


def _finding_rows(recording: Recording) -> list[tuple[str, ...]]:
    return [
        (f"line {_line(finding.line)}", finding.title, sentences(finding.message, finding.fix))
        for finding in recording.findings
    ]


def _error_rows(recording: Recording) -> list[tuple[str, ...]]:
    return [
        (f"line {_line(error.line)}", error.type, sentences(error.message, error.hint)) for error in recording.errors
    ]


def _ends(things: Sequence[_T]) -> Sequence[_T]:
    """Give all of a few things, and of many the first and the last."""
    return things if len(things) <= MAX_CALLS else [*things[: MAX_CALLS // 2], *things[-MAX_CALLS // 2 :]]


def _line(line: int | None) -> str:
    return "-" if line is None else str(line)


def _name(recording: Recording, tensor: int, called: str | None = None) -> str:
    return called or recording.tensors[tensor].name or f"#{tensor}"


def _checked(call: GradientCall) -> str:
    """A Jacobian's rows are not summed up, so there is nothing to compare; a sum that differs is a defect."""
    if call.checked:
        return "yes"
    return "NO" if call.defect else "-"
