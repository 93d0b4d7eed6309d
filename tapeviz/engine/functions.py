"""Calls of compiled functions (``tf.function``) and their tracings, noted while a lesson runs.

What a function consists of is looked at when the run is over: here only what that takes is kept, of few calls.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any

from tapeviz.engine import graphs, tap
from tapeviz.engine.attributes import type_name
from tapeviz.engine.events import CUSTOM_GRADIENT
from tapeviz.engine.places import innermost, line_of
from tapeviz.model.recording import InsideKind

if TYPE_CHECKING:
    from tapeviz.engine.recorder import Recorder

KEPT_FIRST = 3
"""So many calls of one function on one line are kept, from the first on; and the last one."""

_GENERATED = "__autograph_generated_file"
_MACHINERY = ("ag__", "do_return", "retval_", "fscope", "get_state", "set_state", "itr")


@dataclass(slots=True, eq=False)
class RawFunctionCall:
    """One call of a compiled function that ran as one op.

    `op` is its raw index. `held` is what variables held before it, by the ids of their handles.
    """

    graph: Any
    title: str
    count: int
    inputs: list[Any]
    held: dict[int, Any]
    started_at: int
    op: int = -1
    outputs: list[Any] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class RawOwnGradient:
    """One op whose gradient the lesson's code gives itself (``tf.custom_gradient``, ``tf.recompute_grad``).

    What ran in it are the raw ops from `started_at` up to `op`, the one that it is told as. `backward` is where the ops
    of its gradient function begin and end, the first time that it was applied.
    """

    kind: InsideKind
    title: str
    started_at: int
    op: int = -1
    backward: tuple[int, int] | None = None


@dataclass(slots=True, eq=False)
class RawTrace:
    """One tracing of a function: the types that it was traced for, the graph it made, and where."""

    function: Any
    title: str
    type: Any
    graph: Any
    line: int | None
    at: int


class FunctionBook:
    """The calls and tracings of one run."""

    def __init__(self, recorder: Recorder) -> None:
        self.traces: list[RawTrace] = []
        self.unopened: set[int] = set()
        self.eager_methods: list[str] = []
        self.watches_keras = False
        self._recorder = recorder
        self.own_gradients: dict[int, RawOwnGradient] = {}
        self._calls: defaultdict[tuple[Any, int | None], list[RawFunctionCall]] = defaultdict(list)
        self._names: dict[int, tuple[str, Any]] = {}

    @property
    def calls(self) -> list[RawFunctionCall]:
        """The calls that were kept, in the order made."""
        return sorted((call for calls in self._calls.values() for call in calls), key=lambda call: call.op)

    @property
    def names(self) -> Mapping[int, str]:
        """What the lesson's code calls the symbolic tensors of its graphs, by their ``id``."""
        return {key: name for key, (name, _) in self._names.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the run as a whole."""
        if not self.eager_methods:
            return ()
        methods = " and ".join(f"model.{method}" for method in self.eager_methods)
        return (f"{methods} ran op by op (run_eagerly), so that Keras' own tape can be seen.",)

    def forget(self, first: int) -> None:
        """Forget the calls whose op is one from `first` on."""
        for calls in self._calls.values():
            calls[:] = [call for call in calls if call.op < first]
        self.unopened = {op for op in self.unopened if op < first}
        self.own_gradients = {op: own for op, own in self.own_gradients.items() if op < first}
        for trace in self.traces:
            trace.at = min(trace.at, first)

    def on_function(self, function: Any, inputs: list[Any]) -> RawFunctionCall | None:
        """Note that a compiled function is about to run; keep what its variables hold."""
        recorder = self._recorder
        if not recorder.threads.is_listening() or recorder.is_full:
            return None
        graph = function.graph
        if graph.name.startswith("__backward_"):  # it is told as the gradient of the function it belongs to
            return None
        self._name_arguments(graph)
        return RawFunctionCall(
            graph=graph,
            title=_title(graph, recorder.filename),
            count=len([each for each in function.function_type.flat_outputs if each is not None]),
            inputs=list(inputs),
            held=recorder.held_before(inputs),
            started_at=len(recorder.ops),
        )

    def _name_arguments(self, graph: Any) -> None:
        """Note what the arguments of a function are called; what it closes over has names outside."""
        for tensor in graph.inputs[: len(graph.inputs) - len(graph.captures)]:
            name = graphs.given_name(tensor.op)
            if name.isidentifier():
                self._names.setdefault(id(tensor), (name, tensor))

    def on_function_ended(self, call: RawFunctionCall) -> None:
        """Note the op that the call was."""
        ops = self._recorder.ops
        found = (index for index in range(call.started_at, len(ops)) if type_name(ops[index].type).startswith("__"))
        call.op = next(found, -1)
        if call.op < 0:
            return
        raw = ops[call.op]
        call.outputs = list(raw.outputs[: call.count])
        kept = self._calls[raw.code, raw.instruction]
        if len(kept) > KEPT_FIRST:
            self.unopened.add(kept.pop().op)
        kept.append(call)

    def on_own_gradient(self, function: Any) -> RawOwnGradient | None:
        """Note that a function with a gradient of its own is about to run op by op."""
        recorder = self._recorder
        if not recorder.threads.is_listening() or recorder.is_full:
            return None
        kind, title = own_gradient_of(function)
        return RawOwnGradient(kind, title, len(recorder.ops))

    def on_own_gradient_ended(self, own: RawOwnGradient) -> None:
        """Note the op that it is told as, where a tape holds it."""
        ops = self._recorder.ops
        if len(ops) > own.started_at and ops[-1].attributes is CUSTOM_GRADIENT:
            own.op = len(ops) - 1
            self.own_gradients[own.op] = own

    def on_backward(self) -> int:
        """Tell how many ops were noted when a gradient function in Python begins."""
        return len(self._recorder.ops)

    def on_backward_ended(self, op: int, begun_at: int) -> None:
        """Note the ops that ran in the gradient function of an op."""
        own = self.own_gradients.get(op)
        if own is not None and own.backward is None and self._recorder.threads.is_listening():
            own.backward = begun_at, len(self._recorder.ops)

    def on_trace(self, function: Any, name: str, function_type: Any, graph: Any) -> None:
        """Note that a function's Python code was run to make a graph of it."""
        recorder = self._recorder
        if recorder.threads.found() is None:
            return
        frame = innermost(recorder.filename)
        if str(getattr(function, "__module__", "")).split(".", 1)[0] in ("tensorflow", "keras"):
            return
        title = name.strip("<>") or "function"
        self.traces.append(RawTrace(function, title, function_type, graph, line_of(frame), len(recorder.ops)))

    def on_run_eagerly(self, method: str) -> bool:
        """Note that Keras trains op by op where it would run compiled code."""
        if not self._recorder.threads.is_listening():
            return False
        if method not in self.eager_methods:
            self.eager_methods.append(method)
        return True

    def sample(self, frame: FrameType | None) -> None:
        """Look at what the code that is traced calls its tensors: at every op, and when a function returns."""
        frames = []
        while frame is not None:
            if frame.f_code.co_filename == self._recorder.filename or _GENERATED in frame.f_code.co_filename:
                frames.append(frame)
            frame = frame.f_back
        for found in reversed(frames):
            if found.f_code.co_name == "<module>":
                continue
            for name, value in found.f_locals.items():
                if tap.is_symbolic(value) and not name.startswith(("_", *_MACHINERY)):
                    self._names.setdefault(id(value), (name, value))


def own_gradient_of(function: Any) -> tuple[InsideKind, str]:
    """Say what kind of gradient of its own a function has, and what the lesson calls the function."""
    held = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    if str(function.__module__).startswith("tensorflow.") and "f" in held:
        return "recompute_grad", str(getattr(held["f"].cell_contents, "__name__", "recompute")).strip("<>")
    return "custom_gradient", function.__name__.strip("<>")


def _title(graph: Any, filename: str) -> str:
    """Name a function as the lesson does; one that TensorFlow made of a function, as what made it."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != filename:
        if frame.f_code.co_name == "vectorized_map":
            return "vectorized_map"
        frame = frame.f_back
    return graphs.function_name(graph.name).strip("<>") or "function"
