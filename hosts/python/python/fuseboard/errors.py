"""The exceptions of this package."""

from __future__ import annotations

from ._core import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class EngineError(RuntimeError):
    """The policy engine failed or was stopped. It is restarted before the next request."""


class ComponentError(EngineError):
    """The WebAssembly component cannot be used, for example because its machine code is not for this CPU."""


class AnswerLostError(Exception):
    """A store raises this if a write may or may not have happened. Every other exception says that nothing was written."""


class BreakerOpenError(RuntimeError):
    """A call was refused: it was not made, and says nothing about the remote service.

    The attributes are read from the refusal only when they are used, because most refusals are caught and never shown. An error that
    a test makes itself, as `BreakerOpenError("down")`, has no refusal: then `reason` and `state` are `open`, and nothing else is known.
    """

    @property
    def _refusal(self) -> Refusal | None:
        last = self.args[-1] if self.args else None
        return last if isinstance(last, Refusal) else None

    @property
    def host(self) -> str:
        """The host in the spelling of the caller, or the plain name."""
        refusal = self._refusal
        return "" if refusal is None else refusal.host

    @property
    def role(self) -> str | None:
        refusal = self._refusal
        return None if refusal is None else refusal.role

    @property
    def resolver(self) -> str | None:
        refusal = self._refusal
        return None if refusal is None else refusal.resolver

    @property
    def reason(self) -> str:
        """`open`, `half-open-full`, `staggered`, `cooldown-retry-after`, `cooldown-rolling`, `cooldown-operator`,
        `forced-open` or `storage`."""
        refusal = self._refusal
        return "open" if refusal is None else refusal.reason or "open"

    @property
    def state(self) -> str:
        """`open` or `half_open`."""
        refusal = self._refusal
        return "open" if refusal is None else refusal.state

    @property
    def retry_after_s(self) -> float | None:
        """Seconds until a call could be admitted. `None`: not before an operator's command."""
        refusal = self._refusal
        wait = None if refusal is None else refusal.retry_after_ms
        return None if wait is None else wait / 1000

    @property
    def last_failure(self) -> str | None:
        """The last failure that counted: a status or the name of an exception."""
        refusal = self._refusal
        return None if refusal is None else refusal.last_failure

    def __str__(self) -> str:
        refusal = self._refusal
        if refusal is None:
            return super().__str__()
        target = f"resolver {refusal.resolver}" if refusal.refused_by == "resolver" else refusal.host
        if refusal.role and refusal.refused_by == "host":
            target = f"{target}/{refusal.role}"
        wait = self.retry_after_s
        when = "not before an operator's command" if wait is None else f"retry after {wait:g} s"
        after = f", last failure {refusal.last_failure}" if refusal.last_failure else ""
        return f"{target}: refused ({self.reason}), {when}{after}"

    def __reduce__(self) -> Any:
        refusal = self._refusal
        if refusal is None:
            return super().__reduce__()
        return (_unpickle, (type(self), self.args[:-1], refusal.to_json(), self.__dict__))


def _unpickle(
    cls: type[BreakerOpenError], texts: tuple[str, ...], refusal: str, attributes: dict[str, Any]
) -> BreakerOpenError:
    error = cls(*texts, Refusal.from_json(refusal))
    error.__dict__.update(attributes)
    return error
