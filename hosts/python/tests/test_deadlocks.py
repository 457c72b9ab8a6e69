"""Python code that runs in the middle of a call: a store, a clock, a listener, a finalizer."""

import gc
import threading
import time
from collections.abc import Callable

import pytest
from fork_program import CONFIG, HOST
from test_custom_store import DictStore

from fuseboard import BreakerRegistry

THREADS, CALLS = 8, 50
NO_LEASE = {"defaults": {"fail_max": 10_000, "sharing": {"lease_ms": 0, "storage_budget_ms": 30_000}}}


def in_bounded_time(work: Callable[[], object]) -> None:
    """Runs the work in several threads, which must all end."""
    threads = [threading.Thread(target=work, daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "a thread is stuck"


def calls(registry: BreakerRegistry) -> None:
    for call in range(CALLS):
        permit = registry.allow(HOST)
        permit.failure(status=503) if call % 2 else permit.success()


@pytest.mark.parametrize("engine", ["native", "component"])
def test_threads_share_a_store_written_in_python(engine: str) -> None:
    registry = BreakerRegistry(NO_LEASE, cooldown_store=DictStore(), engine=engine)
    in_bounded_time(lambda: calls(registry))


def test_threads_share_a_clock_written_in_python() -> None:
    registry = BreakerRegistry(
        NO_LEASE, now_wall=lambda: time.time(), now_monotonic=lambda: time.monotonic(), engine="native"
    )
    in_bounded_time(lambda: calls(registry))


def test_a_listener_may_use_its_own_registry() -> None:
    seen: list[str] = []
    registry = BreakerRegistry(
        {"defaults": {"fail_max": 2}},
        on_event=lambda event: seen.append(registry.current_state(HOST)),
        engine="native",
    )

    def fail() -> None:
        registry.on_failure(HOST, status=503)

    in_bounded_time(fail)
    assert "open" in seen


@pytest.mark.parametrize("store", ["memory", "python"])
def test_a_finalizer_may_use_the_registry(store: str) -> None:
    registry = BreakerRegistry(CONFIG, cooldown_store=DictStore() if store == "python" else None, engine="native")

    class Finalized:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            registry.call(HOST, None, len, "page")

    def collect() -> None:
        for _ in range(20):
            Finalized()
            registry.call(HOST, None, gc.collect, 0)

    in_bounded_time(collect)


@pytest.mark.parametrize("engine", ["native", "component"])
def test_a_store_that_uses_its_own_registry_gets_an_error(engine: str) -> None:
    errors: list[str] = []

    class CallingStore(DictStore):
        def load(self, key: str, known: int | None, within_s: float) -> tuple[int, str | None] | None:
            try:
                registry.allow(HOST)
            except RuntimeError as error:
                errors.append(str(error))
            return super().load(key, known, within_s)

    registry = BreakerRegistry(NO_LEASE, cooldown_store=CallingStore(), engine=engine)
    in_bounded_time(lambda: registry.allow(HOST).success())
    assert errors and all(error.startswith("a store or a clock must not use a circuit breaker") for error in errors)
