"""A store of one record for the engine, in Redis over the client of the caller."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError, WatchError

from ..errors import AnswerLostError
from .fields import Fields
from .record_text import fields_of, new_record
from .redis_keys import RedisKeys, text

# The mark of a record that nobody has written yet. It is the same in every process, so that their first permits are valid.
_UNWRITTEN = [1, 1]


class RedisRecord:
    """Swaps the record of one circuit with `WATCH` and `MULTI`.

    pybreaker's own keys are written in the same transaction, or after it where `cluster_mode` says that they may be on another
    node. While there is no record, it is made of these keys.
    """

    ERRORS = (RedisError, AnswerLostError)

    def __init__(
        self, client: Any, keys: RedisKeys, fallback_state: str, cluster_mode: bool, logger: logging.Logger
    ) -> None:
        self._client = client
        self._keys = keys
        self.fallback_state = fallback_state
        self._cluster_mode = cluster_mode
        self._logger = logger
        self._was_read = False
        self.reset_timeout: Callable[[], float] = lambda: 60.0

    def read(self, client: Any = None) -> str:
        """The record. Raises `RedisError` if Redis does not answer."""
        client = self._client if client is None else client
        stored = text(client.get(self._keys.record))
        if stored is not None:
            return stored
        return self._unwritten(self._keys.read_fields(client, self.fallback_state))

    def load(self, key: str, known: int | None, within_s: float) -> tuple[int, str | None]:
        try:
            value = self.read()
        except RedisError:
            self._logger.exception("RedisError: deciding by what is known")
            if self._was_read:
                raise
            value = self._unwritten(Fields(state=self.fallback_state))
        else:
            self._was_read = True
        revision = _revision(value)
        return (revision, None if revision == known else value)

    def compare_and_swap(
        self, key: str, expected: int | None, value: str, ttl_s: float | None, within_s: float
    ) -> int | tuple[int, str]:
        try:
            return self._swap(expected, value, ttl_s)
        except RedisError:
            self._logger.exception("RedisError: an outcome is kept until Redis answers")
            raise

    def replace(self, change: Callable[[str], str]) -> bool:
        """Replaces the record by what a function makes of it. Whether nobody else wrote meanwhile."""
        current = self.read()
        return isinstance(self._swap(_revision(current), change(current), None), int)

    def list_keys(self, prefix: str, cursor: str | None, limit: int, within_s: float) -> tuple[list[str], None]:
        return ([], None)

    def _swap(self, expected: int | None, value: str, ttl_s: float | None) -> int | tuple[int, str]:
        with self._client.pipeline(transaction=True) as pipe:
            pipe.watch(self._keys.record)
            current = self.read(pipe)
            if _revision(current) != expected:
                return (_revision(current), current)
            pipe.multi()
            pipe.set(self._keys.record, value, px=None if ttl_s is None else int(ttl_s * 1_000))
            if not self._cluster_mode:
                self._keys.write_fields(pipe, fields_of(value))
            if not _execute(pipe):
                current = self.read()
                return (_revision(current), current)
        if self._cluster_mode:
            self._write_beside(value)
        return _revision(value)

    def _write_beside(self, value: str) -> None:
        """The record is written already, so a failure here is only logged."""
        try:
            self._keys.write_fields(self._client, fields_of(value))
        except RedisError:
            self._logger.exception("RedisError: pybreaker's own keys are not up to date")

    def _unwritten(self, fields: Fields) -> str:
        return new_record(fields, _UNWRITTEN, self.reset_timeout())


def _execute(pipe: Any) -> bool:
    """Whether the transaction was carried out. Otherwise someone else has written."""
    try:
        pipe.execute()
    except WatchError:
        return False
    except RedisError as error:
        raise AnswerLostError(str(error)) from error
    return True


def _revision(value: str) -> int:
    """The hash is the same only within this process. No other one sees it."""
    return hash(value) & (2**64 - 1)
