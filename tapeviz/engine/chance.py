"""Chance in a descent: mini-batches by seeded shuffles, and noise, the same numbers however they are compiled."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tapeviz.model.descent import DescentSettings


def chance(seed: Any, count: int) -> Any:
    """Draw `count` whole numbers from all that int32 has.

    Of TensorFlow's stateless distributions this one alone gives the same numbers eagerly and compiled by XLA.
    """
    return tf.random.stateless_uniform([count], seed, minval=None, maxval=None, dtype=tf.int32, alg="philox")


def gaussian(seed: Any, count: int) -> Any:
    """Draw `count` numbers of a normal distribution with mean 0 and deviation 1: its quantiles at `chance`, float64."""
    return tf.math.ndtri((tf.cast(chance(seed, count), tf.float64) + (2.0**31 + 0.5)) / 2.0**32)


class MiniBatches:
    """Goes through all examples in an order drawn anew for each epoch, none of them twice within one.

    As ``tf.data`` does with ``drop_remainder``: what is left at the end of an epoch and does not fill a batch waits
    for the next one's order.
    """

    def __init__(self, examples: int | None, settings: DescentSettings) -> None:
        if examples is None or settings.batch_size is None or settings.batch_size > examples:
            raise ValueError(f"no mini-batches of {settings.batch_size} out of {examples} examples")
        self._size = settings.batch_size
        self._per_epoch = examples // self._size
        self._seed = settings.seed
        self._order = tf.Variable(tf.range(examples), trainable=False, name="order")

    @property
    def state(self) -> list[Any]:
        """Its variables."""
        return [self._order]

    def advance(self, k: Any) -> Any:
        """Draw the order of an epoch where iterate k begins one, and give the rows of k: shape (batch,), int32."""
        epoch, place = tf.cast(k, tf.int64) // self._per_epoch, tf.cast(k, tf.int64) % self._per_epoch
        self._order.assign(tf.cond(place == 0, lambda: self._shuffled(epoch), lambda: tf.identity(self._order)))
        return self.rows(k)

    def rows(self, k: Any) -> Any:
        """Give the rows of iterate k once more."""
        first = tf.cast(tf.cast(k, tf.int64) % self._per_epoch, tf.int32) * self._size
        return tf.slice(self._order, [first], [self._size])

    def of(self, k: Any) -> Any:
        """Give the rows of any iterate, also where no epoch was gone through before."""
        self._order.assign(self._shuffled(tf.cast(k, tf.int64) // self._per_epoch))
        return self.rows(k)

    def _shuffled(self, epoch: Any) -> Any:
        seed = tf.stack([tf.constant(self._seed, tf.int64), -1 - epoch])
        keys = chance(seed, self._order.shape[0])
        return tf.argsort(keys, stable=True)  # XLA does not compile TensorFlow's own shuffle
