"""What a circuit's status means in the words of a breaker: closed, open or half-open."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_MOST_RESTRICTIVE_FIRST = ("open", "half_open", "closed")


def state_of(circuit: Mapping[str, Any]) -> str:
    """The state of one circuit: `open` while it refuses by its phase, by a cooldown or by an operator."""
    override = circuit.get("override")
    if override is not None:
        return "open" if override["kind"] == "forced-open" else "closed"
    if circuit.get("cooldown") is not None:
        return "open"
    phase: str = circuit["phase"]
    return phase.replace("-", "_")


def host_state(circuits: Iterable[Mapping[str, Any]]) -> str:
    """The most restrictive state of several circuits. Those after an open one are not read."""
    states = set()
    for circuit in circuits:
        states.add(state_of(circuit))
        if "open" in states:
            break
    return next((state for state in _MOST_RESTRICTIVE_FIRST if state in states), "closed")


def cooldown_remaining_ms(status: Mapping[str, Any]) -> int | None:
    """The longest wait that refuses calls now, over the circuits of a target."""
    waits = [wait for circuit in status.values() for wait in _waits(circuit)]
    return max(waits, default=None)


def _waits(circuit: Mapping[str, Any]) -> Iterable[int]:
    override = circuit.get("override")
    if override is not None and override["kind"] == "disabled":
        return
    if circuit["phase"] == "open" and circuit.get("remaining_ms"):
        yield circuit["remaining_ms"]
    for reason in (circuit.get("cooldown"), override):
        if reason is not None and reason.get("remaining_ms"):
            yield reason["remaining_ms"]
