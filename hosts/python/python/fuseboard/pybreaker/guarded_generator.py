"""A generator whose end is the end of its call."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any


def guarded_generator(
    generator: Generator[Any, Any, Any],
    succeed: Callable[[], None],
    fail: Callable[[BaseException], None],
    cancel: Callable[[], None],
) -> Generator[Any, Any, Any]:
    """Passes everything on to a generator and back. Reports success when it is exhausted, and failure when it raises or is closed. If it
    is never started, the call is cancelled."""
    guarded = _guarded(generator, succeed, fail, cancel)
    # Python does not tell a generator about its end before it runs.
    next(guarded)
    return guarded


def _guarded(
    generator: Generator[Any, Any, Any],
    succeed: Callable[[], None],
    fail: Callable[[BaseException], None],
    cancel: Callable[[], None],
) -> Generator[Any, Any, Any]:
    try:
        if (yield) is not None:
            raise TypeError("can't send non-None value to a just-started generator")
    except BaseException:
        generator.close()
        cancel()
        raise
    try:
        value = yield from generator
    except BaseException as exception:
        fail(exception)
        raise
    succeed()
    return value
