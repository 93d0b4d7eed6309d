"""Many iterations in one go: a loop that TensorFlow compiles once and that runs as many iterations as it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine.optimizers import KerasStepper
from tapeviz.engine.standin_tap import compiled
from tapeviz.engine.stepper import Stepper

_ROOM_BYTES = 1 << 21
_MOST_ITERATES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Consecutive iterates, of which `positions` and `gradients` are those that the stride divides."""

    losses: npt.NDArray[Any]
    norms: npt.NDArray[Any]
    rates: npt.NDArray[Any]
    positions: npt.NDArray[Any]
    gradients: npt.NDArray[Any]


class Loop(Protocol):
    """Goes through iterations of a stepper, from where its variables stand.

    It ends early where the objective or its gradient is no finite number any more, and where no update can be made.
    """

    gradients: Sequence[tf.Variable]
    """The gradient where the variables stand, one for each of them."""

    def run(self, first: int, count: int, stride: int) -> Stretch:
        """Make up to `count` updates; iterate `first` is the one that the first update leads to."""


def flat(tensors: Sequence[Any], dtype: Any) -> Any:
    """Lay tensors out one after the other, as a position is."""
    return tf.concat([tf.cast(tf.reshape(tensor, [-1]), dtype) for tensor in tensors], 0)


def row_of(variables: Sequence[Any], loss: Any, gradients: Sequence[Any], dtype: Any) -> tuple[Any, ...]:
    """Return what is kept of an iterate: loss, norm of the gradient by each parameter, position, gradient."""
    norms = tf.stack([tf.cast(tf.norm(gradient), dtype) for gradient in gradients])
    return tf.cast(loss, dtype), norms, flat(variables, dtype), flat(gradients, dtype)


