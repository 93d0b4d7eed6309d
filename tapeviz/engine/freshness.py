"""Every run begins as in a fresh process: no seed, no counted name or warning and no setting of the lesson before."""

from __future__ import annotations

import random
import sys

import numpy as np
import tensorflow as tf

from tapeviz.engine import tap


class _Runs:
    begun = 0


def runs_begun() -> int:
    """Return how many runs this process has begun: whoever puts random states back must know of a newer one."""
    return _Runs.begun


def begin_afresh(seed: int | None) -> None:
    """Forget what the last lesson left in TensorFlow, Keras, NumPy and Python; then seed, if there is a seed.

    Parameters
    ----------
    seed : int or None
        Seeds as ``tf.keras.utils.set_random_seed`` does.
    """
    _Runs.begun += 1
    random.seed()
    tap.forget_first_times()
    np.random.seed()
    tap.forget_seed()
    if tf.config.functions_run_eagerly():
        tf.config.run_functions_eagerly(False)
    keras = sys.modules.get("keras")
    if keras is not None:
        # Keras counts its layers: the first Dense of every lesson is called "dense".
        keras.src.utils.naming.reset_uids()
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
    if seed is not None:
        tf.keras.utils.set_random_seed(seed)
