"""Listens to the tape while a lesson runs and notes what it hears; what to make of it is for later."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

from tapeviz.engine import tap
from tapeviz.engine.attributes import type_name
from tapeviz.engine.departures import asked_by_library, departure_line
from tapeviz.engine.events import (
    CUSTOM_GRADIENT,
    MERGED,
    NOWHERE,
    ActiveTapes,
    HiddenRead,
    LapListener,
    Place,
    RawCall,
    RawOp,
    RawTape,
)
from tapeviz.engine.forward import ForwardBook
from tapeviz.engine.functions import FunctionBook
from tapeviz.engine.gradient_calls import CallBook
from tapeviz.engine.invocations import InvocationBook
from tapeviz.engine.names import NameBook
from tapeviz.engine.own_iterates import IterateBook, TakesIterates
from tapeviz.engine.places import innermost, line_of
from tapeviz.engine.rows import RowBook
from tapeviz.engine.scopes import ScopeBook
from tapeviz.engine.threads import ThreadBook
from tapeviz.engine.values import is_large
from tapeviz.engine.variables import Kind, VariableBook, hidden_reads

MAX_BYTES = 2**30
"""Large values are held whole up to this much; beyond it, those of ops that are over are summarised."""

MAX_OPS = 200_000
"""An endless loop of ops must not eat all memory: beyond this many, ops run but are not kept."""

_CLEANING_OPS = frozenset(("DestroyResourceOp", b"DestroyResourceOp"))


class Recorder:
    """The listener of one run.

    Parameters
    ----------
    filename : str
        What the lesson's code objects call their file.
    names : NameBook
    on_heavy : callable
        Called between gradient calls when the values that are held take too much memory.
    scopes : ScopeBook, optional
        Keeps what the names around each tape stand for; without it nobody does.
    """

    def __init__(
        self,
        filename: str,
        names: NameBook,
        on_heavy: Callable[[Recorder], None],
        scopes: ScopeBook | None = None,
    ) -> None:
        self.filename = filename
        self.names = names
        self.scopes = ScopeBook(None) if scopes is None else scopes
        self.variables = VariableBook()
        self.invocations = InvocationBook(filename)
        self.ops: list[RawOp] = []
        self.tapes: list[RawTape] = []
        self.calls: list[RawCall] = []
        self.accesses: list[tuple[int, int, ActiveTapes]] = []
        self.departures: list[tuple[int, int, int | None]] = []
        self.resets: list[tuple[RawTape, int, int | None]] = []
        self.is_full = False
        self.keeps_tapes = False
        self.has_early_uses = False
        self._max_ops = MAX_OPS
        self._on_heavy = on_heavy
        self.weighed = 0
        self.weight = 0
        self.threads = ThreadBook()
        self._lock = threading.RLock()
        self.known: set[int] = set()
        self._laps: LapListener | None = None
        self._is_lap_over = False
        self.rows = RowBook(self.ops)
        self.forward = ForwardBook(self.ops, self.threads.accumulators, lambda: line_of(innermost(filename)))
        self.functions = FunctionBook(self)
        self.gradients = CallBook(self)
        self.iterates: IterateBook | None = None
        self._tapes: weakref.WeakKeyDictionary[Any, RawTape] = weakref.WeakKeyDictionary()

    def tell_iterates(self, tell: TakesIterates) -> None:
        """Have the iterates of loops told while they run."""
        self.iterates = IterateBook(self, tell)

    def attend(self, laps: LapListener) -> None:
        """Tell `laps` from now on where loops begin anew."""
        self._laps = laps

    def _end_lap(self) -> None:
        self._is_lap_over = False
        if self._laps is not None:
            self._laps.end_lap()

    def on_op(
        self,
        op_type: Any,
        inputs: Any,
        attributes: Any,
        outputs: Any,
        op_name: Any = None,  # noqa: ARG002 (TensorFlow gives it by this name)
        graph: Any = None,
    ) -> None:
        """Note one op; see `Listener`."""
        caller = sys._getframe(1)
        here = self.threads.found()
        if graph is not None and here is not None:
            self.functions.sample(caller)
        if here is None or graph is not None or here.is_muted or self.is_full or op_type in _CLEANING_OPS:
            return
        with self._lock:
            if self._is_lap_over:
                self._end_lap()
            self._on_op(caller, op_type, inputs, attributes, outputs)

    def _on_op(self, caller: FrameType, op_type: Any, inputs: Any, attributes: Any, outputs: Any) -> None:
        frame, place = self.invocations.standing(caller)
        known = self.known
        has_unseen = False
        if self.forward.is_rule(op_type):
            # It comes before the ops that it belongs to are told of, a hidden read of a variable among them.
            self.has_early_uses = True
        else:
            for tensor in inputs:
                if tensor._id not in known:
                    known.add(tensor._id)
                    has_unseen = True
        for tensor in outputs:
            if tensor._id in known:
                self.has_early_uses = True
            known.add(tensor._id)
        if frame is not None:
            self.names.sample(frame)
        if has_unseen:
            self._note_hidden_reads(caller, inputs, place)
        # The list belongs to TensorFlow, which may clear places in it later.
        self._note(op_type, inputs, attributes, tuple(outputs), place)
        kind = self.variables.kind_of(op_type)
        if kind != "other":
            self._note_variables(kind, inputs, outputs)

    def _note(self, op_type: Any, inputs: Any, attributes: Any, outputs: Any, place: Place) -> None:
        here = self.threads.here
        active = here.active
        self.ops.append(
            RawOp(
                op_type,
                inputs,
                attributes,
                outputs,
                *place,
                tap.scope_name(),
                active,
                bool(active) and tap.should_record(list(inputs)),
                here.call,
                here.paused > 0,
                here.name,
            )
        )
        if len(self.ops) >= self._max_ops:
            self.is_full = True
        if len(self.ops) % _WEIGHED_TOGETHER == 0:
            self._weigh()

    def _weigh(self) -> None:
        """Add up what the last ops made; where it is too much, let the large values go, if no call needs them."""
        for raw in self.ops[self.weighed :]:
            self.weight += sum(tensor._num_elements() * tensor.dtype.size for tensor in raw.outputs if is_large(tensor))
        self.weighed = len(self.ops)
        if self.weight > MAX_BYTES and not self.threads.has_open_calls():
            self.weight = 0
            self._on_heavy(self)

    def _note_hidden_reads(self, caller: FrameType, inputs: Any, place: Place) -> None:
        # An op that is given a variable reads it in C++, where no callback hears of it.
        for variable, tensor in hidden_reads(caller, inputs):
            self.on_variable(variable)
            handle = variable.handle
            self.known.add(handle._id)
            attributes = HiddenRead(("dtype", variable.dtype))
            self._note("ReadVariableOp", (handle,), attributes, (tensor,), place)
            self.variables.note_read(handle, tensor)

    def _note_variables(self, kind: Kind, inputs: Any, outputs: Any) -> None:
        with self.threads.here.muted():
            if kind == "reads":
                self.variables.note_read(inputs[0], outputs[0])
            elif kind == "assigns":
                self.variables.note_plain_write(inputs[0], inputs[1], len(self.ops) - 1)
            elif kind == "changes":
                self.variables.note_write(inputs, len(self.ops) - 1)
            elif kind == "calls":
                self.variables.note_call(inputs, len(self.ops) - 1)

    def title(self, tensor: Any) -> str:
        """Return what a tensor is called in a sentence."""
        name = self.names[tensor._id]
        return f"'{name}'" if name else f"a tensor of dtype {tensor.dtype.name}"

    def on_push(self, tape: Any) -> None:
        """Note that a tape records."""
        raw = self.noted(tape)
        if self.threads.found() is None or (raw is None and not tap.is_executing_eagerly()):
            return
        if raw is None and self.threads.here.open_calls and asked_by_library():
            return
        if raw is None or raw.is_cut:
            frame = innermost(self.filename)
            if self._is_lap_over:
                self._end_lap()
            if self._laps is not None and not (self.threads.here.active or self.threads.here.open_calls):
                self._is_lap_over = self._laps.begin(frame)
            raw = RawTape(
                persistent=bool(tape._persistent),
                watch_accessed_variables=bool(tape._watch_accessed_variables),
                parent=self.threads.here.active[-1] if self.threads.here.active else None,
                line=line_of(frame),
                entered_at=len(self.ops),
            )
            self._tapes[tape] = raw
            weakref.finalize(tape, raw.free, self.ops).atexit = False
            self.tapes.append(raw)
            self.scopes.note(raw, frame)
        if not self.threads.here.is_in_jacobian:
            raw.exited_at = None
        self.threads.here.active = (*self.threads.here.active, raw)
        self.threads.here.left_open[id(raw)] = tape._tape
        if len(self.threads.here.active) > 1:
            for active in self.threads.here.active:
                active.is_nested = True

    def noted(self, tape: Any) -> RawTape | None:
        """Return what is noted of a ``GradientTape``, None where it is not the lesson's."""
        return self._tapes.get(tape)

    def on_pop(self, tape: Any) -> None:
        """Note that a tape stopped."""
        raw = self.noted(tape)
        if raw is None or self.threads.found() is None or raw not in self.threads.here.active:
            return
        self.threads.here.active = tuple(active for active in self.threads.here.active if active is not raw)
        del self.threads.here.left_open[id(raw)]
        if not self.threads.here.is_in_jacobian:
            raw.exited_at = len(self.ops)
        self.note_watched(tape, raw)
        self.names.scan(innermost(self.filename))

    def leave_tapes(self) -> None:
        """Stop the tapes that the lesson left recording, and listen to none of its threads any more."""
        for tape in self.threads.here.left_open.values():
            tap.leave(tape)
        self.threads.clear()

    def on_pause(self, is_paused: bool) -> None:
        """Note that ops run under ``stop_recording``."""
        if self.threads.found() is not None:
            self.threads.here.paused += 1 if is_paused else -1

    def on_reset(self, tape: Any) -> None:
        """Note that a tape forgets."""
        raw = self.noted(tape)
        if raw is not None and self.threads.is_listening():
            raw.resets.append(len(self.ops))
            self.resets.append((raw, len(self.ops), line_of(innermost(self.filename))))

    def on_watch(self, tape: Any, tensors: list[Any]) -> None:
        """Note what is watched by hand."""
        raw = self.noted(tape)
        if raw is None or not self.threads.is_listening():
            return
        if self._is_lap_over:
            self._end_lap()
        for tensor in tensors:
            if tap.is_variable(tensor):
                self.variables.note(tensor)
            handle = tap.handle_of(tensor)
            raw.watches.append((len(self.ops), handle._id))
            raw.watched[handle._id] = handle

    def note_watched(self, tape: Any, raw: RawTape) -> list[int]:
        """Note what a tape watches by now; return the ids of the variables among it."""
        handles = []
        for variable in tape.watched_variables():
            self.variables.note(variable)
            handles.append(tap.handle_of(variable))
        raw.watched.update((handle._id, handle) for handle in handles)
        return [handle._id for handle in handles]

    def on_variable(self, variable: Any) -> None:
        """Note a variable that is read, and which tapes come to watch it by that."""
        if not self.threads.is_listening() or not tap.is_variable(variable):
            return
        if self._is_lap_over:
            self._end_lap()
        self.variables.note(variable)
        if len(self.threads.here.active) > 1 and variable.trainable:
            self.accesses.append((len(self.ops), variable.handle._id, self.threads.here.active))

    def on_recorded_operation(
        self, op_type: str, outputs: list[Any], inputs: list[Any], backward: Callable[..., Any]
    ) -> int | None:
        """Note an op with a gradient of its own; None where no tape holds it."""
        with self._lock:
            op = self._recorded_operation(op_type, outputs, inputs)
        if op is not None:
            self.rows.note_gradient(op, backward)
        return op

    def _recorded_operation(self, op_type: str, outputs: list[Any], inputs: list[Any]) -> int | None:
        if self.is_full or not self.threads.is_listening() or not self.threads.here.active:
            return None
        outputs = [output for output in outputs if output is not None]  # functions may return None among tensors
        if not outputs:
            return None
        if not tap.should_record(list(inputs)):
            return None
        op = self._producer(outputs[0])
        if op is None:
            self._note(op_type, tuple(inputs), None, tuple(outputs), NOWHERE)
            return len(self.ops) - 1
        raw = self.ops[op]
        if type_name(raw.type) != "Identity":
            self.ops[op] = raw._replace(is_held=True)
            return op
        # A custom gradient hands its results through Identity ops and records itself in their place.
        for output in outputs:
            twin = self._producer(output)
            if twin is not None and type_name(self.ops[twin].type) == "Identity":
                self.ops[twin] = self.ops[twin]._replace(type=MERGED)
        place = raw.code, raw.instruction, raw.invocation
        self._note(op_type, tuple(inputs), CUSTOM_GRADIENT, tuple(outputs), place)
        return len(self.ops) - 1

    def _producer(self, tensor: Any) -> int | None:
        for index in range(len(self.ops) - 1, max(-1, len(self.ops) - 1 - _LOOK_BACK), -1):
            if any(output._id == tensor._id for output in self.ops[index].outputs):
                return index
        return None

    def on_departure(self, tensor: Any) -> None:
        """Note that a value leaves TensorFlow for the lesson (and not for TensorFlow's own use of it)."""
        if not self.threads.is_listening() or self.is_full:
            return
        line = departure_line(sys._getframe(2), self.filename)
        departure = (tensor._id, len(self.ops), line)
        if line is not None and departure not in self.departures[-1:]:
            self.departures.append(departure)

    def held_before(self, inputs: Any) -> dict[int, Any]:
        """Return what the variables among the inputs of a function hold before it runs, by the ids of handles."""
        with self.threads.here.muted():
            return self.variables.held(inputs)

    def on_thread(self) -> bool:
        """Whether a thread that is started now is the lesson's: what a library starts by itself is not.

        From then on no loop is folded: what is cut out of it might belong to another thread.
        """
        is_followed = self.threads.found() is not None and innermost(self.filename) is not None
        if is_followed:
            self._laps, self._is_lap_over = None, False
        return is_followed

    def on_thread_began(self, name: str) -> None:
        """Follow a thread from here on."""
        self.threads.begin(name)

    def on_thread_ended(self) -> None:
        """Follow it no more."""
        self.threads.end()


_LOOK_BACK = 64
_WEIGHED_TOGETHER = 64
