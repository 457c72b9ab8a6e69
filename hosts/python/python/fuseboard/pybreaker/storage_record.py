"""A store of one record for the engine, over a storage with fields."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

from .fields import Fields, read_fields, write_fields
from .record_text import Marks, changed_record, fields_of, new_record
from .storage import CircuitBreakerStorage


class StorageRecord:
    """Keeps the record beside the storage, and makes it anew from the fields when someone else changed them.

    Every key names the same record: breakers on one storage share one circuit. `reset_timeout` gives the time that a circuit stays
    open that someone else opened.
    """

    def __init__(self, storage: CircuitBreakerStorage, reset_timeout: Callable[[], float]) -> None:
        # Weak, because the storage refers to its board, which the garbage collector cannot look into.
        self._storage = weakref.ref(storage)
        self._reset_timeout = reset_timeout
        self._lock = threading.Lock()
        self._marks = Marks()
        self._fields: Fields | None = None
        self._text = ""
        self._revision = 0

    def load(self, key: str, known: int | None, within_s: float) -> tuple[int, str | None]:
        with self._lock:
            self._refresh(self._existing())
            return (self._revision, None if known == self._revision else self._text)

    def compare_and_swap(
        self, key: str, expected: int | None, value: str, ttl_s: float | None, within_s: float
    ) -> int | tuple[int, str]:
        storage = self._existing()
        with self._lock:
            old = self._refresh(storage)
            if expected != self._revision:
                return (self._revision, self._text)
            self._fields = write_fields(storage, old, fields_of(value))
            self._text = value
            self._revision += 1
            return self._revision

    def list_keys(self, prefix: str, cursor: str | None, limit: int, within_s: float) -> tuple[list[str], None]:
        return ([], None)

    def _existing(self) -> CircuitBreakerStorage:
        storage = self._storage()
        if storage is None:
            raise ReferenceError("the storage of this breaker does not exist any more")
        return storage

    def _refresh(self, storage: CircuitBreakerStorage) -> Fields:
        fields = read_fields(storage)
        if self._fields is None:
            self._text = new_record(fields, self._marks.next(), self._reset_timeout())
        elif fields != self._fields:
            self._text = changed_record(self._text, self._fields, fields, self._marks.next(), self._reset_timeout())
        if fields != self._fields:
            self._fields = fields
            self._revision += 1
        return fields
