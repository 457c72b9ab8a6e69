"""Requests of coroutines. What may block runs on a thread, so that the event loop goes on."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

from . import store_threads
from ._core import Permit, Target
from .log import logger

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def allow(target: Target) -> Permit:
    """As `target.allow()`."""
    permit = target.try_allow()
    if permit is not None:
        return permit
    if not target.may_block:
        return target.allow()
    asked = store_threads.submit(target.allow)
    try:
        return await asyncio.wrap_future(asked)
    except (asyncio.CancelledError, GeneratorExit):
        # The thread goes on, also after the end of the event loop. Nobody makes the call that it admits.
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
    return await asyncio.wrap_future(store_threads.submit(functools.partial(function, *args, **kwargs)))


def start(function: Callable[[], object]) -> None:
    """Calls a function on a thread, and waits for nothing."""
    store_threads.submit(function)


def on_thread(method: Callable[_P, _T]) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """The method as a coroutine function."""

    @functools.wraps(method)
    async def twin(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await run(method, *args, **kwargs)

    return twin


def _give_back(asked: Future[Permit]) -> None:
    if asked.exception() is None:
        start(functools.partial(_cancel, asked.result()))


def _cancel(permit: Permit) -> None:
    try:
        permit.cancel()
    except Exception:  # noqa: BLE001 - nobody waits for it
        logger().exception("the slot of a cancelled call stays taken until its time limit; no call is affected")
