"""The limits of a run: so many seconds, so much memory."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psutil

MIB = 2**20
_ADDRESS_HEADROOM = 512 * MIB
"""Address space is not memory: allocators and threads reserve more of it than they use."""
_POLL = 0.05


@contextmanager
def time_limit(seconds: float | None, on_over: Callable[[], None]) -> Iterator[None]:
    """Call `on_over` from another thread when what is inside takes longer than `seconds`."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, on_over)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def memory_limit(mebibytes: int | None, on_over: Callable[[], None]) -> Iterator[None]:
    """Let what is inside use so much memory beyond what is in use now.

    Call `on_over` from another thread when it does not keep to that. On Linux a single allocation that is far too
    large fails, besides, so that it cannot take the machine down between two looks.
    """
    if mebibytes is None:
        yield
        return
    with ExitStack() as stack:
        if sys.platform == "linux":
            stack.enter_context(_address_limit(mebibytes * MIB + _ADDRESS_HEADROOM))
        is_over = threading.Event()
        limit = psutil.Process().memory_info().rss + mebibytes * MIB
        threading.Thread(target=_watch, args=(limit, is_over, on_over), name="tapeviz-memory", daemon=True).start()
        stack.callback(is_over.set)
        yield


def _watch(limit: int, is_over: threading.Event, on_over: Callable[[], None]) -> None:
    process = psutil.Process()
    while not is_over.wait(_POLL):
        if process.memory_info().rss > limit:
            on_over()
            return


@contextmanager
def _address_limit(more: int) -> Iterator[None]:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = psutil.Process().memory_info().vms + more
    ceilings = [limit for limit in (wanted, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(ceilings), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
