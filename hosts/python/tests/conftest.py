"""Fixtures of several test files."""

from collections.abc import Iterator

import pytest
from http_server import Server, serving

pytest_plugins = ["fuseboard.testing.fixtures"]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server
