"""The window's end of the worker: requests go in, responses and events come out, nobody waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Literal, Self

from tapeviz.client.events import ClientEvent
from tapeviz.client.process import Report
from tapeviz.client.supervisor import Supervisor
from tapeviz.protocol.requests import Request
from tapeviz.protocol.responses import Response


class EngineClient:
    """A running engine, whatever lessons do to it.

    All methods may be called from any thread and return at once, but `close`, which waits for the processes to be
    gone. Callbacks come one at a time, in order, from a thread of the client; they must not block. `OutputPrinted`
    of a run precede its `LessonRecorded`; an `EngineReady` comes whenever another worker has taken over.

    Parameters
    ----------
    on_response : callable
        Called with every `Response`.
    on_event : callable
        Called with every `ClientEvent`.
    has_standby : bool
        Whether to keep a second, warm worker, so that a stuck one is replaced without waiting for TensorFlow.
    """

    def __init__(
        self,
        on_response: Callable[[Response], None],
        on_event: Callable[[ClientEvent], None],
        *,
        has_standby: bool = True,
    ) -> None:
        self._on_response = on_response
        self._on_event = on_event
        self._has_standby = has_standby
        self._inbox: SimpleQueue[Request | Report | Literal["stop", "close"]] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="tapeviz-client", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the first worker; the standby follows once that one is ready."""
        self._thread.start()

    def send(self, request: Request) -> None:
        """Send `request`; one sent before the engine is ready waits for it."""
        self._inbox.put(request)

    def stop(self) -> None:
        """Interrupt the lesson that runs; kill its process if it does not heed that, or if asked a second time."""
        self._inbox.put("stop")

    def close(self) -> None:
        """End everything; no callback comes after this has returned."""
        self._inbox.put("close")
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def _work(self) -> None:
        supervisor = Supervisor(self._inbox.put, self._on_response, self._on_event, has_standby=self._has_standby)
        try:
            while True:
                deadline = supervisor.next_deadline
                wait = None if deadline is None else max(0.0, deadline - time.monotonic())
                try:
                    item = self._inbox.get(timeout=wait)
                except Empty:
                    supervisor.meet_deadlines()
                    continue
                if item == "close":
                    return
                if item == "stop":
                    supervisor.stop()
                elif isinstance(item, Report):
                    supervisor.take_report(item)
                else:
                    supervisor.send(item)
                supervisor.meet_deadlines()
        finally:
            supervisor.close()
