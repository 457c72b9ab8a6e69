"""Calls the listeners of a target's circuits when its calls begin and end."""

from __future__ import annotations

from .listeners import Listeners, ReportedFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._core import Board
    from .target_key import TargetKey


def request() -> None:
    """Stands for the call in `before_call`, where a permit is asked for and the function that makes the call is not known."""


class CallListeners:
    """The listeners of one target. The native part calls these methods; they raise no `Exception`."""

    def __init__(self, board: Board, kind: str, key: TargetKey, listeners: Listeners) -> None:
        self._circuits: list[tuple[str, str, str | None]] = [(kind, key.host, key.role)]
        if key.resolver is not None:
            self._circuits.append(("resolver", key.resolver, None))
        self._listeners = listeners
        self._board = board
        self._target = key.document(kind)

    def before_call(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> None:
        """A function is about to be called."""
        self._notify("before_call", function, *args, **(kwargs or {}))

    def before_permit(self) -> None:
        """A permit was given for a call."""
        self._notify("before_call", request)

    def ended(self, status: int | None, exception: object) -> None:
        """A call ended. No listener is notified of a neutral one."""
        outcome = self._board.classify(self._target, status=status, exception=exception)
        if outcome == "success":
            self._notify("success")
        elif outcome == "failure":
            self.failed(status, exception)

    def failed(self, status: int | None, exception: object) -> None:
        """A call failed, by the policy or by its caller's verdict."""
        self._notify("failure", ReportedFailure(status) if exception is None else exception)

    def _notify(self, method: str, /, *args: Any, **kwargs: Any) -> None:
        for scope, name, role in self._circuits:
            self._listeners.call(method, scope, name, role, *args, **kwargs)
