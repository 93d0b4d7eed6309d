"""Why a gradient is None, where the path is cut within an op that opens: the cause is what cuts it there."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.model.recording import GradientCall, Inside, Recording, Source
from tapeviz.model.why_none import WhyNone


def why_inside(recording: Recording) -> Recording:
    """Name, for each None that an op that opens is to blame for, what inside of it is."""
    insides = {inside.op: inside for inside in recording.insides if inside.recording is not None}
    if not insides:
        return recording
    calls = tuple(_told(recording, call, insides) for call in recording.gradient_calls)
    return replace(recording, gradient_calls=calls)


def _told(recording: Recording, call: GradientCall, insides: dict[int, Inside]) -> GradientCall:
    return replace(call, sources=tuple(_told_source(recording, call, source, insides) for source in call.sources))


def _told_source(recording: Recording, call: GradientCall, source: Source, insides: dict[int, Inside]) -> Source:
    why = source.why_none
    if why is None or why.cause != "not_differentiable" or len(why.cuts) != 1:
        return source
    (cut,) = why.cuts
    inside = insides.get(cut.op) if cut.op is not None else None
    inner = _inner_why(recording, call, cut.tensor, inside) if inside is not None else None
    if inside is None or inner is None:
        return source
    line = inner.cuts[0].line if inner.cuts else cut.line
    told = WhyNone(
        cause=inner.cause,
        message=f"Inside {inside.title}: {inner.message}",
        cut_at=why.cut_at,
        fix=inner.fix,
        cuts=(replace(cut, cause=inner.cause, line=line),),
    )
    return replace(source, why_none=told)


def _inner_why(recording: Recording, call: GradientCall, tensor: int | None, inside: Inside) -> WhyNone | None:
    """Find why the inside sends nothing to the input that `tensor` of the recording around it is."""
    within = inside.recording
    if within is None or tensor is None or call.id not in inside.calls:
        return None
    inner = within.gradient_calls[inside.calls.index(call.id)]
    name = recording.tensors[tensor].name
    lost = [source for source in inner.sources if source.why_none is not None]
    found = [source for source in lost if source.name == name] or (lost if len(lost) == 1 else [])
    return found[0].why_none if len(found) == 1 else None
