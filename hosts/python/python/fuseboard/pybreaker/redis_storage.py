"""A storage that processes and machines share by Redis."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .fields import Fields
from .record_text import Marks, changed_record, fields_of
from .redis_keys import BASE_NAMESPACE, RedisKeys
from .states import STATE_CLOSED, check_state
from .storage import CircuitBreakerStorage

if TYPE_CHECKING:
    from .redis_record import RedisRecord

_SWAPS_MAX = 32


class CircuitRedisStorage(CircuitBreakerStorage):
    """The circuit of a namespace in Redis, over the caller's own client of the package `redis`.

    `state` applies if the namespace is new. `fallback_circuit_state` applies if the namespace was deleted, and while Redis has not
    answered yet. `cluster_mode=True`: pybreaker's own keys may be on other nodes than the record, so they are written after it.
    """

    BASE_NAMESPACE = BASE_NAMESPACE

    logger = logging.getLogger(__name__)

    def __init__(
        self,
        state: str,
        redis_object: Any,
        namespace: str | None = None,
        fallback_circuit_state: str = STATE_CLOSED,
        cluster_mode: bool = False,
    ) -> None:
        super().__init__("redis")
        self.namespace = namespace
        self._record = _record(
            redis_object, RedisKeys.of(namespace), check_state(fallback_circuit_state), cluster_mode, self.logger
        )
        self._marks = Marks()
        self._initialize(redis_object, RedisKeys.of(namespace), check_state(state))

    def _initialize(self, client: Any, keys: RedisKeys, state: str) -> None:
        client.setnx(keys.fail_counter, 0)
        client.setnx(keys.success_counter, 0)
        client.setnx(keys.state, state)

    def record(self, reset_timeout: Callable[[], float]) -> RedisRecord:
        """The store for the engine. `reset_timeout` is that of the breakers on this storage."""
        self._record.reset_timeout = reset_timeout
        return self._record

    @property
    def state(self) -> str:
        return self._read().state

    @state.setter
    def state(self, state: str) -> None:
        self._update(lambda fields: replace(fields, state=check_state(state)))

    def increment_counter(self) -> None:
        self._update(lambda fields: replace(fields, fail_counter=fields.fail_counter + 1))

    def reset_counter(self) -> None:
        self._update(lambda fields: replace(fields, fail_counter=0))

    def increment_success_counter(self) -> None:
        self._update(lambda fields: replace(fields, success_counter=fields.success_counter + 1))

    def reset_success_counter(self) -> None:
        self._update(lambda fields: replace(fields, success_counter=0))

    @property
    def counter(self) -> int:
        return self._read().fail_counter

    @property
    def success_counter(self) -> int:
        return self._read().success_counter

    @property
    def opened_at(self) -> datetime | None:
        return self._read().opened_at

    @opened_at.setter
    def opened_at(self, datetime: datetime) -> None:
        self._update(lambda fields: replace(fields, opened_at=datetime))

    def _read(self) -> Fields:
        """The fields of the record, or the fallback if Redis does not answer."""
        try:
            return fields_of(self._record.read())
        except self._record.ERRORS:
            self.logger.exception("RedisError: falling back to the default circuit state")
            return Fields(state=self._record.fallback_state)

    def _update(self, change: Callable[[Fields], Fields]) -> None:
        """Changes fields of the record. As in pybreaker, an error of Redis is logged and changes nothing."""
        try:
            for _ in range(_SWAPS_MAX):
                if self._record.replace(lambda text: self._changed(text, change)):
                    return
        except self._record.ERRORS:
            self.logger.exception("RedisError")

    def _changed(self, text: str, change: Callable[[Fields], Fields]) -> str:
        old = fields_of(text)
        return changed_record(text, old, change(old), self._marks.next(), self._record.reset_timeout())


def _record(
    client: Any, keys: RedisKeys, fallback_state: str, cluster_mode: bool, logger: logging.Logger
) -> RedisRecord:
    try:
        from .redis_record import RedisRecord
    except ImportError as error:
        message = "CircuitRedisStorage can only be used if the package `redis` is installed"
        raise ImportError(message) from error
    return RedisRecord(client, keys, fallback_state, cluster_mode, logger)
