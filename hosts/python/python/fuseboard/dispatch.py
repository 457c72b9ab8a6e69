"""Passes the events of a registry to the log, to its listeners and to its `on_event`."""

from __future__ import annotations

from .log import log_transition, logger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .events import Event
    from .listeners import Listeners


class EventDispatcher:
    """Receives each event as a JSON text. What a receiver raises is logged, and never reaches the guarded call."""

    def __init__(self, listeners: Listeners | None, on_event: Callable[[Event], object] | None) -> None:
        self._listeners = listeners
        self._on_event = on_event

    def __call__(self, text: str) -> None:
        # Imported with the first event, because dataclasses take longer to import than all that a first call needs.
        from .events import Event

        event = Event.from_json(text)
        if event.is_transition:
            log_transition(event)
            if self._listeners is not None:
                self._listeners.state_change(event)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:  # noqa: BLE001 - no fault of a listener may fail the call
                logger().exception("on_event raised for %s; the call is not affected", event)
