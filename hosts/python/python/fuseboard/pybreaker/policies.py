"""The policy of each breaker."""

from __future__ import annotations

import math
from enum import Enum
from typing import Any

# The largest values that the engine takes. A larger `fail_max` means never.
_COUNT_MAX = 2**31 - 1
_RESET_TIMEOUT_S = 86_400


class Leases(Enum):
    """Whether a circuit may admit calls for a short time without the engine."""

    ON = "on"
    OFF = "off"


def settings(fail_max: float, reset_timeout: float, success_threshold: float, leases: Leases) -> dict[str, Any]:
    """The settings of a breaker in the form of the configuration. Values out of the engine's ranges become the nearest in it."""
    return {
        "fail_max": None if fail_max > _COUNT_MAX else max(1, math.ceil(fail_max)),
        "reset_timeout_s": _seconds(reset_timeout),
        "success_threshold": min(max(1, math.ceil(success_threshold)), _COUNT_MAX),
        **({"sharing": {"lease_ms": 0}} if leases is Leases.OFF else {}),
    }


def _seconds(timeout: float) -> float:
    """In whole milliseconds, rounded up. The inner rounding removes what the multiplication adds to a decimal fraction."""
    return math.ceil(round(min(max(0, timeout), _RESET_TIMEOUT_S) * 1_000, 6)) / 1_000
