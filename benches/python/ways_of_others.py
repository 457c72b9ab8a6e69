"""Calls through the other libraries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import aiobreaker
import circuitbreaker
import purgatory
import pybreaker
from functions import ignoring, page, raise_error

# No circuit opens by failures here.
_MANY = 10**9


def ways() -> Iterator[tuple[str, str, Callable[[], object]]]:
    yield "healthy", "no breaker", page
    breaker = pybreaker.CircuitBreaker(fail_max=_MANY)
    yield "healthy", "pybreaker", lambda: breaker.call(page)
    yield "healthy", "pybreaker, decorator", breaker(page)
    listened = pybreaker.CircuitBreaker(fail_max=_MANY, listeners=[pybreaker.CircuitBreakerListener()])
    yield "healthy", "pybreaker, with a listener", lambda: listened.call(page)
    opened = pybreaker.CircuitBreaker(reset_timeout=3600)
    opened.open()
    yield "refused", "pybreaker", ignoring(lambda: opened.call(page), pybreaker.CircuitBreakerError)
    yield "failing", "pybreaker", ignoring(lambda: breaker.call(raise_error), OSError)
    yield from _aiobreaker()
    yield from _purgatory()
    yield from _circuitbreaker()


def _aiobreaker() -> Iterator[tuple[str, str, Callable[[], object]]]:
    # Its storage asks for the event loop when it is made.
    asyncio.set_event_loop(asyncio.new_event_loop())
    breaker = aiobreaker.CircuitBreaker(fail_max=_MANY)
    yield "healthy", "aiobreaker", lambda: breaker.call(page)
    opened = aiobreaker.CircuitBreaker(timeout_duration=timedelta(hours=1))
    opened.open()
    yield "refused", "aiobreaker", ignoring(lambda: opened.call(page), aiobreaker.CircuitBreakerError)
    yield "failing", "aiobreaker", ignoring(lambda: breaker.call(raise_error), OSError)


def _purgatory() -> Iterator[tuple[str, str, Callable[[], object]]]:
    factory = purgatory.SyncCircuitBreakerFactory(default_threshold=_MANY)
    breaker: Any = factory.get_breaker("api")

    def guarded() -> None:
        with breaker:
            page()

    yield "healthy", "purgatory, block", guarded
    yield "healthy", "purgatory, decorator", factory("decorated")(page)
    opened = purgatory.SyncCircuitBreakerFactory(default_threshold=1, default_ttl=3600)
    refused = opened("opened")(raise_error)
    ignoring(refused, OSError)()
    yield "refused", "purgatory", ignoring(refused, Exception)
    yield "failing", "purgatory", ignoring(factory("failing")(raise_error), OSError)


def _circuitbreaker() -> Iterator[tuple[str, str, Callable[[], object]]]:
    yield "healthy", "circuitbreaker, decorator", circuitbreaker.circuit(failure_threshold=_MANY, name="a")(page)
    breaker = circuitbreaker.CircuitBreaker(failure_threshold=_MANY, name="b")
    yield "healthy", "circuitbreaker, call", lambda: breaker.call(page)
    refused = circuitbreaker.circuit(failure_threshold=1, recovery_timeout=3600, name="c")(raise_error)
    ignoring(refused, OSError)()
    yield "refused", "circuitbreaker", ignoring(refused, circuitbreaker.CircuitBreakerError)
    failing = circuitbreaker.circuit(failure_threshold=_MANY, name="d")(raise_error)
    yield "failing", "circuitbreaker", ignoring(failing, OSError)
