"""Changes of state that the engine reported on this thread, until the breaker that caused them takes them."""

from __future__ import annotations

import threading
from typing import NamedTuple

from .._core import from_json


class Transition(NamedTuple):
    """A change of a circuit's state."""

    circuit: str
    old: str
    new: str


class _Pending(threading.local):
    def __init__(self) -> None:
        self.transitions: list[Transition] = []


_pending = _Pending()


def receive(event: str) -> None:
    """Listens to the events of a board. They arrive on the thread of the request that caused them."""
    document = from_json(event)
    if document["kind"] == "phase-changed":
        _pending.transitions.append(Transition(document["circuit"]["name"], document["from"], document["to"]))


def take(circuit: str) -> list[Transition]:
    """Removes what this thread received, and returns the part about one circuit."""
    received = _pending.transitions
    if not received:
        return received
    _pending.transitions = []
    return [transition for transition in received if transition.circuit == circuit]
