"""pybreaker itself, changed in the ways that the differences name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pybreaker

from .clock import Clock
from .differences import Difference


class ReferenceBreaker(pybreaker.CircuitBreaker):
    """A breaker of pybreaker with some differences turned on."""

    def __init__(self, differences: frozenset[Difference], clock: Clock, **settings: Any) -> None:
        self.differences = differences
        self.clock = clock
        self.deadline: datetime | None = None
        self.opens_next = False
        super().__init__(**settings)

    def has(self, difference: Difference) -> bool:
        return difference in self.differences

    @property
    def reset_timeout(self) -> float:
        opened_at = self._state_storage.opened_at
        stored = self.has(Difference.STORED_DEADLINE) and self._state_storage.state == pybreaker.STATE_OPEN
        if stored and self.deadline and opened_at:
            return (self.deadline - opened_at).total_seconds()
        return self._reset_timeout

    @reset_timeout.setter
    def reset_timeout(self, timeout: float) -> None:
        self._reset_timeout = timeout
        if self.deadline is not None:
            self.deadline = min(self.deadline, self.clock.now() + timedelta(seconds=timeout))

    def open(self) -> bool:
        self.deadline = self.clock.now() + timedelta(seconds=self._reset_timeout)
        return super().open()

    def seen_state(self) -> str:
        """The state that a user of this breaker sees, with the differences."""
        state = self.current_state
        opened_at = self._state_storage.opened_at
        if self.opens_next and self.has(Difference.ONE_STEP):
            return self.state_after(pybreaker.STATE_OPEN)
        if state != pybreaker.STATE_OPEN or not self.has(Difference.HALF_OPEN_WHEN_DUE) or opened_at is None:
            return state
        due = self.clock.now() >= opened_at + timedelta(seconds=self.reset_timeout)
        return pybreaker.STATE_HALF_OPEN if due else state

    @property
    def success_counter(self) -> int:
        """Opening the circuit resets it."""
        return 0 if self.opens_next and self.has(Difference.ONE_STEP) else super().success_counter

    def state_after(self, state: str) -> str:
        """What is seen right after a change to a state. A wait of no length is over at once."""
        over = state == pybreaker.STATE_OPEN and self._reset_timeout <= 0 and self.has(Difference.HALF_OPEN_WHEN_DUE)
        return pybreaker.STATE_HALF_OPEN if over else state

    def _create_new_state(self, new_state: str, prev_state: Any = None, notify: bool = False) -> Any:
        classes = {pybreaker.STATE_CLOSED: Closed, pybreaker.STATE_HALF_OPEN: HalfOpen}
        cls = classes.get(new_state, pybreaker.CircuitOpenState)
        return cls(self, prev_state=prev_state, notify=notify)


class _Adjusted(pybreaker.CircuitBreakerState):
    """A state that admits and counts calls."""

    in_flight = 0

    def call(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        half_open = isinstance(self, pybreaker.CircuitHalfOpenState)
        if half_open and self.in_flight and self._breaker.has(Difference.ONE_TRIAL_CALL):
            raise pybreaker.CircuitBreakerError("one trial call at a time")
        self.in_flight += 1
        made = False

        def noticed(*args: Any, **kwargs: Any) -> Any:
            nonlocal made
            made = True
            return func(*args, **kwargs)

        try:
            return super().call(noticed, *args, **kwargs)
        finally:
            if not made:
                self.in_flight -= 1

    def _is_stale(self) -> bool:
        return self._breaker._state is not self and self._breaker.has(Difference.STALE_OUTCOME)

    def _handle_error(self, exc: BaseException, reraise: bool = True) -> None:
        breaker = self._breaker
        if not breaker.is_system_error(exc):
            super()._handle_error(exc, reraise)
            return
        self.in_flight -= 1
        if self._is_stale():
            for listener in breaker.listeners:
                listener.failure(breaker, exc)
            if reraise:
                raise exc
            return
        half_open = isinstance(self, pybreaker.CircuitHalfOpenState)
        breaker.opens_next = half_open or breaker.fail_counter + 1 >= breaker.fail_max
        super()._handle_error(exc, reraise)

    def on_failure(self, exc: BaseException) -> None:
        self._breaker.opens_next = False
        super().on_failure(exc)

    def _handle_success(self) -> None:
        self.in_flight -= 1
        breaker = self._breaker
        if self._is_stale():
            for listener in breaker.listeners:
                listener.success(breaker)
            return
        if isinstance(self, pybreaker.CircuitClosedState) or not breaker.has(Difference.STREAK_IN_TRIAL):
            breaker._state_storage.reset_counter()
        self.on_success()
        for listener in breaker.listeners:
            listener.success(breaker)

    def generator_call(self, wrapped_generator: Any) -> Any:
        if not self._breaker.has(Difference.THROWN_IN):
            return super().generator_call(wrapped_generator)
        delegated = self._delegated(wrapped_generator)
        next(delegated)
        return delegated

    def _delegated(self, wrapped_generator: Any) -> Any:
        try:
            yield
        except BaseException:
            # A generator that is never started is no trial call.
            self.in_flight -= 1
            raise
        try:
            yield from wrapped_generator
        except BaseException as exc:
            self._handle_error(exc, reraise=False)
            raise
        self._handle_success()


class Closed(_Adjusted, pybreaker.CircuitClosedState):
    pass


class HalfOpen(_Adjusted, pybreaker.CircuitHalfOpenState):
    pass
