"""Runs the block of a tape with other values in its sources, traced or eagerly; nothing of the lesson is changed."""

from __future__ import annotations

import builtins
import contextlib
import itertools
import linecache
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine import standin_tap, tap
from tapeviz.engine.block_names import BlockNames, key_of
from tapeviz.engine.blocks import NAME, Block
from tapeviz.engine.freshness import runs_begun
from tapeviz.engine.scopes import LiveRun, Scope

Values = Sequence[Any]
_serial = itertools.count()
_lock = threading.RLock()
"""Held while a block runs: its names stand in the lesson's namespace, which there is one of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A source that is moved: a variable with its handle, or a tensor with the ids of those that it goes by."""

    handle: Any = None
    keys: frozenset[int] = frozenset()


class BlockFunction:
    """What a tape's block computes, as a function of its sources.

    Parameters
    ----------
    block : Block
    scope : Scope
        What the names in the block stood for when it began.
    namespace : dict
        The lesson's top level.
    live : LiveRun
    moved : sequence of Moved
        The sources, in the order of the values that they are given.
    weights : sequence of float
        What each target counts.

    Attributes
    ----------
    rows_of : dict of int to array
        The data of which only some rows are used where `rows` are given, by `key_of`.
    draws : bool
        Whether it was seen to draw random numbers by Python, NumPy or a seed of TensorFlow's.
    """

    def __init__(
        self,
        block: Block,
        scope: Scope,
        namespace: dict[str, Any],
        live: LiveRun,
        moved: Sequence[Moved],
        weights: Sequence[float],
    ) -> None:
        self.rows_of: dict[int, Any] = {}
        self._namespace = namespace
        self._live = live
        self._moved = tuple(moved)
        self._weights = tuple(weights)
        self._names = BlockNames(block.names, scope, namespace)
        self._function = _written(block, self._names.own)
        self._converted = standin_tap.converted(self._function)
        self._luck: standin_tap.Luck | None = None
        self.draws = False
        self._held = [handle for handle in live.handles.values() if tap.held_by(handle) and tap.has_value(handle)]

    def traced(self, values: Values, rows: Any = None) -> Any:
        """Compute the objective where the sources have `values`, as part of a graph that is being traced."""
        with (
            _lock,
            self._own_luck(),
            standin_tap.standing_in(self._variables(values)),
            self._named(values, rows) as arguments,
        ):
            return self._total(self._converted(**arguments))

    def eager(self, values: Values, rows: Any = None) -> Any:
        """Compute the objective op by op; it can be differentiated, also more than once.

        Where an op reads a variable by itself nobody can give it another value. So the variables are given the values,
        tapes of this side differentiate by them, and then they get back what they held.
        """

        def compute(values: Values) -> list[Any]:
            with self._named(values, rows) as arguments, standin_tap.within_block():
                return [self._total(self._function(**arguments))]

        return self._through(compute, list(values))[0]

    @contextlib.contextmanager
    def lesson_way(self, values: Values, rows: Any = None) -> Iterator[dict[str, Any]]:
        """Let the sources have `values` while the block is left, as the lesson would; give all names it can see.

        Afterwards everything is as it was.
        """
        with _lock, self._holding(values), self._named(values, rows) as arguments, standin_tap.within_block():
            yield {**self._namespace, **arguments}

    def sources(self, values: Values) -> list[Any]:
        """List what gradients are asked for where the sources have `values`: handles, and these values."""
        pairs = zip(self._moved, values, strict=True)
        return [value if moved.handle is None else moved.handle for moved, value in pairs]

    def targets(self, values: Values) -> list[Any]:
        """Compute the targets themselves, whatever their shapes: as part of a graph that is traced, or op by op."""
        if standin_tap.is_tracing():
            with _lock, standin_tap.standing_in(self._variables(values)), self._named(values, None) as arguments:
                return list(tf.nest.flatten(self._converted(**arguments)))
        with _lock, self._holding(values), self._named(values, None) as arguments, standin_tap.within_block():
            return list(tf.nest.flatten(self._function(**arguments)))

    def data(self) -> dict[str, Any]:
        """List the arrays and tensors that the block can see and that stay, by the way there (``batch[0]``)."""
        moved = frozenset[int]().union(*(each.keys for each in self._moved))
        return {way: value for way, value in self._names.data().items() if key_of(value) not in moved}

    def _variables(self, values: Values) -> dict[int, Any]:
        pairs = zip(self._moved, values, strict=True)
        return {moved.handle._id: value for moved, value in pairs if moved.handle is not None}

    def _total(self, targets: Any) -> Any:
        found = [tf.reshape(tf.convert_to_tensor(target), ()) for target in tf.nest.flatten(targets)]
        dtype = tf.as_dtype(np.result_type(*(target.dtype.as_numpy_dtype for target in found)))
        weighed = zip(found, self._weights, strict=True)
        terms = [
            tf.cast(target, dtype) if weight == 1 else weight * tf.cast(target, dtype) for target, weight in weighed
        ]
        return terms[0] if len(terms) == 1 else tf.add_n(terms)

    def _through(self, function: Callable[[Values], list[Any]], values: Values) -> list[Any]:
        """Run what reads variables as a function of `values`; its gradient is such a function again.

        The first values are those of the sources. What follows them are tensors that the function is given as they are.
        """
        with _lock, self._holding(values):
            results = function(values)

        def backward(*cotangents: Any) -> list[Any]:
            def gradients(values: Values) -> list[Any]:
                inputs, given = values[: -len(cotangents)], values[-len(cotangents) :]
                handles = [moved.handle for moved in self._moved]
                sources = [
                    value if handle is None else handle
                    for value, handle in itertools.zip_longest(inputs, handles[: len(inputs)])
                ]
                with tf.GradientTape(watch_accessed_variables=False) as tape:
                    tape.watch(sources)
                    outputs = function(inputs)
                found = tape.gradient(outputs, sources, output_gradients=list(given))
                pairs = zip(found, inputs, strict=True)
                return [tf.zeros_like(value) if one is None else tf.convert_to_tensor(one) for one, value in pairs]

            return self._through(gradients, [*values, *cotangents])

        return standin_tap.recorded(results, list(values), backward)

    @contextlib.contextmanager
    def _holding(self, values: Values) -> Iterator[None]:
        """Let the variables hold values; then give all of the lesson's back what they held."""
        before = [(handle, tap.read_variable(handle, _dtype_of(handle))) for handle in self._held]
        try:
            for moved, value in zip(self._moved, values, strict=False):
                if moved.handle is not None:
                    standin_tap.assign(moved.handle, value)
            with self._own_luck():
                yield
        finally:
            for handle, value in before:
                standin_tap.assign(handle, value)

    @contextlib.contextmanager
    def _own_luck(self) -> Iterator[None]:
        """Draw random numbers that are not the lesson's, unless a newer run draws from the same by now."""
        if runs_begun() != self._live.number:
            yield
            return
        of_lesson = standin_tap.Luck()
        if self._luck is not None:
            self._luck.put_back()
        started = self._luck or of_lesson
        try:
            yield
        finally:
            if runs_begun() == self._live.number:
                self._luck = standin_tap.Luck()
                self.draws |= not self._luck.is_as_far_as(started)
                of_lesson.put_back()

    def _named(self, values: Values, rows: Any) -> contextlib.AbstractContextManager[dict[str, Any]]:
        """Let the names of the block stand for what they do where the sources have `values`."""
        others = {key: value for moved, value in zip(self._moved, values, strict=False) for key in moved.keys}
        if rows is not None:
            others |= {key: tf.gather(value, rows) for key, value in self.rows_of.items()}
        return self._names.standing(others)


def _written(block: Block, names: Collection[str]) -> Callable[..., Any]:
    text = block.function(sorted(names))
    filename = f"<objective {next(_serial)}>"
    # AutoGraph reads the text of what it converts from here.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    exec(compile(text, filename, "exec", dont_inherit=True), space)
    function: Callable[..., Any] = space[NAME]
    return function


def _dtype_of(handle: Any) -> Any:
    held = tap.held_by(handle)
    return held[0] if held is not None else None
