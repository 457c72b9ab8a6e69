"""Targets and permits that tell listeners how each call began and ended."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

from ._core import Board, Permit, Target
from .listeners import Listeners, ReportedFailure
from .permits import TargetKey


def listened(target: Target, board: Board, kind: str, key: TargetKey, listeners: Listeners) -> Target:
    """A target with the methods of the given one, which also calls the listeners of its circuits."""
    circuits = [(kind, key.host, key.role)]
    if key.resolver is not None:
        circuits.append(("resolver", key.resolver, None))
    calls = _Calls(circuits, listeners, functools.partial(board.classify, key.document(kind)))
    return cast(Target, _ListenedTarget(target, calls))


def request() -> None:
    """Stands for the call in `before_call`, where a permit is asked for and the function that makes the call is not known."""


class _Calls:
    def __init__(
        self, circuits: list[tuple[str, str, str | None]], listeners: Listeners, classify: Callable[..., str]
    ) -> None:
        self._circuits = circuits
        self._listeners = listeners
        self._classify = classify

    def tell(self, method: str, *args: Any, **kwargs: Any) -> None:
        for scope, name, role in self._circuits:
            self._listeners.call(method, scope, name, role, *args, **kwargs)

    def failed(self, status: int | None, exception: object) -> None:
        self.tell("failure", ReportedFailure(status) if exception is None else exception)

    def ended(self, status: int | None, exception: object) -> None:
        """Tells what the policy makes of the end of a call. A neutral one is told to nobody."""
        outcome = self._classify(status=status, exception=exception)
        if outcome == "success":
            self.tell("success")
        elif outcome == "failure":
            self.failed(status, exception)


class _ListenedPermit:
    def __init__(self, permit: Permit, calls: _Calls) -> None:
        self._permit = permit
        self._calls = calls

    @property
    def is_settled(self) -> bool:
        return self._permit.is_settled

    def success(self, *, status: int | None = None) -> bool:
        return self._told(self._permit.success(status=status), status, None)

    def report(self, *, status: int | None = None, exception: object = None, **hints: Any) -> bool:
        return self._told(self._permit.report(status=status, exception=exception, **hints), status, exception)

    def failure(self, *, status: int | None = None, exception: object = None, **hints: Any) -> bool:
        settled = self._permit.failure(status=status, exception=exception, **hints)
        if settled:
            self._calls.failed(status, exception)
        return settled

    def cancel(self) -> bool:
        return self._permit.cancel()

    def neutral(self) -> bool:
        return self._permit.neutral()

    def _told(self, settled: bool, status: int | None, exception: object) -> bool:
        if settled:
            self._calls.ended(status, exception)
        return settled


class _ListenedTarget:
    def __init__(self, target: Target, calls: _Calls) -> None:
        self._target = target
        self._calls = calls

    def allow(self) -> _ListenedPermit:
        return self._admitted(request)

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        permit = self._admitted(function, *args, **kwargs)
        try:
            value = function(*args, **kwargs)
        except BaseException as exception:
            permit.report(exception=exception)
            raise
        permit.report()
        return value

    def report(self, *, status: int | None = None, exception: object = None, **hints: Any) -> None:
        self._target.report(status=status, exception=exception, **hints)
        self._calls.ended(status, exception)

    def failure(self, *, status: int | None = None, exception: object = None, **hints: Any) -> None:
        self._target.failure(status=status, exception=exception, **hints)
        self._calls.failed(status, exception)

    def _admitted(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> _ListenedPermit:
        permit = self._target.allow()
        self._calls.tell("before_call", function, *args, **kwargs)
        return _ListenedPermit(permit, self._calls)
