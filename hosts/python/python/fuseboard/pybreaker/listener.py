"""Listeners of a breaker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .states import CircuitBreakerState


class CircuitBreakerListener:
    """Methods that a breaker calls, each of which does nothing. What they raise reaches the caller of the breaker.

    `cb` is the breaker. An override may say so in its signature: `cb: CircuitBreaker`.
    """

    def before_call(self, cb: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """A call was admitted and is about to be made. If this raises, the call is not made and does not count."""

    def failure(self, cb: Any, exc: BaseException) -> None:
        """A call failed, and was counted."""

    def success(self, cb: Any) -> None:
        """A call succeeded, or raised an excluded exception."""

    def state_change(self, cb: Any, old_state: CircuitBreakerState | None, new_state: CircuitBreakerState) -> None:
        """The state changed, or this breaker noticed that it had changed elsewhere."""
