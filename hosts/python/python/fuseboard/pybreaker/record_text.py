"""The engine's record of one circuit, made of the fields of a storage and read as such."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from .._core import from_json, to_json
from .fields import Fields
from .states import STATE_CLOSED, STATE_HALF_OPEN, STATE_OPEN

_FORMAT = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass
class Marks:
    """The marks of the writes of one writer. Each begins a generation of the circuit."""

    writer: int = field(default_factory=lambda: random.SystemRandom().randrange(1, 2**63))
    sequence: int = 0

    def next(self) -> list[int]:
        self.sequence += 1
        return [self.writer, self.sequence]


def new_record(fields: Fields, mark: list[int], reset_timeout: float) -> str:
    """A record whose circuit has these fields. If it is open, it stays so until the reset timeout after its opening."""
    circuit: dict[str, Any] = {"generation": 0, "began": mark}
    _set(circuit, fields, reset_timeout)
    return to_json({"format": _FORMAT, "record": {"writes": [mark], "base": circuit}})


def changed_record(text: str, old: Fields, new: Fields, mark: list[int], reset_timeout: float) -> str:
    """The record after someone changed the fields of the storage. Permits stay valid unless the state is another one."""
    document = from_json(text)
    circuit = _circuit(document)
    if new.state != old.state:
        circuit["generation"] += 1
        circuit["began"] = mark
    _set(circuit, new, reset_timeout)
    return to_json(document)


def fields_of(text: str) -> Fields:
    """The fields that a record has."""
    circuit = _circuit(from_json(text))
    ((state, content),) = circuit["state"].items()
    opened_at = circuit.get("opened_at_ms")
    return Fields(
        state=state,
        fail_counter=circuit.get("streak", {}).get("failures", 0),
        success_counter=content["successes"] if state == STATE_HALF_OPEN else 0,
        opened_at=None if opened_at is None else _EPOCH + opened_at * _MILLISECOND,
    )


def _circuit(document: dict[str, Any]) -> dict[str, Any]:
    record = document["record"]
    circuit: dict[str, Any] = record.get("roles", {}).get("default", record["base"])
    return circuit


def _set(circuit: dict[str, Any], fields: Fields, reset_timeout: float) -> None:
    circuit.pop("streak", None)
    circuit.pop("opened_at_ms", None)
    if fields.opened_at is not None:
        circuit["opened_at_ms"] = _milliseconds(fields.opened_at)
    if fields.fail_counter:
        # The time of the last failure is not known. Nothing here depends on it.
        circuit["streak"] = {"failures": fields.fail_counter, "at_ms": 0}
    if fields.state == STATE_OPEN:
        circuit["state"] = {"open": _deadline_ms(fields.opened_at, reset_timeout)}
    elif fields.state == STATE_HALF_OPEN:
        trial = circuit.get("state", {}).get("half-open", {"failures": 0})
        circuit["state"] = {"half-open": {**trial, "successes": fields.success_counter}}
    elif STATE_CLOSED not in circuit.get("state", {}):
        circuit["state"] = {"closed": None}


def _deadline_ms(opened_at: datetime | None, reset_timeout: float) -> int:
    """An open circuit without a time of opening is half-open at once, as in pybreaker."""
    return 0 if opened_at is None else _milliseconds(opened_at) + int(reset_timeout * 1_000)


def _milliseconds(time: datetime) -> int:
    return max(0, (time - _EPOCH) // _MILLISECOND)
