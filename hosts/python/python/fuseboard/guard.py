"""Guards: calls that are admitted, made and settled in one."""

from __future__ import annotations

import time

from ._core import GuardedBlocks, Permit, Target
from .errors import BreakerOpenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any


class Guard(GuardedBlocks):
    """Guards calls to one target: `with guard:`, `async with guard:`, `@guard` or `guard.call(function)`.

    `wait`: sleep until the call is admitted, at most so many seconds. `fallback(error, *args, **kwargs)`: gives the value of
    a refused call of a guarded function.
    """

    def __init__(self, target: Target, wait: float = 0, fallback: Callable[..., Any] | None = None) -> None:
        self._guard(target, wait)
        self._target = target
        self._wait = wait
        self._fallback = fallback

    async def __aenter__(self) -> Permit:
        return self._enter(await self._allow_async())

    def _allow(self) -> Permit:
        if not self._wait:
            return self._target.allow()
        end = time.monotonic() + self._wait
        while True:
            try:
                return self._target.allow()
            except BreakerOpenError as refused:
                time.sleep(_pause(refused, end))

    async def _allow_async(self) -> Permit:
        import asyncio

        from . import aio

        end = time.monotonic() + self._wait
        while True:
            try:
                return await aio.allow(self._target)
            except BreakerOpenError as refused:
                await asyncio.sleep(_pause(refused, end))

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._report_async(self._leave(), exception)

    async def _report_async(self, permit: Permit, exception: BaseException | None) -> None:
        from . import aio

        await aio.report(permit, self._target, exception=exception)

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Calls a function if the call is admitted."""
        try:
            permit = self._allow()
        except BreakerOpenError as refused:
            if self._fallback is None:
                raise
            return self._fallback(refused, *args, **kwargs)
        try:
            value = function(*args, **kwargs)
        except BaseException as exception:
            permit.report(exception=exception)
            raise
        permit.report()
        return value

    async def call_async(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Awaits a coroutine function if the call is admitted."""
        try:
            permit = await self._allow_async()
        except BreakerOpenError as refused:
            if self._fallback is None:
                raise
            import inspect

            value = self._fallback(refused, *args, **kwargs)
            return await value if inspect.isawaitable(value) else value
        try:
            value = await function(*args, **kwargs)
        except BaseException as exception:
            await self._report_async(permit, exception)
            raise
        await self._report_async(permit, None)
        return value

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorates a function, a coroutine function, a generator function or an asynchronous one. A generator asks with its first item,
        and its call ends when it ends; one that is closed before is cancelled."""
        from .guarded_functions import guarded_function

        return guarded_function(self, function)


def _pause(refused: BreakerOpenError, end: float) -> float:
    """How long to sleep before the next attempt. Raises the refusal again if the wait would be too long."""
    wait = refused.retry_after_s
    if wait is None or time.monotonic() + wait > end:
        raise refused
    return wait
