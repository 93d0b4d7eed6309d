"""Keras' own optimizers, as they are set, on variables of their own; and what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tapeviz.engine.line_search import LineSearch
from tapeviz.engine.newton import Newton
from tapeviz.engine.objective import Objective
from tapeviz.engine.schedules import Tabulated, keras_schedule, typed
from tapeviz.engine.stepper import Stepper
from tapeviz.model.descent import DescentSettings, OptimizerName
from tapeviz.model.descent_checks import settings_problem
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.schedule_facts import CLIPPINGS


def keras_optimizer(settings: DescentSettings) -> Any:
    """Make the optimizer of ``tf.keras.optimizers`` that these settings mean, not built yet.

    Its name is given, so that Keras' counters of names stay as the lesson left them.
    """
    facts = OPTIMIZERS[settings.optimizer]
    numbers = {
        one.name: typed(one.kind, settings.hyperparameters.get(one.name, one.default)) for one in facts.hyperparameters
    }
    if settings.optimizer == "nesterov":
        numbers["nesterov"] = True
    if settings.clipping is not None:
        numbers[CLIPPINGS[settings.clipping.kind].keras_name] = float(settings.clipping.limit)
    rate: Any = float(settings.learning_rate)
    if settings.schedule is not None:
        rate = keras_schedule(settings.schedule, rate, settings.iterations)
    made: Any = getattr(tf.keras.optimizers, facts.keras_name)(
        learning_rate=(lambda: rate(made.variables[0])) if isinstance(rate, Tabulated) else rate,
        name=settings.optimizer,
        **numbers,
    )
    return made


class KerasStepper(Stepper):
    """Goes on by an optimizer of ``tf.keras.optimizers``."""

    def __init__(self, objective: Objective, settings: DescentSettings) -> None:
        super().__init__(objective, settings)
        self.optimizer = keras_optimizer(settings)
        self.optimizer.build(self.variables)

    @property
    def state(self) -> list[Any]:
        """The same, and all that the optimizer keeps."""
        return [*super().state, *(variable.value for variable in self.optimizer.variables)]

    def kept(self, slot: str) -> Any:
        """Read what Keras keeps under a name (``momentum``), as a tensor of shape (dimension,).

        Nadam's ``product`` has shape (). None where this optimizer, as it is set, keeps no such thing.
        """
        if slot == "product":
            return tf.convert_to_tensor(self.optimizer._u_product)  # Keras gives it no name
        named = {variable.name: variable.value for variable in self.optimizer.variables}
        names = [f"{variable.name.replace(':', '_')}_{slot}" for variable in self.variables]
        return self.joined([named[name] for name in names]) if names[0] in named else None

    def update(self, _k: Any, gradients: Sequence[Any], /) -> Any:
        """Let Keras apply the gradients."""
        rate = tf.cast(tf.convert_to_tensor(self.optimizer.learning_rate), self.objective.dtype)
        self.optimizer.apply_gradients([(gradients[place], self.variables[place]) for place in self.connected])
        return rate

    def steer(self, learning_rate: float) -> None:
        """Give Keras another learning rate."""
        self.optimizer.learning_rate = learning_rate


def stepper(objective: Objective, settings: DescentSettings) -> Stepper:
    """Make what goes down `objective` as `settings` say, built and standing at its start.

    Raises
    ------
    ValueError
        Where these settings cannot be; a sentence says why.
    """
    if problem := settings_problem(settings, objective):
        raise ValueError(problem)
    own: dict[OptimizerName, type[Stepper]] = {"line_search": LineSearch, "newton": Newton}
    return own.get(settings.optimizer, KerasStepper)(objective, settings)
