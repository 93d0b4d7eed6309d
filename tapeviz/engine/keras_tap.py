"""The part of the tap that lets Keras train op by op: what it compiles, no tape can be seen in.

A model's ``run_eagerly`` is Keras' own switch for that. It is on while ``fit`` runs, and as it was afterwards.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import tensorflow as tf

METHODS = ("fit", "train_on_batch", "evaluate", "test_on_batch")
_FUNCTIONS = ("train_function", "test_function")


class KerasListener(Protocol):
    """Who is told of Keras' training; see `Listener`."""

    @property
    def watches_keras(self) -> bool:
        """Whether the lesson has to do with Keras."""

    def on_run_eagerly(self, method: str) -> bool:
        """Tell that a compiled method is about to be run op by op instead; the answer says whether it may be."""


def patches(listener: KerasListener) -> list[tuple[Any, str, Callable[..., Any]]]:
    """List what to put in place of what; nothing where the lesson has nothing to do with Keras."""
    if not listener.watches_keras:
        return []
    try:
        trainer: Any = importlib.import_module("keras.src.backend.tensorflow.trainer").TensorFlowTrainer
    except (ImportError, AttributeError):
        return []
    return [(trainer, name, _eager(listener, vars(trainer)[name])) for name in METHODS if name in vars(trainer)]


def _eager(listener: KerasListener, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.run_eagerly or not tf.executing_eagerly() or not listener.on_run_eagerly(original.__name__):
            return original(self, *args, **kwargs)
        with _running_eagerly(self):
            return original(self, *args, **kwargs)

    return method


@contextlib.contextmanager
def _running_eagerly(model: Any) -> Iterator[None]:
    """Let a model run op by op; the functions that it had compiled come back afterwards."""
    compiled = {name: getattr(model, name) for name in _FUNCTIONS}
    for name in _FUNCTIONS:
        setattr(model, name, None)
    model.run_eagerly = True
    try:
        yield
    finally:
        model.run_eagerly = False
        for name, function in compiled.items():
            setattr(model, name, function)
