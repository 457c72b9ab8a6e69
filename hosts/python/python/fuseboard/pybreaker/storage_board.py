"""The board of each storage object."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

from .._core import Board
from ..custom_store import Store
from .boards import storage_board
from .live_settings import LiveSettings
from .memory_storage import CircuitMemoryStorage
from .namespace_names import warn_of_shared
from .redis_storage import CircuitRedisStorage
from .storage import CircuitBreakerStorage
from .storage_record import StorageRecord

_ATTRIBUTE = "_fuseboard_board"
_DEFAULT_TIMEOUT_S = 60.0
_CLOCK_SKEW_MS = 1_000
_lock = threading.Lock()


class StorageBoard:
    """The board of one storage object. Its breakers share one circuit, and each has a policy of its own."""

    def __init__(self, storage: CircuitBreakerStorage) -> None:
        self.storage = weakref.ref(storage)
        self._breakers: weakref.WeakSet[LiveSettings] = weakref.WeakSet()
        # How much the clocks of those who share the storage may differ.
        clock_skew_ms = 0 if isinstance(storage, CircuitMemoryStorage) else _CLOCK_SKEW_MS
        self._board = storage_board(_store(storage, self._reset_timeout), clock_skew_ms)

    def join(self, breaker: LiveSettings) -> Board:
        """Adds a breaker on this storage, and returns its board."""
        self._breakers.add(breaker)
        storage = self.storage()
        if isinstance(storage, CircuitRedisStorage) and breaker.name is not None:
            warn_of_shared(storage.namespace, breaker.name)
        return self._board

    def _reset_timeout(self) -> float:
        """The shortest of the breakers' reset timeouts."""
        return min((breaker.reset_timeout for breaker in list(self._breakers)), default=_DEFAULT_TIMEOUT_S)


def board_of(storage: CircuitBreakerStorage) -> StorageBoard:
    """The board of a storage, made with its first breaker and kept on the object. A copy of a storage has another one."""
    with _lock:
        board = vars(storage).get(_ATTRIBUTE)
        if not isinstance(board, StorageBoard) or board.storage() is not storage:
            board = StorageBoard(storage)
            setattr(storage, _ATTRIBUTE, board)
        return board


def _store(storage: CircuitBreakerStorage, reset_timeout: Callable[[], float]) -> Store:
    if isinstance(storage, CircuitRedisStorage):
        return storage.record(reset_timeout)
    return StorageRecord(storage, reset_timeout)
