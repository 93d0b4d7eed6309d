"""What the inspector says of gradients that are None or zero, and of ops that made them so or made a NaN."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from tapeviz.model.badges import findings_shown
from tapeviz.model.explanation import Section
from tapeviz.model.findings.listing import together
from tapeviz.model.identity import Same
from tapeviz.model.mending import Mend, mends_of_finding, mends_of_source
from tapeviz.model.recording import Finding, Op, Recording, Source
from tapeviz.model.story import Story, joined
from tapeviz.model.subjects import source_name

MENDS_KEPT = 32
_TITLES = {"0": "Here it became 0", "NaN": "Here it became NaN", "∞": "Here it became infinite"}


def reasons_of(story: Story, sources: Sequence[Source]) -> list[Section]:
    """Say of each source that has no gradient, or one of zeros, why that is, and offer what mends it."""
    call = story.call
    sections = []
    for source in sources:
        why = source.why_none
        if why is None or call is None:
            continue
        alike = [other for other in sources if other.why_none is not None and other.why_none.message == why.message]
        if alike[0] is not source:
            continue
        names = joined([source_name(story.recording, other) for other in alike])
        lines = [cut.line for cut in why.cuts if cut.line is not None]
        sections.append(
            Section(
                title=f"Why {names} get{'s' if len(alike) == 1 else ''} {'None' if source.value is None else 'zeros'}",
                tone="backward",
                notes=(why.message, why.fix),
                line=lines[0] if lines else None,
                mends=_of_source(Same(story.recording), call.id, call.sources.index(source)),
            )
        )
    places = {call.sources.index(source) for source in sources} if call is not None else set()
    zeros = [finding for finding in findings_shown(story.recording, story.graph) if finding.source in places]
    for finding in together(zeros):
        notes = (finding.message, finding.fix)
        sections.append(Section(title=f"Why {finding.title}", tone="backward", notes=notes, line=finding.line))
    return sections


def marked_sections(story: Story, playhead: int, op: Op) -> list[Section]:
    """Say what was found at an op, once it has happened: a gradient became 0 there, a number NaN or infinite."""
    by_kind: dict[str, Finding] = {}
    for finding in findings_shown(story.recording, story.graph):
        moments = story.backward_at if finding.is_backward else story.forward_at
        if op.id in finding.ops and moments.get(op.id, story.timeline.result) <= playhead:
            by_kind.setdefault(finding.kind, finding)
    return [
        Section(
            title=_TITLES["0" if finding.kind == "zero" else "NaN" if "NaN" in finding.title else "∞"],
            tone="backward",
            notes=(finding.message, finding.fix),
            mends=_of_finding(Same(story.recording), finding),
        )
        for finding in by_kind.values()
    ]


def told_in_result(story: Story) -> list[str]:
    """Say in sentences why gradients of the call are zero, or where a NaN came from."""
    own = {op for contribution in story.call.contributions for op in (contribution.op,)} if story.call else set()
    return [
        finding.message
        for finding in together(findings_shown(story.recording, story.graph))
        if finding.kind == "zero" or own.intersection(finding.ops)
    ]


@lru_cache(maxsize=MENDS_KEPT)
def _of_source(same: Same, call: int, source: int) -> tuple[Mend, ...]:
    (recording,) = same.objects
    return mends_of_source(recording, call, source)


@lru_cache(maxsize=MENDS_KEPT)
def _of_finding(same: Same, finding: Finding) -> tuple[Mend, ...]:
    (recording,) = same.objects
    return mends_of_finding(recording, finding)


def mends_for(recording: Recording, finding: Finding) -> tuple[Mend, ...]:
    """List what can be done about a finding; looked up once per recording."""
    return _of_finding(Same(recording), finding)
