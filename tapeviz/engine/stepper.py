"""Where a descent stands, and how it goes on: loss and gradient here, then the update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.engine.chance import MiniBatches, gaussian
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.model.descent import DescentSettings
from tapeviz.model.optimizer_facts import OPTIMIZERS


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
    connected : list of int
        The places of those that the objective depends on.
    """

    def __init__(self, objective: Objective, settings: DescentSettings) -> None:
        self.objective = objective
        self.settings = settings
        start = np.asarray(settings.start or objective.start, objective.dtype.as_numpy_dtype)
        self.variables = [
            tf.Variable(value, name=f"parameter_{place}") for place, value in enumerate(objective.values(start))
        ]
        self._batches = MiniBatches(objective.examples, settings) if settings.batch_size else None
        self.connected = list(range(len(self.variables)))

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
        loss, gradients = self._taken(rows)
        return loss, [gradient + added for gradient, added in zip(gradients, self.noise(k), strict=True)]

    def noiseless(self, k: Any) -> tuple[Any, list[Any]]:
        """Take loss and gradients at iterate k, which was measured last, once more and without noise."""
        return self._taken(self.rows(k))

    def rows(self, k: Any) -> Any:
        """Give the examples that count at iterate k, shape (batch,), int32; None where all do."""
        return self._batches.rows(k) if self._batches else None

    def _taken(self, rows: Any) -> tuple[Any, list[Any]]:
        values = [tf.identity(variable) for variable in self.variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            loss = self.objective.compute(values, rows)
        gradients = tape.gradient(loss, values)
        self.connected = [place for place, gradient in enumerate(gradients) if gradient is not None]
        if not self.connected:
            raise NoObjectiveError(
                f"{self.objective.title} depends on none of its parameters: there is no gradient to go down."
            )
        return loss, [
            tf.zeros_like(value) if gradient is None else tf.convert_to_tensor(gradient)
            for value, gradient in zip(values, gradients, strict=True)
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

    def noise(self, k: Any) -> list[Any]:
        """Draw what is added to the gradients of iterate k, one tensor for each."""
        if not self.settings.noise:
            return [0.0 if not place.dtype.is_complex else 0j for place in self.variables]
        seed = tf.stack([tf.constant(self.settings.seed, tf.int64), tf.cast(k, tf.int64)])
        drawn = gaussian(seed, self.objective.dimension) * self.settings.noise
        return self.objective.values(drawn)
