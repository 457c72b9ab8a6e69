"""The states of a breaker, as strings and as objects."""

from __future__ import annotations

from typing import Protocol

STATE_OPEN = "open"
STATE_CLOSED = "closed"
STATE_HALF_OPEN = "half-open"


class Named(Protocol):
    """What a state needs of its breaker."""

    @property
    def name(self) -> str | None: ...


class CircuitBreakerState:
    """A state that a breaker is or was in. Listeners receive two of them for each change."""

    def __init__(self, cb: Named, name: str) -> None:
        self._breaker = cb
        self._name = name

    @property
    def name(self) -> str:
        """`STATE_CLOSED`, `STATE_OPEN` or `STATE_HALF_OPEN`."""
        return self._name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._breaker.name or 'a breaker'}>"


class CircuitClosedState(CircuitBreakerState):
    """Calls are made, and consecutive failures are counted."""


class CircuitOpenState(CircuitBreakerState):
    """Calls are refused until the reset timeout has passed."""


class CircuitHalfOpenState(CircuitBreakerState):
    """One trial call at a time is made. It closes or opens the circuit."""


_CLASSES: dict[str, type[CircuitBreakerState]] = {
    STATE_CLOSED: CircuitClosedState,
    STATE_OPEN: CircuitOpenState,
    STATE_HALF_OPEN: CircuitHalfOpenState,
}


def check_state(name: str) -> str:
    """Returns the name of a state. Raises `ValueError` if there is none of this name."""
    if name not in _CLASSES:
        raise ValueError(f"Unknown state {name!r}, valid states: {', '.join(_CLASSES)}")
    return name


def state_object(cb: Named, name: str) -> CircuitBreakerState:
    """The state object for a name."""
    return _CLASSES[check_state(name)](cb, name)
