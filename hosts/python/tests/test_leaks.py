"""Memory after many calls."""

import gc
import os
import resource
import sys
from collections.abc import Callable

import pytest
from fork_program import HOST

from fuseboard import BreakerOpenError, BreakerRegistry, pybreaker
from fuseboard.testing import trip

# `LEAK_CALLS=1000000` makes as many as the requirement names. That takes a minute and passes too.
CALLS = int(os.environ.get("LEAK_CALLS", "100_000"))
WARM_UP = 20_000
# Less than a fiftieth of a small object for each call.
KIB_MAX = 2_000
BLOCKS_MAX = 500


def ways(registry: BreakerRegistry) -> dict[str, Callable[[], object]]:
    target = registry.target(HOST, role="metadata")
    guard = registry.guard(HOST)
    breaker = pybreaker.CircuitBreaker()

    def allow_and_report() -> None:
        registry.allow(HOST, role="artifact")
        registry.on_success(HOST, role="artifact")

    def block() -> None:
        with guard:
            pass

    def refused() -> None:
        try:
            registry.allow("open.example")
        except BreakerOpenError as error:
            str(error)

    def failing() -> None:
        try:
            registry.call("failing.example", None, int, "x")
        except ValueError:
            pass

    trip(registry, "open.example")
    return {
        "target": lambda: target.call(len, "page"),
        "allow and report": allow_and_report,
        "block": block,
        "refused": refused,
        "failing": failing,
        "drop-in": lambda: breaker.call(len, "page"),
    }


def used() -> tuple[int, int]:
    gc.collect()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, sys.getallocatedblocks()


@pytest.mark.parametrize("way", ["target", "allow and report", "block", "refused", "failing", "drop-in"])
def test_calls_leave_nothing_behind(way: str) -> None:
    registry = BreakerRegistry({"defaults": {"fail_max": None}}, engine="native")
    call = ways(registry)[way]
    for _ in range(WARM_UP):
        call()
    kib, blocks = used()
    for _ in range(CALLS):
        call()
    kib_after, blocks_after = used()
    print(f"{way}: {kib_after - kib} KiB and {blocks_after - blocks} objects more after {CALLS} calls")
    assert kib_after - kib < KIB_MAX and blocks_after - blocks < BLOCKS_MAX
