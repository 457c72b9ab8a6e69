"""The policy of each breaker."""

from __future__ import annotations

import json
import math
import threading
from enum import Enum
from typing import Any
from weakref import WeakKeyDictionary

from .._core import Board

# The largest values that the engine takes. A larger `fail_max` means never.
_FAIL_MAX = 10_000
_RESET_TIMEOUT_S = 86_400
_SUCCESS_THRESHOLD = 100

_lock = threading.Lock()
_documents: WeakKeyDictionary[Board, dict[str, Any]] = WeakKeyDictionary()


class Leases(Enum):
    """Whether a circuit may admit calls for a short time without the engine."""

    ON = "on"
    OFF = "off"


def settings(fail_max: float, reset_timeout: float, success_threshold: float, leases: Leases) -> dict[str, Any]:
    """The settings of a breaker in the form of the configuration. Values out of the engine's ranges become the nearest in it."""
    return {
        "fail_max": None if fail_max > _FAIL_MAX else max(1, math.ceil(fail_max)),
        "reset_timeout_s": _seconds(reset_timeout),
        "success_threshold": min(max(1, math.ceil(success_threshold)), _SUCCESS_THRESHOLD),
        **({"sharing": {"lease_ms": 0}} if leases is Leases.OFF else {}),
    }


def _seconds(timeout: float) -> float:
    """In whole milliseconds, rounded up. The inner rounding removes what the multiplication adds to a decimal fraction."""
    return math.ceil(round(min(max(0, timeout), _RESET_TIMEOUT_S) * 1_000, 6)) / 1_000


def begin(board: Board, clock_skew_ms: int) -> None:
    """Configures a new board. `clock_skew_ms`: how much the clocks of the processes that share its circuits differ."""
    with _lock:
        _documents[board] = {"defaults": {"sharing": {"clock_skew_ms": clock_skew_ms}}, "names": {}}


def define(board: Board, name: str, settings: dict[str, Any]) -> None:
    """Sets the policy of one circuit of a board."""
    with _lock:
        document = _documents[board]
        document["names"][name] = settings
        board.configure([("breakers", json.dumps(document))], "", [], [])


def forget(board: Board, name: str) -> None:
    """Removes the policy of a circuit that is not used any more."""
    with _lock:
        _documents[board]["names"].pop(name, None)
