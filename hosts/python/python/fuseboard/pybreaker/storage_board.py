"""The board of each storage object."""

from __future__ import annotations

import threading
import weakref

from .._core import Board
from .boards import BETWEEN_MACHINES_MS, WITHIN_PROCESS_MS, new_board
from .live_settings import LiveSettings
from .memory_storage import CircuitMemoryStorage
from .storage import CircuitBreakerStorage
from .storage_record import StorageRecord

_ATTRIBUTE = "_fuseboard_board"
_DEFAULT_TIMEOUT_S = 60.0
_lock = threading.Lock()


class StorageBoard:
    """The board of one storage object. Its breakers share one circuit, and each has a policy of its own."""

    def __init__(self, storage: CircuitBreakerStorage) -> None:
        self.storage = weakref.ref(storage)
        self._breakers: weakref.WeakSet[LiveSettings] = weakref.WeakSet()
        clock_skew_ms = WITHIN_PROCESS_MS if isinstance(storage, CircuitMemoryStorage) else BETWEEN_MACHINES_MS
        self._board = new_board(StorageRecord(storage, self._reset_timeout), clock_skew_ms)

    def join(self, breaker: LiveSettings) -> Board:
        """Adds a breaker on this storage, and returns its board."""
        self._breakers.add(breaker)
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
