from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client.watcher import WatchedClient


@pytest.fixture(scope="session")
def watched() -> Iterator[WatchedClient]:
    """One worker for all tests of this room: no lesson here takes its process down."""
    with WatchedClient(has_standby=False) as client:
        yield client
