"""Notes the gradient calls of a lesson: what each was asked, every VJP of its backward pass, what it returned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tapeviz.engine import tap
from tapeviz.engine.departures import asked_by_library
from tapeviz.engine.events import INNER, RawCall, RawVjp
from tapeviz.engine.places import innermost, line_of

if TYPE_CHECKING:
    from tapeviz.engine.recorder import Recorder


class CallBook:
    """Hears of the gradient calls of one run, for its recorder; see `CallListener`."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def on_call(self, tape: Any, method: str, unconnected_gradients: Any) -> RawCall | None:
        """Note that a gradient call begins.

        What TensorFlow asks of tapes of its own inside a gradient call (``recompute_grad``, ``py_function``) is part of
        that call, as one op.
        """
        recorder = self._recorder
        raw = recorder.noted(tape)
        if recorder.is_full or not recorder.threads.is_listening() or recorder.threads.here.is_in_jacobian:
            return None
        here = recorder.threads.here
        if raw is None or (here.open_calls and asked_by_library()):
            return here.begin(INNER) if here.open_calls else None
        frame = innermost(recorder.filename)
        recorder.names.scan(frame)
        call = RawCall(
            tape=raw,
            method=method,
            line=line_of(frame),
            started_at=len(recorder.ops),
            unconnected_gradients=str(getattr(unconnected_gradients, "value", unconnected_gradients)),
        )
        call.since = raw.resets[-1] if raw.resets else 0
        by_hand = (key for at, key in raw.watches if at >= call.since)
        call.watched = frozenset((*by_hand, *recorder.note_watched(tape, raw)))
        recorder.calls.append(call)
        return here.begin(call)

    def on_call_ended(self, call: RawCall, target: Any, sources: Any, result: Any, *, is_finished: bool) -> None:
        """Note what it returned."""
        self._recorder.threads.here.end(call)
        if call is INNER:
            return
        call.ended_at = len(self._recorder.ops)
        if is_finished and not call.tape.persistent:
            call.tape.released_at = len(self._recorder.ops)
        if not is_finished:
            return
        found = tap.source_paths(sources)
        call.paths = tuple(tuple(k if isinstance(k, int | str) else str(k) for k in path) for path, _ in found)
        if call.method != "gradient":
            call.targets = [tap.handle_of(target)]
            call.sources = [source for _, source in found]
            call.results = [value for _, value in tap.source_paths(result)]
        call.is_finished = call.targets is not None and len(call.results) == len(call.sources) == len(call.paths)
        if call.is_finished and self._recorder.iterates is not None:
            self._recorder.iterates.add(call)

    def on_jacobian(self, call: RawCall, tape: Any, sources: list[Any]) -> None:
        """Run the rows of a Jacobian, one by one, each as the backward pass that it is."""
        if call.is_finished:
            self._recorder.rows.run(call, tape, sources)

    def on_backward(self, targets: list[Any], sources: list[Any], seeds: list[Any] | None) -> RawCall | None:
        """Note what the C++ tape is asked for."""
        call = self._followed_call()
        if call is None or call.targets is not None:
            return None
        call.targets, call.sources, call.seeds = list(targets), list(sources), list(seeds) if seeds else None
        return call

    def on_backward_ended(self, backward: RawCall, results: list[Any]) -> None:
        """Note what the C++ tape gave."""
        backward.results = results

    def on_vjp(self, op_type: str, attributes: Any, inputs: Any, cotangents: Any, results: Any) -> None:
        """Note one gradient function that was applied."""
        call = self._followed_call()
        if call is not None:
            call.vjps.append(RawVjp(op_type, attributes, inputs, tuple(cotangents), _listed(results), None, None))

    def on_recorded_vjp(self, op: int, outputs: list[Any], inputs: list[Any], cotangents: Any, results: Any) -> None:
        """Note that a gradient of its own was applied."""
        call = self._followed_call()
        if call is not None:
            call.vjps.append(RawVjp("", None, tuple(inputs), tuple(cotangents), _listed(results), op, tuple(outputs)))

    def _followed_call(self) -> RawCall | None:
        """Return the call whose backward pass runs, where it is one that is followed; or a Jacobian's row."""
        row = self._recorder.rows.running()
        if row is not None:
            return row
        threads = self._recorder.threads
        if not threads.is_listening() or not threads.here.open_calls:
            return None
        call = threads.here.open_calls[-1]
        return call if call.method == "gradient" else None


def _listed(results: Any) -> tuple[Any, ...]:
    return tuple(results) if isinstance(results, list | tuple) else (results,)
