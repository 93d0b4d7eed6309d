"""The account of a run: where all of it is noted, and how a recording comes of the notes."""

from __future__ import annotations

import ast
import gc
import time
from dataclasses import replace
from typing import Any

from tapeviz.engine.assembly import Assembly
from tapeviz.engine.condensing import condense
from tapeviz.engine.departures import silent_departures
from tapeviz.engine.insides import open_functions
from tapeviz.engine.loops import Loops
from tapeviz.engine.names import NameBook
from tapeviz.engine.own_gradients import open_own_gradients
from tapeviz.engine.places import Places
from tapeviz.engine.recorder import Recorder
from tapeviz.engine.scopes import ScopeBook
from tapeviz.engine.traces import retracing, told_traces
from tapeviz.model.checks import check_recording
from tapeviz.model.connectivity import Explainer
from tapeviz.model.connectivity.failing import with_reason
from tapeviz.model.connectivity.inside import why_inside
from tapeviz.model.facts import RunFacts
from tapeviz.model.findings import find
from tapeviz.model.linking import linked
from tapeviz.model.recording import EndedBy, GradientCall, LessonError, LessonSource, Recording
from tapeviz.model.series import find_series


class Account:
    """What is noted of one run.

    Parameters
    ----------
    source : LessonSource
    filename : str
        What the lesson's code objects call their file.
    namespace : dict
        The top level of what runs, alive.
    tree : ast.Module
        What runs.

    Attributes
    ----------
    recorder : Recorder
        Who is to listen.
    loops : Loops
    places : Places
    ended_by : EndedBy
    duration : float
        In seconds, of the run; that of making the recording comes on top.
    """

    def __init__(self, source: LessonSource, filename: str, namespace: dict[str, Any], tree: ast.Module) -> None:
        self.source = source
        self.places = Places(source.text)
        self.ended_by: EndedBy = "finished"
        self.duration = 0.0
        self._namespace = namespace
        self._tree = tree
        self._names = NameBook(namespace, tree, filename)
        self.recorder = Recorder(filename, self._names, condense, ScopeBook(tree))
        self.recorder.keeps_tapes = "jacobian" in source.text
        self.recorder.functions.watches_keras = "keras" in source.text
        self.loops = Loops(self.recorder)
        self.recorder.attend(self.loops)
        self._errors: list[LessonError] = []
        self._failed_at: list[int] = []

    def note(self, error: LessonError) -> None:
        """Note that the run failed here."""
        self._errors.append(error)
        self._failed_at.append(len(self.recorder.ops))

    def recorded(self) -> tuple[Recording, Assembly]:
        """Turn what was noted into a recording; give what it was assembled with too."""
        started = time.perf_counter()
        assembly = self._assembled()
        recording = Recording(
            source=self.source,
            tapes=assembly.tapes,
            ops=assembly.ops,
            invocations=tuple(assembly.invocations),
            tensors=assembly.tensors,
            gradient_calls=assembly.calls,
            accumulators=assembly.accumulators,
            assignments=assembly.assignments,
            series=find_series(assembly.tapes, assembly.ops, assembly.folded.folds, assembly.folded.laps),
            output="",
            errors=tuple(self._errors),
            ended_by=self.ended_by,
            notes=(*assembly.folded.notes, *self.recorder.functions.notes),
            folds=assembly.folded.folds,
            laps=assembly.folded.laps,
            origins=assembly.folded.origins,
        )
        check_recording(recording)
        recording = self._told(_explained(recording, self._facts(assembly)), assembly)
        check_recording(recording)
        self.duration += time.perf_counter() - started
        return replace(recording, duration=self.duration), assembly

    def _assembled(self) -> Assembly:
        was_enabled = gc.isenabled()
        gc.disable()  # Nothing made here is garbage, and looking for some takes longer than making it.
        try:
            self.loops.finish()
            self._names.scan_all()
            return Assembly(self.recorder, self.places, self.loops)
        finally:
            if was_enabled:
                gc.enable()

    def _told(self, recording: Recording, assembly: Assembly) -> Recording:
        """Add what there is to tell beyond the ops: what they open into, tracings, findings, why an error came."""
        traces = told_traces(self.recorder.functions.traces, assembly.moment)
        opened = (
            *open_functions(self.recorder, assembly, recording, traces, _explained),
            *open_own_gradients(self.recorder, assembly, recording),
        )
        insides = tuple(sorted(opened, key=lambda inside: inside.op))
        recording = why_inside(replace(recording, insides=insides))
        failed_at = map(assembly.moment, self._failed_at)
        errors = tuple(with_reason(error, recording, at) for error, at in zip(self._errors, failed_at, strict=True))
        findings = (*find(recording, assembly.arrays), *retracing(traces))
        return replace(recording, traces=traces, errors=errors, findings=findings)

    def _facts(self, assembly: Assembly) -> RunFacts:
        facts = assembly.facts()
        silent = silent_departures(self._tree, self._namespace, self.places, assembly.ops, assembly.tensors)
        return replace(facts, departures=(*facts.departures, *silent))


def _explained(recording: Recording, facts: RunFacts) -> Recording:
    """Say of every source whose gradient is None why it is."""
    if not any(source.value is None for call in recording.gradient_calls for source in call.sources):
        return recording
    explainer = Explainer(linked(recording), facts)

    def explained(call: GradientCall) -> GradientCall:
        sources = tuple(
            source if source.value is not None else replace(source, why_none=explainer.explain(call.id, index))
            for index, source in enumerate(call.sources)
        )
        return replace(call, sources=sources)

    return replace(recording, gradient_calls=tuple(map(explained, recording.gradient_calls)))
