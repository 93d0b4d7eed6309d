"""What TensorFlow says only the first few times in a process, it says again in every lesson."""

from __future__ import annotations

from tensorflow.python.platform import tf_logging


def forget_first_times() -> None:
    """Begin anew to count the warnings that are limited to so many per process.

    The warning that an integer is watched comes five times; a worker that has run five lessons must still give it.
    """
    tf_logging._log_counter_per_token.clear()
