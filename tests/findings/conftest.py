"""One engine for all lessons that are run here."""

from __future__ import annotations

import pytest

from tapeviz.engine.runner import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()
