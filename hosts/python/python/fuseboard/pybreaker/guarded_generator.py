"""A generator whose end is the end of its call."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any


def guarded_generator(
    generator: Generator[Any, Any, Any],
    succeed: Callable[[], None],
    fail: Callable[[BaseException], None],
) -> Generator[Any, Any, Any]:
    """Passes everything on to a generator and back. Reports success when it is exhausted, and failure when it raises or is closed."""
    try:
        value = yield from generator
    except BaseException as exception:
        fail(exception)
        raise
    succeed()
    return value
