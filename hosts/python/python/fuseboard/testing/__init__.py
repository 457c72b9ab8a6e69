"""What tests of a program with circuit breakers need.

`fuseboard.testing.fixtures` has it as pytest fixtures: write `pytest_plugins = ["fuseboard.testing.fixtures"]` in `conftest.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from .._core import to_json
from ..registry import BreakerRegistry, live_registries
from ..switch import OFF_VARIABLE
from .clock import ManualClock

__all__ = ["UNAVAILABLE_STORE", "ManualClock", "switched_off", "trip"]

UNAVAILABLE_STORE: Final = "redis://127.0.0.1:1/"
"""The URL of a store that answers no request, because nothing listens on this port."""


def trip(registry: BreakerRegistry, host: str, *, role: str | None = None, resolver: str | None = None) -> None:
    """Opens a circuit, as if too many calls had failed: that of a host and role, or with `resolver` that of the resolver."""
    scope = {"kind": "host", "name": host} if resolver is None else {"kind": "resolver", "name": resolver}
    if role is not None and resolver is None:
        scope["role"] = role
        # From now on the registry knows this role of the host.
        registry.target(host, role=role)
    registry._board.command(to_json(scope), '"trip"')


@contextmanager
def switched_off() -> Iterator[None]:
    """Switches every registry of the process off, and on again afterwards.

    Every call is admitted, also through guards and targets that exist already. Open circuits stay open, and apply again afterwards.
    """
    before = os.environ.get(OFF_VARIABLE)
    os.environ[OFF_VARIABLE] = "1"
    for registry in live_registries():
        registry._follow_switch()
    try:
        yield
    finally:
        os.environ.pop(OFF_VARIABLE) if before is None else os.environ.update({OFF_VARIABLE: before})
        for registry in live_registries():
            registry._follow_switch()
