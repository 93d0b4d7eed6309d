"""One iteration opened: what Keras kept before and after it, and by TensorFlow what lies between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine.descent import Descent
from tapeviz.engine.newton import hessian
from tapeviz.engine.objective import Objective
from tapeviz.engine.optimizers import KerasStepper
from tapeviz.engine.replay import GivenUpError
from tapeviz.model.descent import DescentSettings
from tapeviz.model.iterate_rules import SubStepRule, numbers_of, rules_of, slots_of, updates_until
from tapeviz.model.iterate_story import OpenedIterate
from tapeviz.model.numbers import format_number
from tapeviz.model.rules.notation import evaluate
from tapeviz.model.tensor import whole_value

Steered = Sequence[tuple[int, float]]

_PIECE = 4096
_FEW = 16
"""So many iterates are made again, compiled and not, before it is asked whether they are still wanted."""

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sqrt": tf.sqrt,
    "abs": tf.abs,
    "max": tf.maximum,
    "sign": tf.sign,
}


class IterateOpener:
    """Goes the way of a descent once more, up to an iterate, and opens the iteration that leaves it."""

    def __init__(self) -> None:
        self._descent: Descent | None = None

    def open(
        self,
        objective: Objective,
        settings: DescentSettings,
        iterate: int,
        steered: Steered = (),
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> OpenedIterate:
        """Open one iteration.

        Parameters
        ----------
        objective : Objective
        settings : DescentSettings
            As the descent began.
        iterate : int
            The one that the iteration leaves.
        steered : sequence of (int, float)
            From which iterate on it was left with which other learning rate, ascending.
        is_wanted : callable
            Asked now and then.

        Raises
        ------
        ValueError
            Where the descent does not come that far; a sentence says why.
        DescentError
            Where the objective raises on the way, or no update can be made.
        GivenUpError
            As soon as it is no longer wanted.
        """
        descent = self._again(objective, settings, iterate, steered, is_wanted)
        if not descent.is_finite:
            raise ValueError("The loss or its gradient is no finite number here: no update leaves this iterate.")
        return _Iteration(descent, objective, settings, iterate).opened()

    def _again(
        self,
        objective: Objective,
        settings: DescentSettings,
        iterate: int,
        steered: Steered,
        is_wanted: Callable[[], bool],
    ) -> Descent:
        descent, self._descent = self._descent, None
        if descent is None or not descent.serves(objective, settings):
            descent = Descent(objective, settings)
        descent.restart(settings)
        piece = _FEW if objective.reason else _PIECE
        for until, rate in (*steered, (iterate, None)):
            while descent.count <= min(until, iterate) and descent.is_finite:
                if not is_wanted():
                    raise GivenUpError
                descent.advance(min(piece, min(until, iterate) + 1 - descent.count))
            if rate is not None and until <= iterate:
                descent.steer(rate)
        if descent.count <= iterate:
            raise ValueError(f"This descent ended at iterate {descent.count - 1}.")
        self._descent = descent
        return descent


class _Iteration:
    """One iteration of a descent that stands where it begins; the descent makes it."""

    def __init__(self, descent: Descent, objective: Objective, settings: DescentSettings, iterate: int) -> None:
        stepper = descent.stepper
        self._stepper = stepper
        self._objective = objective
        self._settings = settings
        self._iterate = iterate
        self._dtype = objective.dtype
        self._defect = ""
        self._position = stepper.position()
        self._before = self._kept()
        loss, clean = stepper.noiseless(iterate)
        self._loss = float(loss)
        self._noise = stepper.joined(stepper.noise(iterate)) if settings.noise else None
        self._given = stepper.joined(descent.gradients)
        # What XLA made of the gradient is what the update was made with; it rounds otherwise than op by op.
        self._clean = stepper.joined(clean) if settings.noise else self._given
        self._slack = max(16.0, *(1 / (1 - beta) for beta in _betas(settings)))
        self._curvature = (
            hessian(objective, self._position, stepper.rows(iterate)) if settings.optimizer == "newton" else None
        )
        self._rate = float(descent.advance(1).rates.array[-1])
        self._following = stepper.position()
        self._after = self._kept()

    def opened(self) -> OpenedIterate:
        """Go through its sub-steps."""
        objective = self._objective
        numbers = self._numbers()
        results = self._results(numbers)
        if self._settings.optimizer == "line_search":
            numbers["loss_after"] = float(objective.at(self._following, self._stepper.rows(self._iterate)))
        return OpenedIterate(
            settings=self._settings,
            iterate=self._iterate,
            position=whole_value(self._position.numpy()),
            following=whole_value(self._following.numpy()),
            loss=self._loss,
            numbers=numbers,
            before={letter: whole_value(value.numpy()) for letter, value in self._found_before().items()},
            results=tuple(whole_value(np.asarray(result)) for result in results),
            title=objective.title,
            parameters=tuple(parameter.name for parameter in objective.parameters),
            defect=self._defect,
        )

    def _kept(self) -> dict[str, Any]:
        """Read all that Keras keeps, by its letters."""
        if not isinstance(self._stepper, KerasStepper):
            return {}
        found = {letter: self._stepper.kept(slot) for letter, slot in slots_of(self._settings.optimizer).items()}
        return {letter: value for letter, value in found.items() if value is not None}

    def _found_before(self) -> dict[str, Any]:
        return {**self._before, **({"n": self._noise} if self._settings.noise else {})}

    def _numbers(self) -> dict[str, float]:
        """List what the rules call by name."""
        numbers = numbers_of(self._settings)
        updates = updates_until(self._settings, self._iterate)
        numbers |= {"rate": self._rate, "t": float(updates + 1)}
        for rest, whole in (("rest_1", "beta_1"), ("rest_2", "beta_2"), ("rest_rho", "rho")):
            if whole in numbers:
                numbers[rest] = 1 - numbers[whole]
        kept = numbers.get("ema_momentum", 0.0) if updates else 0.0
        gathered = numbers.get("gradient_accumulation_steps") or 1.0
        return numbers | {"kept": kept, "rest_kept": 1 - kept, "gathered": gathered}

    def _results(self, numbers: Mapping[str, float]) -> list[Any]:
        values: dict[str, Any] = {name: tf.constant(number, self._dtype) for name, number in numbers.items()}
        values |= {"θ": self._position, **self._found_before()}
        rules = rules_of(self._settings, self._iterate)
        results = []
        for place, rule in enumerate(rules):
            result = evaluate(rule.expression, values, _FUNCTIONS) if rule.expression else self._special(rule, values)
            if rule.symbol in ("δ", "Δ"):
                result = tf.where(self._is_moved(), result, tf.zeros_like(result))
            result = self._held(rule, result, values, is_last=all(later.symbol != "θ" for later in rules[place + 1 :]))
            values[rule.symbol] = result
            results.append(result)
        if "θ" not in [rule.symbol for rule in rules]:
            self._compare("θ", self._position, self._following, self._position)
        return results

    def _special(self, rule: SubStepRule, values: Mapping[str, Any]) -> Any:
        match rule.special:
            case "gradient":
                return self._clean
            case "clipping":
                return self._clipped(values["g"])
            case "length":
                return tf.constant(self._rate, self._dtype)
            case "hessian":
                return self._curvature
            case "solved":
                return self._solved(values["g"])
        raise ValueError(rule.special)

    def _solved(self, gradient: Any) -> Any:
        """Give the direction that was really gone, held to the system that it solves.

        However badly the system is conditioned, what solves it leaves a small residual; solved once more, the
        direction itself may differ by much.
        """
        if not self._rate:
            return -tf.linalg.solve(self._curvature, gradient[:, None])[:, 0]
        direction = (self._following - self._position) / self._rate
        size = float(tf.norm(self._curvature))
        roundings = float(tf.norm(direction)) + float(tf.norm(self._position)) / abs(self._rate)
        residual = tf.linalg.matvec(self._curvature, direction) + gradient
        self._tell("the Newton direction", residual, 64 * self._slack * self._epsilon * size * roundings)
        return direction

    def _clipped(self, gradient: Any) -> Any:
        clipping = self._settings.clipping
        assert clipping is not None
        pieces = self._objective.values(gradient)
        match clipping.kind:
            case "value":
                cut = [tf.clip_by_value(piece, -clipping.limit, clipping.limit) for piece in pieces]
            case "norm":
                cut = [tf.clip_by_norm(piece, clipping.limit) for piece in pieces]
            case "global_norm":
                cut, _ = tf.clip_by_global_norm(pieces, clipping.limit)
        return self._stepper.joined(cut)

    def _is_moved(self) -> Any:
        """Which coordinates belong to parameters that the objective depends on."""
        connected = self._stepper.connected
        return tf.concat(
            [
                tf.fill([parameter.size], place in connected)
                for place, parameter in enumerate(self._objective.parameters)
            ],
            axis=0,
        )

    def _held(self, rule: SubStepRule, result: Any, values: Mapping[str, Any], *, is_last: bool) -> Any:
        """Hold what was computed to what Keras has made of it, and give that."""
        if rule.title == "Variance":
            # What is left of two numbers that are nearly the same has their roundings.
            self._slack *= max(1.0, float(tf.reduce_max(values["v"] / tf.maximum(result, values["epsilon"]))))
        if rule.slot:
            real = self._after[rule.symbol]
        elif rule.symbol == "g" and rule.expression == "g + n":
            return self._given
        elif rule.symbol == "θ" and is_last:
            real = self._following
        else:
            return result
        self._compare(rule.symbol, result, real, values.get(rule.symbol, result))
        return real

    def _compare(self, symbol: str, computed: Any, real: Any, before: Any) -> None:
        """Note a defect where two ways to the same numbers differ by more than roundings do."""
        computed, real, before = (np.asarray(each, np.float64) for each in (computed, real, before))
        scale = np.abs(before).max(initial=0.0) + np.abs(real).max(initial=0.0)
        change = np.abs(real - before).max(initial=0.0)
        self._tell(symbol, computed - real, self._epsilon * (16 * scale + 64 * self._slack * change))

    @property
    def _epsilon(self) -> float:
        return float(np.finfo(self._dtype.as_numpy_dtype).eps)

    def _tell(self, what: str, differences: Any, allowed: float) -> None:
        difference = float(np.abs(np.asarray(differences, np.float64)).max(initial=0.0))
        if not difference <= allowed and not self._defect:
            self._defect = (
                f"What these sub-steps make of {what} differs by {format_number(difference)} from what the "
                "optimizer really made of it. Please report it."
            )


def _betas(settings: DescentSettings) -> list[float]:
    """List the means' memories, each under 1: the roundings of one minus their powers count the more, the longer."""
    numbers = numbers_of(settings)
    return [numbers[name] for name in ("beta_1", "beta_2") if numbers.get(name, 1.0) < 1] or [0.0]
