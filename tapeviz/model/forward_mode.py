"""Forward mode looked up by what a lecturer asks: the tangent beside each primal, and what it cost against reverse."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from tapeviz.model.accumulators import Accumulator
from tapeviz.model.graph import Subject
from tapeviz.model.identity import Same
from tapeviz.model.plumbing import computes_tangents
from tapeviz.model.recording import GradientCall, Recording

DOT = "\u0307"
ACCUMULATORS_KEPT = 8
MOST_COMPARED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the two modes took on one function, counted in the recording.

    `forward_rules` are the JVPs of one forward pass, `backward_rules` the VJPs of one backward pass and `line` where
    that was asked for; None where no gradient of the same function was taken. `inputs` and `outputs` are how many
    numbers go in and come out: as many passes does the whole Jacobian take, forward and in reverse.
    """

    forward_rules: int
    backward_rules: int | None
    line: int | None
    inputs: int
    outputs: int


def accumulator_of(recording: Recording, subject: Subject) -> Accumulator | None:
    """Find the accumulator that is looked at; None where it is a gradient call or a tape."""
    return None if subject.accumulator is None else recording.accumulators[subject.accumulator]


def tangents_of(accumulator: Accumulator, recording: Recording) -> Mapping[int, int]:
    """List the tangent of each tensor that has one, given or computed, by ids."""
    return _tangents(Same(accumulator, recording))


@functools.lru_cache(maxsize=ACCUMULATORS_KEPT)
def _tangents(same: Same) -> Mapping[int, int]:
    accumulator: Accumulator = same.objects[0]
    recording: Recording = same.objects[1]
    found = {primal.tensor: primal.tangent for primal in accumulator.primals}
    for jvp in accumulator.jvps:
        op = recording.ops[jvp.op]
        pairs = (*zip(op.inputs, jvp.input_tangents, strict=True), *zip(op.outputs, jvp.output_tangents, strict=True))
        found.update((tensor, tangent) for tensor, tangent in pairs if tangent is not None)
    return found


def asked_tensors(recording: Recording, accumulator: Accumulator) -> tuple[int, ...]:
    """List what ``acc.jvp`` was asked for; where it was asked for nothing, the last tensor that got a tangent."""
    asked = tuple(dict.fromkeys(answer.tensor for answer in accumulator.answers))
    if asked or not accumulator.jvps:
        return asked
    last = accumulator.jvps[-1]
    pairs = zip(recording.ops[last.op].outputs, last.output_tangents, strict=True)
    return tuple(tensor for tensor, tangent in pairs if tangent is not None)[:1]


def dotted(name: str) -> str:
    """Write the tangent of a name: ``ẋ``, ``ẋ[0]``, and for a longer name ``d loss``."""
    letter, rest = name[:1], name[1:]
    if letter.isalpha() and not rest[:1].isalpha() and rest[:1] != "_":
        return unicodedata.normalize("NFC", letter + DOT) + rest
    return f"d {name}"


def cost_of(recording: Recording, accumulator: Accumulator) -> Cost | None:
    """Compare with the first gradient call on the same function: the same ops in the same order."""
    asked = asked_tensors(recording, accumulator)
    if not asked:
        return None
    call = _same_function(recording, asked)
    sizes = [math.prod(recording.tensors[primal.tensor].shape) for primal in accumulator.primals]
    rules = [jvp for jvp in accumulator.jvps if not computes_tangents(recording.ops[jvp.op].type)]
    return Cost(
        forward_rules=len(rules),
        backward_rules=None if call is None else len({share.op for share in call.contributions}),
        line=None if call is None else call.line,
        inputs=sum(sizes),
        outputs=sum(math.prod(recording.tensors[tensor].shape) for tensor in asked),
    )


def _same_function(recording: Recording, asked: tuple[int, ...]) -> GradientCall | None:
    types = _way(recording, asked)
    calls = [call for call in recording.gradient_calls if call.contributions][:MOST_COMPARED]
    return next((call for call in calls if _way(recording, call.target) == types), None)


def _way(recording: Recording, tensors: tuple[int, ...]) -> list[str]:
    """List the types of the ops that lead to these tensors, in the order in which they ran."""
    found: set[int] = set()
    waiting = list(tensors)
    while waiting:
        tensor = recording.tensors[waiting.pop()]
        if tensor.role != "variable" and tensor.producer is not None and tensor.producer not in found:
            found.add(tensor.producer)
            waiting += recording.ops[tensor.producer].inputs
    return [recording.ops[op].type for op in sorted(found)]
