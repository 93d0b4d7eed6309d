"""Where a descent begins: values by variable name, made into one position."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from tapeviz.model.descent import Parameter
from tapeviz.model.numbers import format_shape

Nested: TypeAlias = "float | tuple[Nested, ...]"
"""A number, or a vector, matrix, ... of numbers."""


def start_position(parameters: Sequence[Parameter], given: Mapping[str, Nested]) -> tuple[float, ...]:
    """Put the given values in the place of those that the parameters had in the lesson.

    A single number for a parameter of any shape is for all of its elements.

    Returns
    -------
    tuple of float, shape (dimension,)
        Or empty where nothing is given: the descent begins where the lesson stood.

    Raises
    ------
    ValueError
        With a sentence: a name that is no parameter, a shape that is not its own, or a value outside its domain.
    """
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names:
            known = ", ".join(f"`{each}`" for each in names)
            raise ValueError(f"There is no `{name}` to start at: the objective depends on {known}.")
    if not given:
        return ()
    return tuple(number for each in parameters for number in _elements(each, given.get(each.name)))


def _elements(parameter: Parameter, given: Nested | None) -> list[float]:
    if given is None:
        if not parameter.start.is_whole:
            raise ValueError(
                f"`{parameter.name}` has {parameter.size:,} elements, too many to write a start beside them; "
                "let all parameters start where the lesson has them."
            )
        return [float(number) for number in parameter.start.array.reshape(-1)]
    wanted = f"of shape {format_shape(parameter.shape)}" if parameter.shape else "a single number"
    try:
        values = np.asarray(given, np.float64)
    except ValueError:
        raise ValueError(f"The start of `{parameter.name}` has rows of unequal length; it is {wanted}.") from None
    if values.shape not in ((), parameter.shape):
        shape = format_shape(values.shape)
        raise ValueError(f"The start of `{parameter.name}` has shape {shape}, but `{parameter.name}` is {wanted}.")
    elements = [float(number) for number in np.broadcast_to(values, parameter.shape).reshape(-1)]
    for number in elements:
        _check_within(parameter, number)
    return elements


def _check_within(parameter: Parameter, number: float) -> None:
    if not math.isfinite(number):
        raise ValueError(f"The start of `{parameter.name}` must be a number, not {number}.")
    low, high = parameter.domain or (-math.inf, math.inf)
    if not low <= number <= high:
        raise ValueError(
            f"The start {number:g} of `{parameter.name}` is outside its domain, from {low:g} to {high:g}; "
            "start within it, or change the domain in the lesson's settings."
        )
