"""The breaker that a listener receives as its first argument."""

from __future__ import annotations

from ._core import from_json
from .status import state_of
from .target_key import TargetKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ._core import Board

    Circuit = Mapping[str, Any]

# The circuit of a resolver is asked for together with that of a host.
_NO_HOST = "resolver.invalid"


class WatchedBreaker:
    """One circuit, with the attributes of pybreaker's breaker. They are read when they are used."""

    def __init__(
        self, name: str, role: str | None, status: Callable[[], Circuit], settings: Callable[[], list[dict[str, str]]]
    ) -> None:
        self.name = name
        """The host, the resolver or the plain name."""
        self.role = role
        self._status = status
        self._settings = settings

    @property
    def current_state(self) -> str:
        """`closed`, `open` (also in a cooldown or forced open) or `half_open`."""
        return state_of(self._status())

    @property
    def fail_counter(self) -> int:
        """Consecutive failures."""
        count: int = self._status()["failure_streak"]
        return count

    @property
    def reset_timeout(self) -> float:
        """The setting `reset_timeout_s`, in seconds."""
        return next(float(setting["value"]) for setting in self._settings() if setting["path"] == "reset_timeout_s")


def watched_breaker(board: Board, scope: str, name: str, role: str | None) -> WatchedBreaker:
    """The breaker of one circuit of a board."""
    if scope == "resolver":
        part, document = "resolver", TargetKey(_NO_HOST, None, name).document()
    else:
        part, document = "circuit", TargetKey(name, role, None).document(scope)
    return WatchedBreaker(
        name, role, lambda: from_json(board.status(document))[part], lambda: from_json(board.explain(document))[part]
    )
