"""pytest fixtures. Write `pytest_plugins = ["fuseboard.testing.fixtures"]` in `conftest.py`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import UNAVAILABLE_STORE, ManualClock, switched_off


@pytest.fixture
def fuseboard_clock() -> ManualClock:
    """A clock that the test moves: give it to a registry as `now_wall` and `now_monotonic`."""
    return ManualClock()


@pytest.fixture
def fuseboard_off() -> Iterator[None]:
    """Switches all registries off during a test."""
    with switched_off():
        yield


@pytest.fixture
def fuseboard_unavailable_store() -> str:
    """A store that answers no request: give it to a registry as `cooldown_store`."""
    return UNAVAILABLE_STORE
