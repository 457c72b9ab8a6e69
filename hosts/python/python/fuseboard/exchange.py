"""One guarded HTTP request and its response, for the adapters of HTTP clients."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Literal

from ._core import Permit
from .errors import EngineError
from .log import logger
from .registry import BreakerRegistry

SettleAt = Literal["body", "headers"]
Role = str | Callable[[Any], "str | None"] | None

# Settles a call: at once, or without blocking the event loop.
Start = Callable[[Callable[[], object]], object]

_FAULTS = (EngineError, ValueError)
# Answers to these are over at their headers, whatever the headers say.
_STATUSES_WITHOUT_BODY = (101, 204, 205, 304)
# From this status on, the body is not what the caller asked for.
_FIRST_OTHER_STATUS = 300
_FIRST_ERROR_STATUS = 400
# No body is longer.
_LENGTH_DIGITS_MAX = 20


class Guarding:
    """The arguments of an adapter, and how its calls begin."""

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
        try:
            permit = self._registry.target(origin, role=role, resolver=self._resolver).allow()
        except _FAULTS as fault:
            return self._unguarded(origin, method, fault)
        return self._exchange(permit, origin, role, method, _at_once)

    async def begin_async(self, origin: str, method: str, request: Any) -> Exchange:
        """As `begin`, without blocking the event loop."""
        from . import aio

        role = self._role(request) if callable(self._role) else self._role
        try:
            target = self._registry.target(origin, role=role, resolver=self._resolver)
            permit = await aio.allow(target)
        except _FAULTS as fault:
            return self._unguarded(origin, method, fault)
        return self._exchange(permit, origin, role, method, aio.start if target.may_block else _at_once)

    def _exchange(self, permit: Permit, origin: str, role: str | None, method: str, start: Start) -> Exchange:
        def fails(status: int) -> bool:
            return self._registry.classify(origin, role=role, resolver=self._resolver, status=status) == "failure"

        return Exchange(permit, method, self._settle_at, fails, start)

    def _unguarded(self, origin: str, method: str, fault: Exception) -> Exchange:
        """A fault of the breaker itself must not fail the call."""
        logger().error("a call to %s is not guarded: %s", origin, fault)
        return Exchange(None, method, self._settle_at, bool, _at_once)


class Exchange:
    """Settles the permit of one request once: at the headers, or where the body ends, breaks or is abandoned."""

    def __init__(
        self, permit: Permit | None, method: str, settle_at: SettleAt, fails: Callable[[int], bool], start: Start
    ) -> None:
        # `None` when the call is settled.
        self._permit = permit
        self._start = start
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
        # A retry layer closes an error unread, so the failure is reported at once.
        failed = status >= _FIRST_ERROR_STATUS and self._fails(status)
        if self._settle_at == "headers" or self._is_empty() or failed:
            self.ended()
        return self._permit is not None

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
            self._settle(self._permit.cancel)

    def _report(self, exception: BaseException | None) -> None:
        if self._permit is not None:
            report = self._permit.report
            self._settle(functools.partial(report, status=self._status, exception=exception, headers=self._headers))

    def _settle(self, settle: Callable[[], object]) -> None:
        self._permit = None
        self._start(functools.partial(_without_faults, settle))

    def _is_empty(self) -> bool:
        return self._method == "HEAD" or self._status in _STATUSES_WITHOUT_BODY or self._missing == 0


def _at_once(settle: Callable[[], object]) -> None:
    settle()


def _without_faults(settle: Callable[[], object]) -> None:
    try:
        settle()
    except Exception:  # noqa: BLE001 - no fault of the breaker may fail the call
        logger().exception("the end of a call could not be reported; the call is not affected")


def _content_length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "")
    if not (text.isascii() and text.isdigit()):
        return None
    # Python refuses to convert a text of thousands of digits, also if they are zeros.
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) <= _LENGTH_DIGITS_MAX else None
