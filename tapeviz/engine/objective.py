"""What descends: a scalar function of some tensors, that TensorFlow can trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.model.descent import ObjectiveFacts, Parameter
from tapeviz.model.tensor import value_of_array


class NoObjectiveError(ValueError):
    """There is nothing to descend on; the message is a sentence that says why, and what mends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A scalar function of its parameters.

    Parameters
    ----------
    title : str
        What its value is called (``loss``).
    parameters : tuple of Parameter
    compute : callable
        ``compute(values, rows)``: the objective, a scalar tensor, where the parameters have `values`, a sequence of
        tensors. `rows` are the examples of the data that count, an integer tensor of shape (batch,), or None for all
        of them. It can be traced by ``tf.function``, also within ``tf.vectorized_map``, unless there is a `reason`.
    reason : str
        Why it cannot be traced, in a sentence; it is then to be called eagerly. Empty where it can.
    examples : int or None
        How many examples there are to choose `rows` from; None where the objective has no data.
    is_compilable : bool
        Whether XLA compiles it with its gradient (``jit_compile=True``); plain ``tf.function`` does wherever there is
        no `reason`.
    is_vectorizable : bool
        Whether it can be traced within ``tf.vectorized_map``.
    """

    title: str
    parameters: tuple[Parameter, ...]
    compute: Callable[[Sequence[Any], Any], Any]
    reason: str = ""
    examples: int | None = None
    is_compilable: bool = True
    is_vectorizable: bool = True

    @property
    def dimension(self) -> int:
        """How many coordinates a position has."""
        return sum(parameter.size for parameter in self.parameters)

    @property
    def dtype(self) -> tf.DType:
        """The type of a position: the widest of its parameters'."""
        return tf.as_dtype(np.result_type(*(parameter.start.array.dtype for parameter in self.parameters)))

    @property
    def start(self) -> npt.NDArray[Any]:
        """Where the parameters stood in the lesson, as a position of shape (dimension,)."""
        return np.concatenate([parameter.start.array.reshape(-1) for parameter in self.parameters])

    def values(self, position: Any) -> list[Any]:
        """Cut a position, a tensor of shape (dimension,), into the values of the parameters."""
        pieces = tf.split(position, [parameter.size for parameter in self.parameters])
        return [
            tf.cast(tf.reshape(piece, parameter.shape), parameter.dtype)
            for piece, parameter in zip(pieces, self.parameters, strict=True)
        ]

    def at(self, position: Any, rows: Any = None) -> Any:
        """Compute the objective at a position, a tensor of shape (dimension,)."""
        return self.compute(self.values(position), rows)

    def facts(self) -> ObjectiveFacts:
        """Tell what is known of it: a large start is summarised, as it does not travel."""
        return ObjectiveFacts(
            title=self.title,
            parameters=tuple(
                replace(parameter, start=value_of_array(parameter.start.array)) for parameter in self.parameters
            ),
            value=float(self.at(tf.constant(self.start, self.dtype))),
            reason=self.reason,
            examples=self.examples,
        )
