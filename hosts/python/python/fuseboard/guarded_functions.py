"""Functions with a guard around each run, which ends when the function, the coroutine or the generator ends."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any

from .errors import BreakerOpenError

if TYPE_CHECKING:
    from .guard import Guard

_Function = Callable[..., Any]


def guarded_function(guard: Guard, function: _Function) -> _Function:
    """A function of the same kind that is guarded. An object that can be called is of the kind of its method `__call__`."""
    if _is(inspect.iscoroutinefunction, function):
        return _coroutine_function(guard, function)
    if _is(inspect.isgeneratorfunction, function):
        return _generator_function(guard, function)
    if _is(inspect.isasyncgenfunction, function):
        return _async_generator_function(guard, function)
    return _plain_function(guard, function)


def _is(is_kind: Callable[[Any], bool], function: _Function) -> bool:
    return is_kind(function) or is_kind(type(function).__call__)


def _plain_function(guard: Guard, function: _Function) -> _Function:
    if not guard._wait and guard._fallback is None:
        return functools.update_wrapper(guard._target.guarded(function), function)

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return guard.call(function, *args, **kwargs)

    return guarded


def _coroutine_function(guard: Guard, function: _Function) -> Callable[..., Coroutine[Any, Any, Any]]:
    @functools.wraps(function)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        return await guard.call_async(function, *args, **kwargs)

    return guarded


def _generator_function(guard: Guard, function: _Function) -> Callable[..., Generator[Any, Any, Any]]:
    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        try:
            permit = guard._allow()
        except BreakerOpenError as refused:
            if guard._fallback is None:
                raise
            return (yield from guard._fallback(refused, *args, **kwargs))
        try:
            value = yield from function(*args, **kwargs)
        except BaseException as exception:
            permit.report(exception=exception)
            raise
        permit.report()
        return value

    return guarded


def _async_generator_function(guard: Guard, function: _Function) -> Callable[..., AsyncGenerator[Any, Any]]:
    @functools.wraps(function)
    async def guarded(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        try:
            permit = await guard._allow_async()
        except BreakerOpenError as refused:
            if guard._fallback is None:
                raise
            async for item in _items(guard._fallback(refused, *args, **kwargs)):
                yield item
            return
        try:
            async with contextlib.aclosing(function(*args, **kwargs)) as generator:
                step = generator.__anext__()
                with contextlib.suppress(StopAsyncIteration):
                    # This is `yield from`, which asynchronous generators do not have.
                    while True:
                        item = await step
                        try:
                            step = generator.asend((yield item))
                        except GeneratorExit:
                            raise
                        except BaseException as thrown:  # noqa: BLE001 - the generator receives it
                            step = generator.athrow(thrown)
        except BaseException as exception:
            await guard._report_async(permit, exception)
            raise
        await guard._report_async(permit, None)

    return guarded


async def _items(given: Any) -> AsyncIterator[Any]:
    """The items that a fallback gives: an iterable, an asynchronous one, or an awaitable one."""
    items = await given if inspect.isawaitable(given) else given
    if not hasattr(items, "__aiter__"):
        for item in items:
            yield item
        return
    async for item in items:
        yield item
