"""Operators' cooldowns of hosts, by deadlines of the monotonic clock."""

from __future__ import annotations

from ._core import Board, from_json, to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


# Far above every wait that the engine accepts, so that its error names the limit, also for an infinite deadline.
_WAIT_MS_MAX = 2.0**53


class Cooldowns:
    """Cooldowns that an operator sets. The deadline is a reading of the registry's monotonic clock, in seconds."""

    def __init__(self, board: Board, now: Callable[[], float]) -> None:
        self._board = board
        self._now = now

    def set_until(self, host: str, deadline_monotonic: float, reason: str = "") -> None:
        """Refuses all calls to a host until the deadline, at most 30 days from now. A longer cooldown stays.

        Raises `ValueError` for a later deadline.
        """
        wait_ms = min((deadline_monotonic - self._now()) * 1000, _WAIT_MS_MAX)
        self._cooldown(host, max(0, round(wait_ms)), reason)

    def clear(self, host: str) -> None:
        """Ends the cooldown of a host."""
        self._cooldown(host, 0, "")

    def get_until(self, host: str) -> float | None:
        """The deadline of the host's cooldown, if it has one."""
        status = from_json(self._board.status(to_json({"kind": "host", "name": host})))
        cooldown: dict[str, Any] | None = status["circuit"].get("cooldown")
        return None if cooldown is None else self._now() + cooldown["remaining_ms"] / 1000

    def _cooldown(self, host: str, for_ms: int, note: str) -> None:
        scope = {"kind": "host", "name": host}
        command = {"cooldown": {"for_ms": for_ms, "note": note}}
        self._board.command(to_json(scope), to_json(command))
