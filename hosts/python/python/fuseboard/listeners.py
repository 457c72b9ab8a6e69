"""Listeners in the style of pybreaker, one for each host, name and resolver of a registry."""

from __future__ import annotations

from .log import logger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .events import Event
    from .watched import WatchedBreaker

    ListenerFactory = Callable[[str, str, "str | None"], Any]

    # Gives the function that makes the breaker of a scope, a name and a role, while the registry exists.
    BreakerReference = Callable[[], "Callable[[str, str, str | None], WatchedBreaker] | None"]

# Most listeners that are kept. A factory is asked again for those beyond.
_LISTENERS_MAX = 10_000


class ReportedFailure(Exception):
    """What a listener's `failure` receives if the call failed without an exception."""

    def __init__(self, status: int | None = None) -> None:
        super().__init__("reported as failed" if status is None else f"HTTP status {status}")
        self.status = status


class State(str):
    """A state as pybreaker's listeners know it: `str(state)` and `state.name` are `closed`, `open` or `half_open`."""

    @property
    def name(self) -> str:
        return str(self)


class Listeners:
    """Calls the methods `before_call`, `success`, `failure` and `state_change` of listeners.

    A method that is missing is left out. What a listener or the factory raises is logged.
    """

    def __init__(self, factory: ListenerFactory, breaker: BreakerReference) -> None:
        self._factory = factory
        self._breaker = breaker
        self._listeners: dict[tuple[str, str], Any] = {}

    def call(self, method: str, scope: str, name: str, role: str | None, /, *args: Any, **kwargs: Any) -> None:
        """Calls one method of the listener of a circuit, with the breaker as first argument."""
        try:
            listener = self._listener(scope, name)
            function = getattr(listener, method, None)
            breaker = self._breaker()
            if function is not None and breaker is not None:
                function(breaker(scope, name, role), *args, **kwargs)
        except Exception:  # noqa: BLE001 - no fault of a listener may fail the call
            logger().exception("the listener of %s raised in %s; the call is not affected", name, method)

    def state_change(self, event: Event) -> None:
        """Calls the listener of a circuit because of its new state."""
        if event.scope is not None and event.name is not None:
            states = (State(event.old_state), State(event.new_state))
            self.call("state_change", event.scope, event.name, event.role, *states)

    def _listener(self, scope: str, name: str) -> Any:
        key = (scope, name)
        if key not in self._listeners:
            if len(self._listeners) >= _LISTENERS_MAX:
                self._listeners.clear()
            self._listeners[key] = self._factory(name, scope, name if scope == "resolver" else None)
        return self._listeners[key]
