"""The keys of one circuit in Redis."""

from __future__ import annotations

import calendar
from datetime import datetime, timezone
from typing import Any, NamedTuple

from .fields import Fields
from .states import STATE_OPEN

BASE_NAMESPACE = "pybreaker"


class RedisKeys(NamedTuple):
    """The record, which is the truth, and pybreaker's own keys for those who read them."""

    record: str
    state: str
    fail_counter: str
    success_counter: str
    opened_at: str

    @classmethod
    def of(cls, namespace: str | None) -> RedisKeys:
        """The keys of a namespace, spelled as pybreaker spells its own."""
        prefix = f"{namespace}:{BASE_NAMESPACE}" if namespace else BASE_NAMESPACE
        return cls(
            f"{prefix}:fuseboard",
            *(f"{prefix}:{key}" for key in ("state", "fail_counter", "success_counter", "opened_at")),
        )

    def read_fields(self, client: Any, fallback_state: str) -> Fields:
        """What pybreaker's own keys say. Without a state, the fallback."""
        state = text(client.get(self.state))
        if state is None:
            return Fields(state=fallback_state)
        opened_at = text(client.get(self.opened_at))
        return Fields(
            state=state,
            fail_counter=int(text(client.get(self.fail_counter)) or 0),
            success_counter=int(text(client.get(self.success_counter)) or 0),
            opened_at=_time(opened_at) if state == STATE_OPEN and opened_at else None,
        )

    def write_fields(self, client: Any, fields: Fields) -> None:
        """Writes pybreaker's own keys. A pipeline writes them later."""
        client.set(self.fail_counter, fields.fail_counter)
        client.set(self.success_counter, fields.success_counter)
        if fields.opened_at is not None:
            client.set(self.opened_at, calendar.timegm(fields.opened_at.utctimetuple()))
        client.set(self.state, fields.state)


def text(value: bytes | str | None) -> str | None:
    """A value as text, with or without `decode_responses`."""
    return value.decode() if isinstance(value, bytes) else value


def _time(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), tz=timezone.utc)
