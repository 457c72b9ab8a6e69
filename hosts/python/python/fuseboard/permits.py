"""The permits that a context holds between `allow` and a report."""

from __future__ import annotations

import json
import sys
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

from ._core import Permit

# A context that asks for ever new targets and reports none of them keeps at most so many permits.
HELD_MAX = 64


class TargetKey(NamedTuple):
    host: str
    role: str | None
    resolver: str | None

    def fits(self, other: TargetKey) -> bool:
        """Whether a report for `other` may settle a permit for this target: what it omits may be anything."""
        return self.host == other.host and other.role in (None, self.role) and other.resolver in (None, self.resolver)

    def document(self, kind: str = "host") -> str:
        """The target in the form of the contract."""
        target = {"kind": kind, "name": self.host, "role": self.role, "resolver": self.resolver}
        return json.dumps({name: value for name, value in target.items() if value is not None})


@dataclass(frozen=True)
class HeldPermit:
    key: TargetKey
    permit: Permit
    # The task or the thread that asked.
    taker: object


class HeldPermits:
    """The permits of the current context. The tuple is never changed in place, because contexts share it when they are copied."""

    def __init__(self) -> None:
        self._held: ContextVar[tuple[HeldPermit, ...]] = ContextVar("fuseboard_permits", default=())

    def release(self, key: TargetKey) -> None:
        """Settles the taker's own permit for this target as neutral: a call that nobody reported must not keep its probe slot."""
        taker = current_taker()
        held = self._held.get()
        for one in held:
            if one.key == key and one.taker is taker:
                one.permit.neutral()
                self._held.set(tuple(other for other in held if other is not one))

    def put(self, key: TargetKey, permit: Permit) -> None:
        """Keeps a permit."""
        self._held.set((*self._held.get()[-HELD_MAX + 1 :], HeldPermit(key, permit, current_taker())))

    def find(self, key: TargetKey) -> Permit | None:
        """The permit that a report for this target settles: the taker's own newest one that fits, else an inherited one.
        It may be settled already. `None`: this context never asked."""
        taker = current_taker()
        fitting = [held for held in reversed(self._held.get()) if held.key.fits(key)]
        own = [held for held in fitting if held.taker is taker]
        unsettled = [held for held in (*own, *fitting) if not held.permit.is_settled]
        best = unsettled or own or fitting
        return best[0].permit if best else None


def current_taker() -> object:
    """The running asyncio task, or this thread. asyncio is not imported for those who do not use it."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None:
        try:
            task = asyncio.current_task()
        except RuntimeError:
            task = None
        if task is not None:
            return task
    return threading.current_thread()
