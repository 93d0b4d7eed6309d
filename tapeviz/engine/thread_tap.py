"""The part of the tap that follows a lesson into its own threads: a callback of TensorFlow's hears one thread only."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, Protocol

from tensorflow.python.eager import context

Patch = tuple[Any, str, Callable[..., Any]]
_START = threading.Thread.start


class ThreadListener(Protocol):
    """Who is told of threads."""

    on_op: Callable[..., None]

    def on_thread(self) -> bool:
        """Whether a thread that is started now is the lesson's and is to be followed."""

    def on_thread_began(self, name: str) -> None:
        """Tell, in it, that such a thread runs."""

    def on_thread_ended(self) -> None:
        """Tell, in it, that it is over."""


def patch(listener: ThreadListener) -> Patch:
    """Give what stands in the place of ``Thread.start`` while a lesson runs."""

    @functools.wraps(_START)
    def start(self: threading.Thread) -> None:
        if listener.on_thread():
            vars(self)["run"] = functools.partial(_run_seen, listener, self, self.run)
        _START(self)

    return threading.Thread, "start", start


def start_unseen(thread: threading.Thread) -> None:
    """Start a thread of our own, that nobody is told of."""
    _START(thread)


def _run_seen(listener: ThreadListener, thread: threading.Thread, run: Callable[[], None]) -> None:
    del vars(thread)["run"]
    callbacks = context.context()
    listener.on_thread_began(thread.name)
    callbacks.add_op_callback(listener.on_op)
    try:
        run()
    finally:
        callbacks.remove_op_callback(listener.on_op)
        listener.on_thread_ended()
