"""The process around the engine: it reads requests, calls the engine and sends what comes back."""

from __future__ import annotations

import sys

from tapeviz.protocol.framing import WORKER_ARGUMENT


def serve_if_worker() -> None:
    """Become the worker and never return, where this process was started as one.

    The first line of every entry point of a frozen program, as ``multiprocessing.freeze_support()`` is elsewhere.
    """
    if sys.argv[1:2] == [WORKER_ARGUMENT]:
        from tapeviz.worker.process import main

        main(sys.argv[2])
