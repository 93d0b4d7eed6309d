"""What the model in an objective predicts: found in the tape's block, computed by TensorFlow at any parameters."""

from __future__ import annotations

import ast
import contextlib
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tapeviz.engine import standin_tap
from tapeviz.engine.block_function import BlockFunction
from tapeviz.engine.blocks import Block
from tapeviz.engine.lesson_objective import block_of
from tapeviz.engine.objective import Objective
from tapeviz.engine.runner import RunResult
from tapeviz.engine.scopes import Scope
from tapeviz.engine.values import array_of
from tapeviz.model.fit import MAX_EXAMPLES, Fit, FitFacts, FitKind
from tapeviz.model.fit_shape import FitShape, fit_shapes, named_shape
from tapeviz.model.lesson import settings_of
from tapeviz.model.tensor import whole_value

Array = npt.NDArray[Any]
Predicts = Callable[[Sequence[Any]], Array]

MIN_EXAMPLES = 3
MAX_CLASSES = 10
CURVE_POINTS = 240
"""Points of the grid on which a curve is computed; `REGION_POINTS` along each side for regions."""

REGION_POINTS = 72
CURVE_ROOM = 0.06
REGION_ROOM = 0.25
"""How far beyond the data the grid goes on each side, as a share of what they span."""

_HELD = "tapeviz_prediction"


class NoFitError(ValueError):
    """The lesson names a fit that is none; the message is a sentence that says why, and what mends it."""


def prediction_of(result: RunResult, call: int, objective: Objective) -> Prediction | None:
    """Find the data in the objective of a gradient call and the model that is fitted to them.

    They are what the lesson's settings name (``[tool.tapeviz.fit]``), or else what has the usual shape: a difference
    or a loss of two, of which one is data and the other is made of other data and the parameters.

    Returns
    -------
    Prediction or None
        None where there is no data, or the model is not one of a number from a number or a class from two numbers.

    Raises
    ------
    NoFitError
        Where the lesson names one that is none.
    """
    model = _Model(result, call, objective)
    said = settings_of(result.recording.source.text).fit
    if said.x:
        try:
            return model.prediction(named_shape(model.body, said.x, said.y, said.prediction))
        except Exception as error:  # The lesson's own code is run here, and may raise anything.
            raise NoFitError(f"The fit that [tool.tapeviz.fit] names cannot be computed: {error}") from error
    for shape in fit_shapes(model.body, model.examples()):
        # What only looked like a fit raises what it likes when it is run on a grid.
        with contextlib.suppress(Exception):
            return model.prediction(shape)
    return None


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model that is fitted to data.

    Parameters
    ----------
    facts : FitFacts
    on_grid, on_data : callable
        Compute the predictions as an array, given the values of the parameters.
    objective : Objective
    """

    facts: FitFacts
    on_grid: Predicts
    on_data: Predicts
    objective: Objective

    def at(self, positions: Array) -> Fit:
        """Compute what the model says where its parameters are at `positions`, of shape (m, dimension)."""
        tensors = [self.objective.values(tf.constant(position, self.objective.dtype)) for position in positions]
        return Fit(
            positions=whole_value(np.asarray(positions, np.float64)),
            at_grid=whole_value(np.stack([self.on_grid(values) for values in tensors])),
            at_data=whole_value(np.stack([self.on_data(values) for values in tensors])),
        )


class _Model:
    """The block of a call's tape, to be run with other data in it."""

    def __init__(self, result: RunResult, call: int, objective: Objective) -> None:
        self._result = result
        self._objective = objective
        self._block, self._scope, self._moved = block_of(result, result.recording.gradient_calls[call])
        known = self._function(self._block, {}).data()
        self._data = {name: value for name, value in known.items() if name.isidentifier()}
        self.body = [*self._block.statement.body, *self._block.between]

    def examples(self) -> dict[str, int]:
        """List the data that the block knows by name, with how many examples each has."""
        sizes = {name: value.shape[0] for name, value in self._data.items() if len(value.shape) in (1, 2)}
        return {name: int(size) for name, size in sizes.items() if size >= MIN_EXAMPLES}

    def prediction(self, shape: FitShape) -> Prediction:
        """Run a fit at the parameters of the lesson, and say what there is to see of it.

        Raises
        ------
        Exception
            Anything, where it is none.
        """
        given = self._data.get(shape.x)
        if given is None:
            raise NoFitError(f"'{shape.x}' is no data that the tape's block knows by name.")
        x = np.asarray(array_of(given) if isinstance(given, tf.Tensor) else given)
        columns = x.reshape(len(x), -1)
        if x.dtype.kind != "f" or columns.shape[1] not in (1, 2):
            raise NoFitError(f"'{shape.x}' must hold one or two floating-point numbers for each example.")
        start = [parameter.start.array for parameter in self._objective.parameters]
        on_data = self._outputs(shape, {})
        predicted, wanted = on_data([tf.constant(value) for value in start])
        facts = _facts(shape, columns, predicted, _as_rows(wanted, len(x)))
        places = _grid(facts).reshape(-1, *x.shape[1:]).astype(x.dtype)
        grid = tf.constant(places) if isinstance(given, tf.Tensor) else places
        on_grid = self._outputs(shape, {shape.x: grid})
        kept = _sample(len(x))
        size = (CURVE_POINTS,) if facts.kind == "curve" else (REGION_POINTS, REGION_POINTS)
        found = Prediction(
            facts,
            lambda values: _one_each(_as_rows(on_grid(values)[0], len(places))).reshape(size),
            lambda values: _one_each(_as_rows(on_data(values)[0], len(x)))[kept],
            self._objective,
        )
        found.at(self._objective.start[np.newaxis])
        return found

    def _function(self, block: Block, data: Mapping[str, Any]) -> BlockFunction:
        scope = Scope({**self._scope.names, **data}, self._scope.is_top)
        return BlockFunction(block, scope, self._result.namespace, self._result.live, self._moved, ())

    def _outputs(self, shape: FitShape, data: Mapping[str, Any]) -> Callable[[Sequence[Any]], list[Array]]:
        """Make a function of the parameters' values that gives the prediction and what it is held to."""
        pair = ast.Tuple([shape.prediction, shape.wanted], ast.Load())
        cut = copy.copy(self._block.statement)
        cut.body = [*shape.before, ast.Assign(targets=[ast.Name(_HELD, ast.Store())], value=pair)]
        block = Block(cut, (), (ast.Name(_HELD, ast.Load()),), None)
        function = self._function(block, data)
        if self._objective.reason:
            return lambda values: list(map(array_of, function.targets(values)))
        start = [tf.constant(parameter.start.array) for parameter in self._objective.parameters]
        traced = standin_tap.compiled(lambda *values: function.targets(values), start)
        return lambda values: list(map(array_of, traced(*values)))


