"""The two breakers under one interface, and what is observed of each."""

from __future__ import annotations

from typing import Any

import pybreaker as original

from fuseboard import pybreaker as ours

from .differences import Difference
from .reference import ReferenceBreaker


class BusinessError(Exception):
    pass


class ListenerError(Exception):
    pass


def is_teapot(exception: BaseException) -> bool:
    return isinstance(exception, OSError) and exception.errno == 418


class Subject:
    """One breaker, its log of what listeners saw, and the generators that are not exhausted yet."""

    def __init__(self, breaker: Any, error: type[Exception], listener_base: type) -> None:
        self.breaker = breaker
        self.error = error
        self.log: list[tuple[Any, ...]] = []
        self.generators: list[Any] = []
        self.raises_in: str | None = None
        breaker.add_listener(_listener(self, listener_base))

    def state(self) -> str:
        seen = getattr(self.breaker, "seen_state", None)
        return seen() if seen else self.breaker.current_state

    def note(self, what: str, *details: Any) -> None:
        self.log.append((what, *details, self.state(), self.breaker.fail_counter, self.breaker.success_counter))
        if self.raises_in == what:
            raise ListenerError(what)

    def kind_of(self, exception: BaseException) -> str:
        """The exception as its caller sees it. Of the call that opens the circuit, pybreaker hides the original's type."""
        if not isinstance(exception, self.error):
            return type(exception).__name__
        both = isinstance(exception, (ValueError, OSError, KeyboardInterrupt))
        if isinstance(self.breaker, ReferenceBreaker):
            hidden = exception.__context__
            both = isinstance(hidden, (ValueError, OSError, KeyboardInterrupt)) and self.breaker.has(
                Difference.ERROR_OF_BOTH_TYPES
            )
        return "CircuitBreakerError, and the original" if both else "CircuitBreakerError"


def _listener(subject: Subject, base: type) -> Any:
    class Listener(base):  # type: ignore[misc, valid-type]
        def before_call(self, cb: Any, func: Any, *args: Any, **kwargs: Any) -> None:
            subject.note("before_call", repr(args), repr(kwargs))

        def success(self, cb: Any) -> None:
            subject.note("success")

        def failure(self, cb: Any, exc: BaseException) -> None:
            subject.note("failure", type(exc).__name__)

        def state_change(self, cb: Any, old_state: Any, new_state: Any) -> None:
            entry = ("state_change", old_state.name, new_state.name)
            is_reference = isinstance(cb, ReferenceBreaker)
            stored = cb.has(Difference.STATE_BEFORE_LISTENERS) if is_reference else True
            seen = cb.state_after(new_state.name) if is_reference and stored else subject.state()
            subject.log.append((*entry, seen))

    return Listener()


def reference(differences: frozenset[Difference], clock: Any, **settings: Any) -> Subject:
    breaker = ReferenceBreaker(differences, clock, exclude=[BusinessError, is_teapot], **settings)
    return Subject(breaker, original.CircuitBreakerError, original.CircuitBreakerListener)


def drop_in(**settings: Any) -> Subject:
    breaker = ours.CircuitBreaker(exclude=[BusinessError, is_teapot], **settings)
    return Subject(breaker, ours.CircuitBreakerError, ours.CircuitBreakerListener)
