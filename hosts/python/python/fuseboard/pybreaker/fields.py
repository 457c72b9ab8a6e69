"""The fields of a storage, as pybreaker has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from .states import STATE_CLOSED, STATE_OPEN, check_state
from .storage import CircuitBreakerStorage


@dataclass(frozen=True)
class Fields:
    """What a storage says about its circuit. The time of opening counts while the circuit is open."""

    state: str = STATE_CLOSED
    fail_counter: int = 0
    success_counter: int = 0
    opened_at: datetime | None = None


def read_fields(storage: CircuitBreakerStorage) -> Fields:
    """Reads the fields of a storage. Raises `ValueError` if its state is none of the three."""
    state = check_state(storage.state)
    return Fields(
        state=state,
        fail_counter=int(storage.counter or 0),
        success_counter=int(storage.success_counter or 0),
        opened_at=_opened_at(storage) if state == STATE_OPEN else None,
    )


def write_fields(storage: CircuitBreakerStorage, old: Fields, new: Fields) -> Fields:
    """Writes what differs from the old fields. Returns the fields as the storage has them now: it may round the time of opening."""
    if new.state == STATE_OPEN and new.opened_at is not None and new.opened_at != old.opened_at:
        storage.opened_at = new.opened_at
    if new.fail_counter != old.fail_counter:
        _count(old.fail_counter, new.fail_counter, storage.increment_counter, storage.reset_counter)
    if new.success_counter != old.success_counter:
        _count(
            old.success_counter,
            new.success_counter,
            storage.increment_success_counter,
            storage.reset_success_counter,
        )
    if new.state != old.state:
        storage.state = new.state
    return Fields(
        new.state, new.fail_counter, new.success_counter, _opened_at(storage) if new.state == STATE_OPEN else None
    )


def _opened_at(storage: CircuitBreakerStorage) -> datetime | None:
    """A time without a time zone is in UTC, as pybreaker has it."""
    opened_at = storage.opened_at
    if opened_at is None or opened_at.tzinfo is not None:
        return opened_at
    return opened_at.replace(tzinfo=timezone.utc)


def _count(old: int, new: int, increment: Callable[[], None], reset: Callable[[], None]) -> None:
    """Brings a counter that can only be incremented or set to zero to a new value."""
    if new < old:
        reset()
        old = 0
    for _ in range(new - old):
        increment()
