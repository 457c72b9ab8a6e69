"""The settings of a breaker that its user may change at any time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .exclusions import Exclusion, is_excluded
from .listener import CircuitBreakerListener


class LiveSettings:
    """The thresholds, exclusions, listeners and the name of one breaker. Changes concern this object alone."""

    def __init__(
        self,
        fail_max: int,
        reset_timeout: float,
        success_threshold: int | None,
        exclude: Iterable[Exclusion] | None,
        listeners: Sequence[CircuitBreakerListener] | None,
        name: str | None,
    ) -> None:
        self._fail_max = fail_max
        self._reset_timeout = reset_timeout
        self._success_threshold = 1 if success_threshold is None else success_threshold
        self._excluded_exceptions = list(exclude or ())
        self._listeners = tuple(listeners or ())
        self._name = name

    def _thresholds_changed(self) -> None:
        """Called after a change of a threshold or of the timeout."""

    def _listeners_changed(self) -> None:
        """Called after a listener was added or removed."""

    def _timeout_changed(self) -> None:
        """Called after a change of the timeout, when the new one is in force."""

    @property
    def fail_max(self) -> int:
        """Consecutive failures that open the circuit."""
        return self._fail_max

    @fail_max.setter
    def fail_max(self, number: int) -> None:
        self._fail_max = number
        self._thresholds_changed()

    @property
    def reset_timeout(self) -> float:
        """Seconds that the circuit stays open."""
        return self._reset_timeout

    @reset_timeout.setter
    def reset_timeout(self, timeout: float) -> None:
        self._reset_timeout = timeout
        self._thresholds_changed()
        self._timeout_changed()

    @property
    def success_threshold(self) -> int:
        """Successful trial calls that close the circuit."""
        return self._success_threshold

    @success_threshold.setter
    def success_threshold(self, threshold: int | None) -> None:
        self._success_threshold = 1 if threshold is None else threshold
        self._thresholds_changed()

    @property
    def excluded_exceptions(self) -> tuple[Exclusion, ...]:
        """The exceptions that count as successes."""
        return tuple(self._excluded_exceptions)

    def add_excluded_exception(self, exception: Exclusion) -> None:
        """Adds an exception class, or a function that returns true for an exception."""
        self._excluded_exceptions.append(exception)

    def add_excluded_exceptions(self, *exceptions: Exclusion) -> None:
        """Adds several of them."""
        self._excluded_exceptions.extend(exceptions)

    def remove_excluded_exception(self, exception: Exclusion) -> None:
        """Removes one. Raises `ValueError` if it is not there."""
        self._excluded_exceptions.remove(exception)

    def is_system_error(self, exception: BaseException) -> bool:
        """Whether an exception counts as a failure."""
        return not is_excluded(exception, self._excluded_exceptions)

    @property
    def listeners(self) -> tuple[CircuitBreakerListener, ...]:
        """The listeners, in the order in which they are called."""
        return self._listeners

    def add_listener(self, listener: CircuitBreakerListener) -> None:
        """Adds a listener."""
        self._listeners = (*self._listeners, listener)
        self._listeners_changed()

    def add_listeners(self, *listeners: CircuitBreakerListener) -> None:
        """Adds several listeners."""
        self._listeners = (*self._listeners, *listeners)
        self._listeners_changed()

    def remove_listener(self, listener: CircuitBreakerListener) -> None:
        """Removes a listener. Raises `ValueError` if it is not there."""
        remaining = list(self._listeners)
        remaining.remove(listener)
        self._listeners = tuple(remaining)
        self._listeners_changed()

    @property
    def name(self) -> str | None:
        """A name for people. It does not say which circuit this is."""
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        self._name = name
