"""The boards that decide for breakers: one in memory, and one for each storage object."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from .._core import Board
from . import policies, transitions


class _Options(NamedTuple):
    engine: str
    now_wall: Callable[[], float] | None
    now_monotonic: Callable[[], float] | None


# How much the clocks of those who share a circuit may differ.
WITHIN_PROCESS_MS = 0
BETWEEN_MACHINES_MS = 1_000

_lock = threading.Lock()
_options = _Options("component", None, None)
_memory: Board | None = None


def use_engine(
    engine: str,
    *,
    now_wall: Callable[[], float] | None = None,
    now_monotonic: Callable[[], float] | None = None,
) -> None:
    """Selects the engine of the breakers that are made from now on: `"component"`, the default, or `"native"`.

    `now_wall` and `now_monotonic` are clocks for tests, in seconds. Breakers that exist keep their engine and their clocks.
    """
    global _memory, _options
    with _lock:
        _options = _Options(engine, now_wall, now_monotonic)
        _memory = None


def memory_board() -> Board:
    """The board of all breakers without a storage of their own."""
    global _memory
    with _lock:
        if _memory is None:
            _memory = new_board("memory:", WITHIN_PROCESS_MS)
        return _memory


def new_board(store: object, clock_skew_ms: int) -> Board:
    """A board over a store. `clock_skew_ms` is one of the constants above."""
    board = Board(
        store=store,
        engine=_options.engine,
        wall=_options.now_wall,
        monotonic=_options.now_monotonic,
        on_event=transitions.receive,
    )
    policies.begin(board, clock_skew_ms)
    return board
