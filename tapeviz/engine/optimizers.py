"""What makes the next iterate out of this one: Keras' own optimizers, as they are set, on variables of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine.chance import MiniBatches, gaussian
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.model.descent import DescentSettings, Schedule
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.schedule_facts import CLIPPINGS, SCHEDULES


def keras_schedule(schedule: Schedule, learning_rate: float) -> Any:
    """Make Keras' learning-rate schedule; what it must be given and is not said takes the default of its facts."""
    facts = SCHEDULES[schedule.kind]
    make = getattr(tf.keras.optimizers.schedules, facts.keras_name)
    if schedule.kind == "piecewise":
        boundaries = [int(boundary) for boundary in schedule.numbers["boundaries"]]
        return make(boundaries, list(schedule.numbers["values"]))
    given = {one.name: schedule.numbers.get(one.name, (one.default,))[0] for one in facts.hyperparameters}
    kinds = {one.name: one.kind for one in facts.hyperparameters}
    return make(learning_rate, **{name: _typed(kinds[name], number) for name, number in given.items()})


def keras_optimizer(settings: DescentSettings) -> Any:
    """Make the optimizer of ``tf.keras.optimizers`` that these settings mean, not built yet.

    Its name is given, so that Keras' counters of names stay as the lesson left them.
    """
    facts = OPTIMIZERS[settings.optimizer]
    numbers = {
        one.name: _typed(one.kind, settings.hyperparameters.get(one.name, one.default)) for one in facts.hyperparameters
    }
    if settings.optimizer == "nesterov":
        numbers["nesterov"] = True
    if settings.clipping is not None:
        numbers[CLIPPINGS[settings.clipping.kind].keras_name] = float(settings.clipping.limit)
    rate = keras_schedule(settings.schedule, settings.learning_rate) if settings.schedule else settings.learning_rate
    return getattr(tf.keras.optimizers, facts.keras_name)(learning_rate=rate, name=settings.optimizer, **numbers)


def _typed(kind: str, number: float | None) -> Any:
    """Give a number the Python type that Keras asks of it."""
    if number is None:
        return None
    return {"switch": bool, "count": int}.get(kind, float)(number)


class Stepper:
    """Variables that stand at an iterate, and how they go on to the next.

    Everything works eagerly and while a ``tf.function`` is traced, also one that XLA compiles. What is drawn by chance
    depends on the seed of the settings and on the number of the iterate, so that the same settings go the same way.

    Parameters
    ----------
    objective : Objective
    settings : DescentSettings
        Without a start it begins where the lesson stood.

    Attributes
    ----------
    variables : list of tf.Variable
        One for each parameter, of its shape and dtype.
    """

    def __init__(self, objective: Objective, settings: DescentSettings) -> None:
        self.objective = objective
        self.settings = settings
        start = np.asarray(settings.start or objective.start, objective.dtype.as_numpy_dtype)
        self.variables = [
            tf.Variable(value, name=f"parameter_{place}") for place, value in enumerate(objective.values(start))
        ]
        self._batches = MiniBatches(objective.examples, settings) if settings.batch_size else None
        self._connected = list(range(len(self.variables)))

    @property
    def state(self) -> list[Any]:
        """All variables that change on the way, those of the parameters first."""
        return [*self.variables, *(self._batches.state if self._batches else ())]

    @property
    def is_steerable(self) -> bool:
        """Whether the learning rate may be changed on the way: not under a schedule, nor where it does not count."""
        return self.settings.schedule is None and OPTIMIZERS[self.settings.optimizer].is_rate_used

    def measure(self, k: Any) -> tuple[Any, list[Any]]:
        """Take loss and gradients where the variables stand.

        Parameters
        ----------
        k : int or tensor, int64, shape ()
            The number of this iterate; they are to be measured in order, each once.

        Returns
        -------
        loss : tensor, shape ()
        gradients : list of tensors
            As the optimizer is given them: of this iterate's mini-batch, and with its noise. A parameter that the
            objective does not depend on has zeros here, and is left as it is by `update`.

        Raises
        ------
        NoObjectiveError
            If the objective depends on none of its parameters.
        """
        rows = self._batches.advance(k) if self._batches else None
        values = [tf.identity(variable) for variable in self.variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            loss = self.objective.compute(values, rows)
        gradients = tape.gradient(loss, values)
        self._connected = [place for place, gradient in enumerate(gradients) if gradient is not None]
        if not self._connected:
            raise NoObjectiveError(
                f"{self.objective.title} depends on none of its parameters: there is no gradient to go down."
            )
        noise = self._noise(k)
        return loss, [
            tf.zeros_like(value) if gradient is None else tf.convert_to_tensor(gradient) + added
            for value, gradient, added in zip(values, gradients, noise, strict=True)
        ]

    def update(self, k: Any, gradients: Sequence[Any], /) -> Any:
        """Move the variables on, and give the learning rate with which that was done.

        Parameters
        ----------
        k : int or tensor, int64, shape ()
        gradients : sequence of tensors
            What `measure` gave for iterate k.

        Returns
        -------
        rate : tensor, shape (), of the objective's dtype
            NaN where no update can be made; the variables stay, and `failure` says why.
        """
        raise NotImplementedError

    def steer(self, learning_rate: float) -> None:
        """Go on with another learning rate."""
        raise NotImplementedError

    def failure(self) -> str:
        """Say in a sentence why no update can be made where the variables stand; nothing where one can."""
        return ""

    def position(self) -> Any:
        """Join the variables to one tensor of shape (dimension,)."""
        return self.joined(self.variables)

    def joined(self, values: Sequence[Any]) -> Any:
        """Join values of the parameters' shapes, such as gradients, to one tensor of shape (dimension,)."""
        return tf.concat([tf.cast(tf.reshape(value, [-1]), self.objective.dtype) for value in values], axis=0)

    def _noise(self, k: Any) -> list[Any]:
        """Draw what is added to the gradients of iterate k."""
        if not self.settings.noise:
            return [0.0 if not place.dtype.is_complex else 0j for place in self.variables]
        seed = tf.stack([tf.constant(self.settings.seed, tf.int64), tf.cast(k, tf.int64)])
        drawn = gaussian(seed, self.objective.dimension) * self.settings.noise
        return self.objective.values(drawn)


class KerasStepper(Stepper):
    """Goes on by an optimizer of ``tf.keras.optimizers``."""

    def __init__(self, objective: Objective, settings: DescentSettings) -> None:
        super().__init__(objective, settings)
        self.optimizer = keras_optimizer(settings)
        self.optimizer.build(self.variables)

    @property
    def state(self) -> list[Any]:
        """The same, and all that the optimizer keeps."""
        kept = [variable.value for variable in self.optimizer.variables]
        known = {id(variable) for variable in kept}
        product = getattr(self.optimizer, "_u_product", None)  # Nadam keeps it without tracking it
        if product is not None and id(product.value) not in known:
            kept.append(product.value)
        return [*super().state, *kept]

    def update(self, _k: Any, gradients: Sequence[Any], /) -> Any:
        """Let Keras apply the gradients."""
        rate = tf.cast(tf.convert_to_tensor(self.optimizer.learning_rate), self.objective.dtype)
        self.optimizer.apply_gradients([(gradients[place], self.variables[place]) for place in self._connected])
        return rate

    def steer(self, learning_rate: float) -> None:
        """Give Keras another learning rate."""
        self.optimizer.learning_rate = learning_rate


def stepper(objective: Objective, settings: DescentSettings) -> Stepper:
    """Make what goes down `objective` as `settings` say, built and standing at its start."""
    return KerasStepper(objective, settings)
