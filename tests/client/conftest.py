from __future__ import annotations

import threading
from collections.abc import Iterator

import psutil
import pytest

from tests.client.watcher import WatchedClient


@pytest.fixture(scope="session")
def watched() -> Iterator[WatchedClient]:
    """One client with its standby for all tests: every worker imports TensorFlow, which takes seconds."""
    with WatchedClient() as client:
        yield client
    # The race of a worker goes on with its process; tests of the worker run one in this process.
    left = {thread.name for thread in threading.enumerate()} - {"tapeviz-race"}
    assert not [name for name in left if name.startswith("tapeviz")]
    assert not [child for child in psutil.Process().children() if "tapeviz.worker" in child.cmdline()]
