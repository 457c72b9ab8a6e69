"""Requests of coroutines. What may block runs on a thread, so that the event loop goes on."""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from ._core import Permit, Target

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def allow(target: Target) -> Permit:
    """As `target.allow()`."""
    permit = target.try_allow()
    if permit is not None:
        return permit
    if not target.may_block:
        return target.allow()
    asked = _on_thread(target.allow)
    try:
        return await asyncio.shield(asked)
    except asyncio.CancelledError:
        # The thread goes on. Nobody makes the call that it admits.
        asked.add_done_callback(_give_back)
        raise


async def report(permit: Permit, target: Target, **end: Any) -> bool:
    """As `permit.report(**end)`."""
    if not target.may_block:
        return permit.report(**end)
    settled = permit.try_report(**end)
    return await run(permit.report, **end) if settled is None else settled


async def report_neutral(permit: Permit, target: Target) -> bool:
    """As `permit.neutral()`."""
    return await run(permit.neutral) if target.may_block else permit.neutral()


async def run(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Calls a function on a thread. It is called to the end even if the waiting task is cancelled."""
    return await asyncio.shield(_on_thread(functools.partial(function, *args, **kwargs)))


def start(function: Callable[[], object]) -> None:
    """Calls a function on a thread, and waits for nothing."""
    _on_thread(function)


def on_thread(method: Callable[_P, _T]) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """The method as a coroutine function."""

    @functools.wraps(method)
    async def twin(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await run(method, *args, **kwargs)

    return twin


def _on_thread(function: Callable[[], _T]) -> asyncio.Future[_T]:
    return asyncio.get_running_loop().run_in_executor(None, contextvars.copy_context().run, function)


def _give_back(asked: asyncio.Future[Permit]) -> None:
    if not asked.cancelled() and asked.exception() is None:
        start(asked.result().cancel)
