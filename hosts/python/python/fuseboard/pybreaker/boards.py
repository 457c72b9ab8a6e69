"""The boards that decide for breakers: one in memory for all of them, and one for each storage object."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import NamedTuple

from .._core import Board, to_json
from ..boards import open_board
from ..custom_store import Store
from . import transitions


class _Options(NamedTuple):
    engine: str
    now_wall: Callable[[], float] | None
    now_monotonic: Callable[[], float] | None


_logger = logging.getLogger(__name__)
_lock = threading.Lock()
_options = _Options("component", None, None)
_memory: Board | None = None


def use_engine(
    engine: str,
    *,
    now_wall: Callable[[], float] | None = None,
    now_monotonic: Callable[[], float] | None = None,
) -> None:
    """Selects the engine of breakers without a storage that are made from now on: `"component"`, the default, or `"native"`.

    `now_wall` and `now_monotonic` are clocks for tests, in seconds, for all new breakers. Breakers that exist keep their engine and their clocks.
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
            _memory = _board("memory:", _options.engine, clock_skew_ms=0)
        return _memory


def storage_board(store: Store, clock_skew_ms: int) -> Board:
    """A board over the store of one storage object. `clock_skew_ms`: how much the clocks of those who share it may differ.

    Its engine is the native one: there may be more storage objects than instances of the component. One board for all of them
    would treat the outage of one as an outage of all.
    """
    return _board(store, "native", clock_skew_ms)


def _board(store: str | Store, engine: str, clock_skew_ms: int) -> Board:
    board = open_board(
        store=store,
        engine=engine,
        wall=_options.now_wall,
        monotonic=_options.now_monotonic,
        on_event=transitions.receive,
        on_error=_logger.error,
    )
    document = {"defaults": {"sharing": {"clock_skew_ms": clock_skew_ms}}}
    board.configure([("breakers", to_json(document))], "", [], [])
    return board
