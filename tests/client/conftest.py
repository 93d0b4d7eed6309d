from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client.watcher import WatchedClient


@pytest.fixture(scope="session")
def watched() -> Iterator[WatchedClient]:
    """One client with its standby for all tests: every worker imports TensorFlow, which takes seconds."""
    with WatchedClient() as client:
        yield client
