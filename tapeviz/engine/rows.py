"""The rows of a Jacobian as backward passes of their own, run by the very C++ tape that TensorFlow used.

``tape.jacobian`` traces one symbolic backward pass and vectorises it, so that no row of it can be seen. The same tape,
asked again with a one at a single element of the target, gives that row with real numbers at every op.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine import row_tap
from tapeviz.engine.checking import Check
from tapeviz.engine.events import RawCall, RawOp
from tapeviz.engine.thread_tap import start_unseen
from tapeviz.engine.values import Array, array_of

MAX_ROWS = 256
MAX_VJPS = 8_192
MAX_ELEMENTS = 400_000
"""How many rows of a Jacobian are kept, how many gradient functions may run for them, and the numbers they may hold."""

_ROUNDINGS = 2_000.0
_COARSEST = 0.05
"""How far the vectorised Jacobian may differ from its rows, in units of rounding: it multiplies in another order."""

_PYTHON_OPS = frozenset(("EagerPyFunc", "PyFunc", "PyFuncStateless"))
OWN_CODE = (
    "Its rows cannot be stepped through: the lesson's own Python code takes part in the backward pass, and would have "
    "to run once more for every row."
)

VARIABLE_TARGET = "Its rows cannot be stepped through: its target is a variable, which TensorFlow reads anew for it."

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row: the element of the target it belongs to, and the backward pass that gave it."""

    index: Index
    call: RawCall


@dataclass(slots=True)
class RawRows:
    """The rows of one Jacobian, how the check of all of them against it went, and what is to be said of them.

    `is_empty` says that the target has no elements: then there are no rows, and nothing is left to check.
    """

    rows: list[RawRow] = field(default_factory=list)
    is_empty: bool = False
    check: Check = field(default_factory=Check)
    note: str = ""


_Noting = Callable[[RawCall], contextlib.AbstractContextManager[None]]


class RowBook:
    """Runs the rows of a run's Jacobians, and knows which ops would run the lesson's own code for it."""

    def __init__(self, ops: list[RawOp]) -> None:
        self._ops = ops
        self._own_gradients: set[int] = set()
        self._running: dict[int, RawCall] = {}

    def note_gradient(self, op: int, backward: Callable[..., Any]) -> None:
        """Note the gradient function that was given with an op."""
        if row_tap.is_own_code(backward):
            self._own_gradients.add(op)

    def forget(self, first: int) -> None:
        """Forget the ops from `first` on."""
        self._own_gradients = {op for op in self._own_gradients if op < first}

    def running(self) -> RawCall | None:
        """Give the row whose gradient functions run in this thread."""
        return self._running.get(threading.get_ident())

    def run(self, call: RawCall, tape: Any, given: list[Any]) -> None:
        """Run the rows of a Jacobian that has just been computed, and keep them with its call.

        They run in a thread of their own, where no tape records and no callback hears of an op. No random number is
        drawn and no code of the lesson's runs; where that could not be avoided, there are no rows, and a note says why.

        Parameters
        ----------
        call : RawCall
            A finished call of ``jacobian`` or ``batch_jacobian``.
        tape : C++ tape
            The one behind the ``GradientTape``, still holding what it recorded.
        given : list
            The sources as they were given, variables not yet replaced by their handles.
        """
        target: Any = (call.targets or [None])[0]
        call.rows = RawRows()
        if row_tap.is_variable(target):
            call.rows.note = VARIABLE_TARGET
            return
        call.rows.is_empty = not math.prod(target.shape)
        if call.rows.is_empty or not row_tap.is_differentiable(target):
            return
        if self._needs_own_code(call, target):
            call.rows.note = OWN_CODE
            return
        runner = _RowThread(call, tape, target, given, self._noting)
        runner.run()
        _compare(call, call.rows, runner.count)

    def _needs_own_code(self, call: RawCall, target: Any) -> bool:
        """Follow the target back: whether an op on the way would run Python code, or have an effect."""
        needed = {target._id}
        for index in range(len(self._ops) - 1, call.tape.entered_at - 1, -1):
            raw = self._ops[index]
            if not (raw.is_held and call.tape in raw.active and any(output._id in needed for output in raw.outputs)):
                continue
            needed.update(tensor._id for tensor in raw.inputs)
            name = raw.type.decode() if isinstance(raw.type, bytes) else raw.type
            is_python = index in self._own_gradients or name in _PYTHON_OPS
            if is_python or (name.startswith("__") and row_tap.has_effects(name)):
                return True
        return False

    @contextlib.contextmanager
    def _noting(self, row: RawCall) -> Iterator[None]:
        """Let what this thread's gradient functions do belong to `row` while the block runs."""
        self._running[threading.get_ident()] = row
        try:
            yield
        finally:
            del self._running[threading.get_ident()]