def _facts(shape: FitShape, x: Array, predicted: Array, wanted: Array) -> FitFacts:
    kind: FitKind = "curve" if x.shape[1] == 1 else "classes"
    rows = _as_rows(predicted, len(x))
    classes: tuple[float, ...] = ()
    threshold = None
    if kind == "classes":
        y, classes = _classes(wanted)
        if rows.shape[1] == 1:
            if len(classes) != 2:
                raise NoFitError("One number is predicted for each example, but there are more than two classes.")
            threshold = 0.0 if shape.is_logit else sum(classes) / 2
        elif rows.shape[1] == 2:
            threshold = 0.0
    else:
        if wanted.shape[1] != 1 or rows.shape[1] != 1:
            raise NoFitError("More than one number is predicted for each example.")
        y = wanted[:, 0]
    low, high = x.min(axis=0), x.max(axis=0)
    room = (high - low) * (CURVE_ROOM if kind == "curve" else REGION_ROOM)
    if not np.all(np.isfinite(room) & (room > 0)):
        raise NoFitError(f"'{shape.x}' is the same in all examples, or not finite.")
    kept = _sample(len(x))
    return FitFacts(
        kind=kind,
        x=whole_value(x[kept].astype(np.float64)),
        y=whole_value(np.asarray(y, np.float64)[kept]),
        x_title=shape.x,
        y_title=ast.unparse(shape.wanted),
        title=ast.unparse(shape.prediction),
        low=tuple(map(float, low - room)),
        high=tuple(map(float, high + room)),
        examples=len(x),
        classes=classes,
        threshold=threshold,
    )


def _as_rows(array: Array, count: int) -> Array:
    """Give what was computed for each example as a row of its own."""
    if not array.ndim or array.shape[0] != count:
        raise NoFitError(f"What is predicted has the shape {array.shape}, not one row for each of {count} examples.")
    return array.reshape(count, -1)


def _one_each(rows: Array) -> Array:
    """Give the one number that is predicted for each example: of two scores by how much the second is higher.

    Of more scores it is the place of the highest.
    """
    if rows.shape[1] == 2:
        return np.asarray(rows[:, 1], np.float64) - rows[:, 0]
    return np.asarray(rows[:, 0] if rows.shape[1] == 1 else rows.argmax(axis=1), np.float64)


def _classes(wanted: Array) -> tuple[Array, tuple[float, ...]]:
    """Say which class each example is of: by its number, or by the place of the 1 in its row."""
    if wanted.shape[1] > 1:
        if not np.array_equal(np.sort(wanted, axis=1)[:, -1], np.ones(len(wanted))) or np.any(wanted.sum(axis=1) != 1):
            raise NoFitError("More than one number is wanted of each example.")
        numbers = wanted.argmax(axis=1).astype(np.float64)
        return numbers, tuple(map(float, range(wanted.shape[1])))
    numbers = wanted[:, 0].astype(np.float64)
    found = np.unique(numbers)
    if len(found) > MAX_CLASSES or np.any(found != np.round(found)) or len(found) < 2:
        raise NoFitError("Two numbers are given for each example, but what is wanted are no classes.")
    return numbers, tuple(map(float, found))


def _grid(facts: FitFacts) -> Array:
    if facts.kind == "curve":
        return np.linspace(facts.low[0], facts.high[0], CURVE_POINTS)
    sides = [np.linspace(low, high, REGION_POINTS) for low, high in zip(facts.low, facts.high, strict=True)]
    return np.stack(np.meshgrid(*sides), axis=-1)


def _sample(count: int) -> Array:
    """Pick the examples that travel."""
    return np.unique(np.linspace(0, count - 1, min(count, MAX_EXAMPLES)).astype(np.int64))