class CompiledLoop:
    """The loop inside one ``tf.function``, by XLA where `is_fused`.

    The number of iterations and the stride are tensors, and the arrays for what is found have a fixed size, so that
    nothing is compiled twice.

    Parameters
    ----------
    stepper : Stepper
    dtype : tf.DType
        Of a position.
    is_fused : bool
    """

    def __init__(self, stepper: Stepper, dtype: Any, *, is_fused: bool) -> None:
        self.gradients: Sequence[tf.Variable] = [tf.Variable(tf.zeros_like(variable)) for variable in stepper.variables]
        self._stepper = stepper
        self._dtype = dtype
        parameters, dimension = len(stepper.variables), sum(each.shape.num_elements() for each in stepper.variables)
        self._shapes = ((), (parameters,), (dimension,), (dimension,), ())
        row = (2 + parameters + 2 * dimension) * dtype.size
        self._most = min(_MOST_ITERATES, max(1, _ROOM_BYTES // row))
        self._is_fused = is_fused
        self._run: Callable[..., Any] | None = None

    def run(self, first: int, count: int, stride: int) -> Stretch:
        """Make up to `count` updates, as many as there is room for in one go."""
        numbers = [tf.constant(number, tf.int64) for number in (first, min(count, self._most), stride)]
        if self._run is None:
            self._run = compiled(self._loop, numbers, is_jit=self._is_fused)
        done, *arrays = self._run(*numbers)
        made = int(done)
        kept = (first + made - 1) // stride - (first - 1) // stride
        losses, norms, positions, gradients, rates = (array.numpy() for array in arrays)
        return Stretch(
            losses=losses[:made],
            norms=norms[:made],
            rates=rates[:made],
            positions=positions[:kept],
            gradients=gradients[:kept],
        )

    def _loop(self, first: Any, count: Any, stride: Any) -> tuple[Any, ...]:
        before = (first - 1) // stride

        def goes_on(place: Any, is_finite: Any, *_: Any) -> Any:
            return (place < count) & is_finite

        def body(place: Any, _: Any, gradients: Sequence[Any], arrays: Sequence[Any]) -> tuple[Any, ...]:
            iterate = first + place
            rate = tf.cast(self._stepper.update(iterate - 1, gradients), self._dtype)
            loss, gradients = self._stepper.measure(iterate)
            found = (*row_of(self._stepper.variables, loss, gradients, self._dtype), rate)
            # Of the iterates that are written into one slot the last is one that the stride divides.
            slot = tf.cast((iterate + stride - 1) // stride - before - 1, tf.int32)
            row = tf.cast(place, tf.int32)
            places = (row, row, slot, slot, row)
            written = [array.write(at, part) for array, at, part in zip(arrays, places, found, strict=True)]
            is_made = tf.math.is_finite(rate)
            is_finite = tf.math.is_finite(found[0]) & tf.reduce_all(tf.math.is_finite(found[1])) & is_made
            return place + tf.cast(is_made, tf.int64), is_finite, list(gradients), written

        arrays = [tf.TensorArray(self._dtype, self._most, element_shape=shape) for shape in self._shapes]
        start = (tf.constant(0, tf.int64), tf.constant(True), [each.read_value() for each in self.gradients], arrays)
        done, _, gradients, arrays = tf.while_loop(goes_on, body, start)
        for variable, gradient in zip(self.gradients, gradients, strict=True):
            variable.assign(gradient)
        return done, *(array.stack() for array in arrays)


class EagerLoop:
    """The loop as a lesson would write it: for what cannot be traced. What is raised comes with the next run.

    The objective and its gradient run op by op; what Keras makes of them is compiled all the same.
    """

    def __init__(self, stepper: Stepper, dtype: Any) -> None:
        self.gradients: Sequence[tf.Variable] = [tf.Variable(tf.zeros_like(variable)) for variable in stepper.variables]
        self._stepper = stepper
        self._dtype = dtype
        self._raised: Exception | None = None
        self._update: Callable[..., Any] | None = None
        self._note: Callable[..., Any] | None = None

    def run(self, first: int, count: int, stride: int) -> Stretch:
        """Make up to `count` updates, fewer where the objective raises on the way."""
        rows: list[list[Any]] = []
        for iterate in range(first, first + count):
            try:
                row = self._iterate(iterate)
            except Exception as error:
                if not rows:
                    raise
                self._raised = error
                break
            if not np.isfinite(row[-1]):
                break
            rows.append(row)
            if not (np.isfinite(row[0]) and np.isfinite(row[1]).all()):
                break
        return self._stretch(rows, [(first + place) % stride == 0 for place in range(len(rows))])

    def _iterate(self, iterate: int) -> list[Any]:
        if self._raised is not None:
            raise self._raised
        rate = self._moved(iterate - 1)
        loss, gradients = self._stepper.measure(tf.constant(iterate, tf.int64))
        row = self._noted(tf.reshape(tf.cast(loss, self._dtype), ()), gradients)
        return [part.numpy() for part in (*row, tf.cast(rate, self._dtype))]

    def _moved(self, iterate: int) -> Any:
        """Make an update, and return its learning rate."""
        if not isinstance(self._stepper, KerasStepper):
            return self._stepper.update(tf.constant(iterate, tf.int64), self.gradients)
        values = [gradient.read_value() for gradient in self.gradients]
        if self._update is None:
            self._update = compiled(lambda *given: self._stepper.update(iterate, given), values)
        return self._update(*values)

    def _noted(self, loss: Any, gradients: Sequence[Any]) -> Any:
        """Keep the gradient for the next update, and return what is kept of an iterate."""

        def note(loss: Any, *gradients: Any) -> tuple[Any, ...]:
            for variable, gradient in zip(self.gradients, gradients, strict=True):
                variable.assign(gradient)
            return row_of(self._stepper.variables, loss, gradients, self._dtype)

        if self._note is None:
            self._note = compiled(note, [loss, *self.gradients])
        return self._note(loss, *gradients)

    def _stretch(self, rows: Sequence[Sequence[Any]], is_kept: Sequence[bool]) -> Stretch:
        kept = [row for row, is_wanted in zip(rows, is_kept, strict=True) if is_wanted]
        numpy_dtype = self._dtype.as_numpy_dtype
        dimension = sum(each.shape.num_elements() for each in self.gradients)

        def column(place: int, of: Sequence[Sequence[Any]], *shape: int) -> npt.NDArray[Any]:
            return np.array([row[place] for row in of], numpy_dtype).reshape(len(of), *shape)

        return Stretch(
            losses=column(0, rows),
            norms=column(1, rows, len(self.gradients)),
            rates=column(4, rows),
            positions=column(2, kept, dimension),
            gradients=column(3, kept, dimension),
        )
