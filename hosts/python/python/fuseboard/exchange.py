"""One guarded HTTP request and its response, for the adapters of HTTP clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from ._core import Permit
from .errors import EngineError
from .log import logger
from .registry import BreakerRegistry

SettleAt = Literal["body", "headers"]
Role = str | Callable[[Any], "str | None"] | None

# Answers to these are over at their headers, whatever the headers say.
_STATUSES_WITHOUT_BODY = (101, 204, 205, 304)
# From this status on, the body is not what the caller asked for.
_FIRST_OTHER_STATUS = 300
_FIRST_ERROR_STATUS = 400


class Guarding:
    """What an adapter is told about the calls that it guards."""

    def __init__(self, registry: BreakerRegistry, role: Role, resolver: str | None, settle_at: SettleAt) -> None:
        if settle_at not in ("body", "headers"):
            raise ValueError(f'settle_at: must be "body" or "headers", is {settle_at!r}')
        self._registry = registry
        self._role = role
        self._resolver = resolver
        self._settle_at = settle_at

    def begin(self, origin: str, method: str, request: Any) -> Exchange:
        """Asks for one call to an origin such as `https://api.crossref.org`. Raises `BreakerOpenError` if it is refused."""
        role = self._role(request) if callable(self._role) else self._role
        return Exchange(
            self._permit(origin, role), method, self._settle_at, lambda status: self._fails(origin, role, status)
        )

    def _permit(self, origin: str, role: str | None) -> Permit | None:
        """`None`: a fault of the breaker itself, which must not fail the call."""
        try:
            return self._registry.target(origin, role=role, resolver=self._resolver).allow()
        except (EngineError, ValueError) as fault:
            logger().error("a call to %s is not guarded: %s", origin, fault)
            return None

    def _fails(self, origin: str, role: str | None, status: int) -> bool:
        return self._registry.classify(origin, role=role, resolver=self._resolver, status=status) == "failure"


class Exchange:
    """Settles the permit of one request once: at the headers, or where the body ends, breaks or is abandoned."""

    def __init__(self, permit: Permit | None, method: str, settle_at: SettleAt, fails: Callable[[int], bool]) -> None:
        self._permit = permit
        self._method = method
        self._settle_at = settle_at
        self._fails = fails
        self._status: int | None = None
        self._headers: Mapping[str, str] | None = None
        self._missing: int | None = None

    def failed(self, exception: BaseException) -> None:
        """No response came, or its body broke off."""
        self._report(exception)

    def answered(self, status: int, headers: Mapping[str, str]) -> bool:
        """The headers are here. Returns whether the body is still to be watched."""
        if self._permit is None:
            return False
        self._status, self._headers = status, headers
        self._missing = _content_length(headers)
        # A retry layer closes an error unread, so the failure is told at once.
        failed = status >= _FIRST_ERROR_STATUS and self._fails(status)
        if self._settle_at == "headers" or self._is_empty() or failed:
            self.ended()
        return not self._permit.is_settled

    def received(self, count: int) -> None:
        """So many bytes of the body came, before any decoding."""
        if self._missing is not None:
            self._missing -= count

    def ended(self) -> None:
        """The body is here as a whole."""
        self._report(None)

    def closed(self) -> None:
        """The response was closed. If its body was not read to the end, the call is cancelled."""
        if self._permit is None:
            return
        if self._missing == 0 or (self._status or 0) >= _FIRST_OTHER_STATUS:
            self.ended()
        else:
            self._permit.cancel()

    def _report(self, exception: BaseException | None) -> None:
        if self._permit is None:
            return
        try:
            self._permit.report(status=self._status, exception=exception, headers=self._headers)
        except Exception:  # noqa: BLE001 - no fault of the breaker may fail the call
            logger().exception("the end of a call could not be reported; the call is not affected")

    def _is_empty(self) -> bool:
        return self._method == "HEAD" or self._status in _STATUSES_WITHOUT_BODY or self._missing == 0


def _content_length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None
