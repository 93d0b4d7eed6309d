"""Gradient descent on an objective: TensorFlow's tape and Keras' optimizers, with every iterate kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine.descent_loop import CompiledLoop, EagerLoop, Loop, Stretch, flat, row_of
from tapeviz.engine.failures import message_of
from tapeviz.engine.objective import Objective
from tapeviz.engine.optimizers import stepper
from tapeviz.model.descent import DescentSettings, IterateBatch, stride
from tapeviz.model.tensor import TensorValue

_log = logging.getLogger(__name__)


class DescentError(RuntimeError):
    """A descent cannot go on from where it is; the message is a sentence that says why."""


class Descent:
    """One descent, which goes on as far as it is told, again and again.

    Iterations run in one compiled loop: by XLA where it can compile the objective, else as a plain graph; one by one
    and eagerly where the objective cannot be traced.

    Parameters
    ----------
    objective : Objective
    settings : DescentSettings
        Where `start` is empty, it starts where the objective's parameters are.

    Attributes
    ----------
    count : int
        How many iterates there are so far.
    stepper : Stepper
        Its variables stand at the last iterate.
    is_finite : bool
        Whether the last iterate's loss and gradient are finite; there are no more where they are not.

    Raises
    ------
    NoObjectiveError, ValueError
        Where these settings cannot be; a sentence says why.
    """

    def __init__(self, objective: Objective, settings: DescentSettings) -> None:
        self.count = 0
        self.is_finite = True
        self._is_prepared = False
        self._objective = objective
        self._dtype = objective.dtype
        self._settings = settings
        self.stepper = stepper(objective, settings)
        self._fresh = [variable.numpy() for variable in self.stepper.state]
        self._loops = self._ways()
        self._loop = next(self._loops)

    @property
    def is_steerable(self) -> bool:
        """Whether the learning rate can be changed."""
        return self.stepper.is_steerable

    def prepare(self) -> None:
        """Trace and compile what the next update needs, where that has not been done."""
        while not self._is_prepared:
            try:
                self._loop.run(1, 0, 1)
                self._is_prepared = True
            except Exception as error:
                self._fall_back(error)

    @property
    def gradients(self) -> Sequence[Any]:
        """The gradients at the last iterate, one for each variable of the `stepper`."""
        return [variable.read_value() for variable in self._loop.gradients]

    def steer(self, rate: float) -> None:
        """Make all further updates with this learning rate."""
        self.stepper.steer(rate)

    def serves(self, objective: Objective, settings: DescentSettings) -> bool:
        """Whether `restart` makes this the descent of these settings, so that nothing has to be compiled for it."""
        rate = settings.learning_rate if self.is_steerable else self._settings.learning_rate
        iterations = settings.iterations if settings.schedule is None else self._settings.iterations
        same = replace(self._settings, start=settings.start, learning_rate=rate, iterations=iterations)
        return objective is self._objective and same == settings

    def restart(self, settings: DescentSettings) -> None:
        """Begin again, from where these settings say and with their learning rate; the rest is as it was."""
        self.count, self.is_finite = 0, True
        for variable, value in zip(self.stepper.state, self._fresh, strict=True):
            variable.assign(value)
        start = tf.constant(settings.start or self._objective.start, self._dtype)
        for variable, value in zip(self.stepper.variables, self._objective.values(start), strict=True):
            variable.assign(value)
        if self.is_steerable:
            self.steer(settings.learning_rate)

    def advance(self, count: int) -> IterateBatch:
        """Compute `count` more iterates, of which the very first is where it starts.

        Fewer come where the objective or its gradient is no finite number any more; that iterate is the last. Fewer
        come too where the next one cannot be computed; asked for that one, this raises.

        Raises
        ------
        DescentError
            Where the objective raises, or no update can be made.
        """
        first, step = self.count, stride(self.count + count - 1, self._objective.dimension)
        parts: list[Stretch] = []
        try:
            while self.count < first + count and self.is_finite:
                part = self._run(first + count - self.count, step) if self.count else self._measured()
                if not len(part.losses):
                    raise DescentError(self.stepper.failure())
                parts.append(part)
                self.count += len(part.losses)
                self.is_finite = bool(np.isfinite(part.losses[-1]) and np.isfinite(part.norms[-1]).all())
        except DescentError:
            if not parts:
                raise
        return self._batch(first, step, parts)

    def _ways(self) -> Iterator[Loop]:
        if not self._objective.reason:
            if self._objective.is_compilable:
                yield CompiledLoop(self.stepper, self._dtype, is_fused=True)
            yield CompiledLoop(self.stepper, self._dtype, is_fused=False)
        yield EagerLoop(self.stepper, self._dtype)

    def _measured(self) -> Stretch:
        """Compute iterate 0, eagerly: it is there while the loop has yet to be compiled."""
        try:
            loss, gradients = self.stepper.measure(tf.constant(0, tf.int64))
        except Exception as error:
            raise DescentError(_sentence(0, error)) from error
        for variable, gradient in zip(self._loop.gradients, gradients, strict=True):
            variable.assign(gradient)
        row = row_of(self.stepper.variables, loss, gradients, self._dtype)
        losses, norms, positions, flat_gradients = (part.numpy()[None] for part in row)
        rates = np.empty(0, losses.dtype)
        return Stretch(losses=losses, norms=norms, rates=rates, positions=positions, gradients=flat_gradients)

    def _run(self, count: int, step: int) -> Stretch:
        """Go on by the fastest way there is; where one fails, take back what it did and try the next."""
        while True:
            self.prepare()
            state = [*self.stepper.state, *self._loop.gradients]
            before = [variable.read_value() for variable in state]
            try:
                return self._loop.run(self.count, count, step)
            except Exception as error:
                for variable, value in zip(state, before, strict=True):
                    variable.assign(value)
                self._fall_back(error)

    def _fall_back(self, error: Exception) -> None:
        """Go on by the next slower way, from where the variables stand."""
        following = next(self._loops, None)
        if following is None:
            raise DescentError(_sentence(self.count, error)) from error
        _log.info("%s does not go as %s: %s", self._objective.title, type(self._loop).__name__, error)
        for variable, value in zip(following.gradients, self._loop.gradients, strict=True):
            variable.assign(value)
        self._loop, self._is_prepared = following, False

    def _batch(self, first: int, step: int, parts: Sequence[Stretch]) -> IterateBatch:
        """Join stretches; the last iterate is among those that are kept."""
        last = self.count - 1
        kept = np.arange(first + -first % step, self.count, step)
        positions, gradients = [part.positions for part in parts], [part.gradients for part in parts]
        if last % step:
            kept = np.append(kept, last)
            positions.append(flat(self.stepper.variables, self._dtype).numpy()[None])
            gradients.append(flat(self._loop.gradients, self._dtype).numpy()[None])
        return IterateBatch(
            first=first,
            losses=_joined([part.losses for part in parts]),
            norms=_joined([part.norms for part in parts]),
            rates=_joined([part.rates for part in parts]),
            kept=_joined([kept.astype(np.int64)]),
            positions=_joined(positions),
            gradients=_joined(gradients),
        )


def _joined(parts: Sequence[npt.NDArray[Any]]) -> TensorValue:
    array = np.concatenate(parts) if len(parts) > 1 else parts[0]
    return TensorValue(encoding=array.dtype.str, shape=array.shape, data=array.tobytes())


def _sentence(iterate: int, error: Exception) -> str:
    return f"The objective raised {type(error).__name__} at iterate {iterate}: {message_of(error)}"