class _RowThread:
    """Runs row after row until all are there or the budget is spent."""

    def __init__(self, call: RawCall, tape: Any, target: Any, given: Any, noting: _Noting) -> None:
        self.call = call
        self.tape = tape
        self.target = target
        self.given = given
        self.noting = noting
        shape = tuple(target.shape)
        self.is_batch = call.method == "batch_jacobian"
        elements = shape[1:] if self.is_batch else shape
        self.indices = _first(elements)
        self.count = math.prod(elements)
        self._is_stopped = False
        self._error: Exception | None = None

    def run(self) -> None:
        """Wait for the rows; a lesson that is stopped meanwhile stops them too."""
        thread = threading.Thread(target=self._run, name="tapeviz rows")
        start_unseen(thread)
        try:
            thread.join()
        finally:
            self._is_stopped = True
        if self._error is not None:
            self.call.rows.note = f"Its rows cannot be stepped through: TensorFlow says '{self._error}'."

    def _run(self) -> None:
        rows, vjps, elements = self.call.rows.rows, 0, 0
        for index in self.indices:
            try:
                row = self._row(index)
            except Exception as error:  # Whatever TensorFlow says of it, the lesson's own call has succeeded.
                rows.clear()
                self._error = error
                return
            vjps += len(row.call.vjps)
            elements += sum(map(_elements, row.call.vjps))
            if self._is_stopped or (rows and (vjps > MAX_VJPS or elements > MAX_ELEMENTS)):
                return
            rows.append(row)

    def _row(self, index: Index) -> RawRow:
        call = self.call
        one = np.zeros(tuple(self.target.shape), self.target.dtype.as_numpy_dtype)
        one[_place(call, index)] = 1
        seed = tf.constant(one, self.target.dtype)
        row = RawCall(
            tape=call.tape,
            method="gradient",
            line=call.line,
            started_at=call.started_at,
            unconnected_gradients="zero" if self.is_batch else call.unconnected_gradients,
            ended_at=call.ended_at,
            paths=call.paths,
            targets=[self.target],
            sources=call.sources,
            seeds=[seed],
            watched=call.watched,
            since=call.since,
        )
        with self.noting(row):
            row.results = row_tap.row_gradient(
                self.tape, self.target, call.sources, self.given, seed, row.unconnected_gradients
            )
        row.is_finished = True
        return RawRow(index, row)


def _place(call: RawCall, index: Index) -> Any:
    """Say where an element stands in the target: of ``batch_jacobian``, in every example."""
    return (slice(None), *index) if call.method == "batch_jacobian" else index


def _first(shape: tuple[int, ...]) -> list[Index]:
    """List the first elements of a tensor of this shape."""
    return [tuple(int(place) for place in np.unravel_index(k, shape)) for k in range(min(math.prod(shape), MAX_ROWS))]


def _elements(vjp: Any) -> int:
    return sum(math.prod(tensor.shape) for tensor in vjp.results if hasattr(tensor, "_id"))


def _compare(call: RawCall, rows: RawRows, count: int) -> None:
    """Hold every row that was run against the Jacobian that TensorFlow returned."""
    for place, whole in enumerate(call.results):
        for row in rows.rows:
            _compare_row(call, rows.check, row, row.call.results[place], whole)
    if rows.rows and len(rows.rows) < count:
        rows.note = f"{len(rows.rows)} of its {count:,} rows are kept and checked.".replace(",", "\u2009")


def _compare_row(call: RawCall, check: Check, row: RawRow, result: Any, whole: Any) -> None:
    if result is None or whole is None:
        if result is not None or whole is not None:
            check.fail(f"Row {list(row.index)} and the Jacobian do not agree on whether there is a path.")
        return
    mine = array_of(result)
    its = array_of(whole)[_place(call, row.index)]
    error, is_close = _difference(mine, its)
    check.largest_error = max(check.largest_error, error)
    if not is_close:
        check.fail(
            f"Row {list(row.index)}, run by itself, is not what the Jacobian says: "
            f"the relative difference is {error:.3g}."
        )


def _difference(mine: Array, its: Array) -> tuple[float, bool]:
    if mine.shape != its.shape:
        return float("inf"), False
    wide = np.complex128 if np.iscomplexobj(mine) else np.float64
    first, second = mine.astype(wide), its.astype(wide)
    is_finite = np.isfinite(first) & np.isfinite(second)
    if not (is_finite | (first == second) | (np.isnan(first) & np.isnan(second))).all():
        return float("inf"), False
    difference = np.abs(first - second)[is_finite]
    scale = float(np.abs(second[is_finite]).max(initial=0.0))
    if not difference.any():
        return 0.0, True
    error = float(difference.max()) / (scale or 1.0)
    unit = float(np.finfo(its.dtype).eps) if its.dtype.kind in "fc" else 0.0
    return error, error <= min(_ROUNDINGS * unit, _COARSEST)
