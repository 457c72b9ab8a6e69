"""Measures calls through circuit breakers: this package's beside pybreaker, aiobreaker, purgatory and circuitbreaker.

Usage: `compare.py [ROUNDS]`. Every round measures each way in turn. The table has the
least time of each way, in ns a call, and its ratio to pybreaker's in the same run: only the ratios can be compared between machines.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

import ways_of_others
import ways_of_ours

CALLS = 1_000
# Calls of a way before it is measured: no way pays for memory that another one has displaced.
WARM_UP = 50


class Way(NamedTuple):
    """One way to make a call. `what` is one of `healthy`, `refused`, `failing` and `unleased`."""

    what: str
    name: str
    call: Callable[[], object]


def ways() -> Iterator[Way]:
    for module in (ways_of_others, ways_of_ours):
        for what, name, call in module.ways():
            yield Way(what, name, call)


def measure(call: Callable[[], object], calls: int) -> float:
    """The processor's time for one call, in ns, with the lambda around it. Other programs take no part of it."""
    for _ in range(WARM_UP):
        call()
    numbers = range(calls)
    began = time.thread_time_ns()
    for _ in numbers:
        call()
    return (time.thread_time_ns() - began) / calls


def main(rounds: int) -> None:
    measured: dict[Way, list[float]] = {way: [] for way in ways()}
    for _ in range(rounds):
        for way, times in measured.items():
            times.append(measure(way.call, CALLS))
    least = {way: min(times) for way, times in measured.items()}
    baseline = {way.what: ns for way, ns in least.items() if way.name == "pybreaker"}
    print("| call | way | ns | ratio to pybreaker |\n|---|---|---|---|")
    for way, ns in least.items():
        # Other libraries have no leases, so an unleased call of ours is compared with their healthy one.
        other = baseline[{"unleased": "healthy"}.get(way.what, way.what)]
        print(f"| {way.what} | {way.name} | {ns:.0f} | {ns / other:.2f} |")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
