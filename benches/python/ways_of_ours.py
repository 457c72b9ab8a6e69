"""Calls through this package."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from functions import ignoring, page, raise_error

from fuseboard import BreakerOpenError, BreakerRegistry, RequestRole, pybreaker
from fuseboard.testing import trip

HOST = "api.crossref.org"
# No circuit opens by failures here.
_NEVER = {"defaults": {"fail_max": None, "reset_timeout_s": 3600}}
_UNLEASED = {"defaults": {"fail_max": None, "sharing": {"lease_ms": 0}}}


def ways() -> Iterator[tuple[str, str, Callable[[], object]]]:
    registry = BreakerRegistry(_NEVER)
    target = registry.target(HOST, role="metadata")
    yield "healthy", "target.call", lambda: target.call(page)
    yield "healthy", "decorator", registry.guard(HOST, role="landing")(page)
    yield "healthy", "registry.call", lambda: registry.call(HOST, RequestRole.METADATA, page)
    guard = registry.guard(HOST, role="artifact")

    def block() -> None:
        with guard:
            page()

    def permit() -> None:
        target.allow().success()

    def registry_report() -> None:
        registry.allow(HOST, role="page")
        registry.on_success(HOST, role="page")

    yield "healthy", "with guard", block
    yield "healthy", "target.allow, permit.success", permit
    yield "healthy", "registry.allow, registry.on_success", registry_report
    yield from _drop_in()
    trip(registry, "open.example")
    opened = registry.target("open.example")
    yield "refused", "target.call", ignoring(lambda: opened.call(page), BreakerOpenError)
    yield "refused", "registry.call", ignoring(lambda: registry.call("open.example", None, page), BreakerOpenError)
    for engine in ("native", "component"):
        failing = BreakerRegistry(_NEVER, engine=engine).target(HOST)
        yield "failing", f"target.call, {engine}", ignoring(lambda failing=failing: failing.call(raise_error), OSError)
        unleased = BreakerRegistry(_UNLEASED, engine=engine).target(HOST)
        yield "unleased", f"target.call, {engine}", lambda unleased=unleased: unleased.call(page)


def _drop_in() -> Iterator[tuple[str, str, Callable[[], object]]]:
    breaker = pybreaker.CircuitBreaker(fail_max=10_000)
    yield "healthy", "drop-in", lambda: breaker.call(page)
    yield "healthy", "drop-in, decorator", breaker(page)
    listened = pybreaker.CircuitBreaker(listeners=[pybreaker.CircuitBreakerListener()])
    yield "healthy", "drop-in, with a listener", lambda: listened.call(page)
    opened = pybreaker.CircuitBreaker(reset_timeout=3600)
    opened.open()
    yield "refused", "drop-in", ignoring(lambda: opened.call(page), pybreaker.CircuitBreakerError)
