"""The breaker, with pybreaker's interface."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from types import GeneratorType
from typing import Any, TypeVar, cast

from .._core import LeasedCalls, Permit
from ..errors import BreakerOpenError
from . import policies
from .boards import memory_board
from .circuit import Circuit
from .errors import THRESHOLD_REACHED, TIMEOUT_NOT_ELAPSED, TRIAL_FAILED, RefusedError, tripping_error
from .exclusions import Exclusion
from .guarded_generator import guarded_generator
from .listener import CircuitBreakerListener
from .live_settings import LiveSettings
from .policies import Leases
from .states import STATE_CLOSED, STATE_HALF_OPEN, STATE_OPEN, CircuitBreakerState, check_state, state_object
from .storage import CircuitBreakerStorage
from .storage_board import board_of
from .tornado_support import awaited

_T = TypeVar("_T")


class CircuitBreaker(LeasedCalls, LiveSettings):
    """Refuses calls to an operation that failed `fail_max` times in a row, for `reset_timeout` seconds; then tries again.

    `success_threshold`: successful trial calls that close the circuit; `None` is 1. `exclude`: exception classes, and functions
    that return true for an exception, that count as successes. `state_storage`: breakers on one storage object share one circuit.
    `throw_new_error_on_trip`: whether the call that opens the circuit raises a `CircuitBreakerError` (which is also an instance of
    the original exception's type) or the original exception.
    """

    def __init__(
        self,
        fail_max: int = 5,
        reset_timeout: float = 60,
        success_threshold: int | None = 1,
        exclude: Iterable[Exclusion] | None = None,
        listeners: Sequence[CircuitBreakerListener] | None = None,
        state_storage: CircuitBreakerStorage | None = None,
        name: str | None = None,
        throw_new_error_on_trip: bool = True,
    ) -> None:
        LiveSettings.__init__(self, fail_max, reset_timeout, success_threshold, exclude, listeners, name)
        self._throw_new_error_on_trip = throw_new_error_on_trip
        self._state_storage = state_storage
        if state_storage is None:
            self._state = state_object(self, STATE_CLOSED)
            board = memory_board()
        else:
            self._state = state_object(self, state_storage.state)
            board = board_of(state_storage).join(self)
        self._circuit = Circuit(board, self._policy())
        self._set_target(self._circuit.target)
        self._listeners_changed()

    def _policy(self) -> dict[str, Any]:
        # Leases are for a circuit that nobody else can change.
        leases = Leases.ON if self._state_storage is None else Leases.OFF
        return policies.settings(self._fail_max, self._reset_timeout, self._success_threshold, leases)

    def _thresholds_changed(self) -> None:
        self._circuit.define(self._policy())

    def _listeners_changed(self) -> None:
        self._set_watched(bool(self._listeners))

    def _timeout_changed(self) -> None:
        self._circuit.shorten_wait()

    @property
    def fail_counter(self) -> int:
        """Consecutive failures. It keeps its value while the circuit is open."""
        return int(self._circuit.status()["failure_streak"])

    @property
    def success_counter(self) -> int:
        """Successful trial calls of the half-open circuit so far."""
        return int(self._circuit.status()["trial_successes"])

    @property
    def current_state(self) -> str:
        """`STATE_CLOSED`, `STATE_OPEN`, or `STATE_HALF_OPEN` as soon as the reset timeout has passed."""
        return str(self._circuit.status()["phase"])

    @property
    def state(self) -> CircuitBreakerState:
        """The state as an object. Reading it notifies the listeners of a change that this breaker had not noticed."""
        self._enter(self.current_state)
        return self._state

    @state.setter
    def state(self, name: str) -> None:
        commands = {STATE_CLOSED: self.close, STATE_OPEN: self.open, STATE_HALF_OPEN: self.half_open}
        commands[check_state(name)]()

    def open(self) -> bool:
        """Opens the circuit for the reset timeout. Returns `throw_new_error_on_trip`."""
        self._command("trip", STATE_OPEN)
        return self._throw_new_error_on_trip

    def half_open(self) -> None:
        """Half-opens the circuit: the next call is a trial call."""
        self._command("half-open", STATE_HALF_OPEN)

    def close(self) -> None:
        """Closes the circuit."""
        self._command("close", STATE_CLOSED)

    def _call_unleased(self, func: Callable[..., _T], args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> _T:
        """Makes a call about which the engine must be asked."""
        kwargs = kwargs or {}
        permit = self._admit(func, args, kwargs)
        try:
            result = func(*args, **kwargs)
        except BaseException as exception:
            self._fail(permit, exception)
            raise
        return self._returned(permit, result)

    async def call_async(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls a coroutine function, or one of Tornado's, and awaits its result."""
        permit = self._admit(func, args, kwargs)
        try:
            result = await awaited(func(*args, **kwargs))
        except BaseException as exception:
            self._fail(permit, exception)
            raise
        return self._returned(permit, result)

    @contextmanager
    def calling(self) -> Generator[None, None, None]:
        """Guards the block of a `with` statement."""

        def block() -> Generator[None, None, None]:
            yield

        yield from self.call(block)

    def __call__(self, *call_args: Callable[..., Any], **call_kwargs: bool) -> Callable[..., Any]:
        """Decorates a function, with or without parentheses. `__pybreaker_call_async=True` guards a function of Tornado's."""
        always_async = call_kwargs.pop("__pybreaker_call_async", False)

        def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
            call = self.call_async if always_async or inspect.iscoroutinefunction(func) else self.call
            return _wrapped(func, call)

        return decorate(*call_args) if call_args else decorate

    def _admit(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Permit | None:
        try:
            permit = self._circuit.allow()
        except BreakerOpenError as refused:
            self._notice()
            raise RefusedError(TIMEOUT_NOT_ELAPSED, *refused.args) from None
        try:
            self._notice()
            for listener in self._listeners:
                listener.before_call(self, func, *args, **kwargs)
        except BaseException:
            self._circuit.cancel(permit)
            raise
        return permit

    def _returned(self, permit: Permit | None, result: _T) -> _T:
        if isinstance(result, GeneratorType):
            ends = (functools.partial(end, permit) for end in (self._succeed, self._fail, self._circuit.cancel))
            return cast(_T, guarded_generator(result, *ends))
        self._succeed(permit)
        return result

    def _succeed(self, permit: Permit | None) -> None:
        self._circuit.succeed(permit)
        self._notice()
        for listener in self._listeners:
            listener.success(self)

    def _fail(self, permit: Permit | None, exception: BaseException) -> None:
        """Reports an exception. Raises the error of the call that opens the circuit, if this one does."""
        try:
            counts = self.is_system_error(exception)
        except BaseException:
            self._circuit.cancel(permit)
            raise
        if not counts:
            self._succeed(permit)
            return
        self._circuit.fail(permit, exception)
        transitions = self._circuit.take_transitions()
        for listener in self._listeners:
            listener.failure(self, exception)
        for transition in transitions:
            self._enter(transition.new)
        opened = [transition for transition in transitions if transition.new == STATE_OPEN]
        if opened and self._throw_new_error_on_trip:
            message = THRESHOLD_REACHED if opened[-1].old == STATE_CLOSED else TRIAL_FAILED
            raise tripping_error(message, exception) from exception

    def _command(self, command: str, state: str) -> None:
        """Carries out a command. Listeners are notified even if the state was the same before."""
        self._circuit.command(command)
        self._circuit.take_transitions()
        self._change_to(state)

    def _notice(self) -> None:
        """Notifies the listeners of what the last request of this thread changed, or found changed."""
        for transition in self._circuit.take_transitions():
            self._enter(transition.new)

    def _enter(self, state: str) -> None:
        if state != self._state.name:
            self._change_to(state)

    def _change_to(self, state: str) -> None:
        old, self._state = self._state, state_object(self, state)
        for listener in self._listeners:
            listener.state_change(self, old, self._state)


def _wrapped(func: Callable[..., Any], call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(func)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return call(func, *args, **kwargs)

    return guarded
