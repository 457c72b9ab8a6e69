"""The error of refused calls, and of the call that opens a circuit."""

from __future__ import annotations

import sys
import types
from typing import Any

from ..errors import BreakerOpenError

TIMEOUT_NOT_ELAPSED = "Timeout not elapsed yet, circuit breaker still open"
THRESHOLD_REACHED = "Failures threshold reached, circuit breaker opened"
TRIAL_FAILED = "Trial call failed, circuit breaker opened"

_COMBINED_MAX = 1_000
# Python gives these a meaning of their own where they are raised. So does asyncio to its `CancelledError`.
_CONTROL_FLOW = (StopIteration, StopAsyncIteration, GeneratorExit)
_ATTRIBUTES = (types.MemberDescriptorType, types.GetSetDescriptorType)


class CircuitBreakerError(Exception):
    """A call was refused because the circuit is open, or a failed call opened it."""


class RefusedError(CircuitBreakerError, BreakerOpenError):
    """The error of a refused call. `args` has the text and the refusal."""

    def __str__(self) -> str:
        return str(self.args[0])


class _TrippingError(CircuitBreakerError):
    """The error of a call that opened a circuit. A subclass also derives from the type of the original exception."""

    _message: str
    _original: BaseException

    def __str__(self) -> str:
        return self._message

    def __reduce__(self) -> tuple[Any, ...]:
        return (tripping_error, (self._message, self._original))


def tripping_error(message: str, original: BaseException) -> CircuitBreakerError:
    """The error that replaces the exception of the call that opened a circuit.

    It is an instance of the original's type too, with the same attributes, so that handlers of either type see it. Where Python
    does not allow such a type, it is a plain `CircuitBreakerError`.
    """
    try:
        return _with_attributes_of(original, message) or CircuitBreakerError(message)
    except Exception:  # noqa: BLE001 Code of the original's class ran. It must not hide that the circuit opened.
        return CircuitBreakerError(message)


def _with_attributes_of(original: BaseException, message: str) -> CircuitBreakerError | None:
    combined = _combined_type(type(original))
    if combined is None:
        return None
    error = combined.__new__(combined, *original.args)
    error.args = original.args
    for name in _attribute_names(type(original)):
        try:
            setattr(error, name, getattr(original, name))
        except (AttributeError, TypeError):
            continue  # Not set, or read-only.
    error.__dict__.update(original.__dict__)
    error._message, error._original = message, original
    return error


_combined: dict[type[BaseException], type[_TrippingError] | None] = {}


def _combined_type(original: type[BaseException]) -> type[_TrippingError] | None:
    """The class for an original's class. Programs have few, unless they make classes while they run."""
    if original in _combined:
        return _combined[original]
    combined = _combine(original)
    if len(_combined) < _COMBINED_MAX:
        _combined[original] = combined
    return combined


def _combine(original: type[BaseException]) -> type[_TrippingError] | None:
    if issubclass(original, _control_flow()):
        return None
    names = {"__module__": __name__, "__qualname__": CircuitBreakerError.__qualname__}
    try:
        return type(CircuitBreakerError.__name__, (_TrippingError, original), names)
    except Exception:  # noqa: BLE001 The original's class is final, its layout does not fit, or its metaclass refuses.
        return None


def _control_flow() -> tuple[type[BaseException], ...]:
    # Whoever has an exception of this module has imported it.
    asyncio = sys.modules.get("asyncio.exceptions")
    return _CONTROL_FLOW if asyncio is None else (*_CONTROL_FLOW, asyncio.CancelledError)


def _attribute_names(original: type[BaseException]) -> list[str]:
    """The attributes that are not in `__dict__`: slots, and fields of built-in types such as `errno`."""
    classes = [cls for cls in original.__mro__ if cls not in (BaseException, Exception, object)]
    fields = (name for cls in classes for name, value in vars(cls).items() if isinstance(value, _ATTRIBUTES))
    return [name for name in fields if not name.startswith("__")]
