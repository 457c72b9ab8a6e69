"""Guards the calls of aiohttp.

    session = aiohttp.ClientSession(middlewares=(retry, BreakerMiddleware(registry=registry, role="metadata")))

The first middleware is the outermost. The breaker comes after a retry, so that each attempt counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

try:
    from aiohttp import ClientError, ClientRequest, ClientResponse, ClientResponseError
except ImportError as missing:
    raise ImportError("fuseboard.aiohttp needs aiohttp: pip install 'fuseboard[aiohttp]'") from missing

from .client_errors import client_refusal
from .errors import BreakerOpenError
from .exchange import Exchange, Guarding, Role, SettleAt
from .registry import BreakerRegistry


class BreakerMiddleware:
    """A client middleware that asks before each request, and reports how it ended when the body ends.

    `role`: a role, or a function from a request to one. `settle_at="headers"`: report when the headers come.
    """

    def __init__(
        self,
        *,
        registry: BreakerRegistry,
        role: Role = None,
        resolver: str | None = None,
        settle_at: SettleAt = "body",
    ) -> None:
        self._guarding = Guarding(registry, role, resolver, settle_at)

    async def __call__(
        self, request: ClientRequest, handler: Callable[[ClientRequest], Awaitable[ClientResponse]]
    ) -> ClientResponse:
        try:
            exchange = await self._guarding.begin_async(str(request.url.origin()), request.method, request)
        except BreakerOpenError as refused:
            raise client_refusal(refused, ClientError) from None
        try:
            response = await handler(request)
        except BaseException as exception:
            exchange.failed(_cause(request, exception))
            raise
        if exchange.answered(response.status, response.headers):
            content = response.content
            response.content = _Body(content, exchange)  # type: ignore[assignment]
            content.on_eof(exchange.ended)
        return response


def _cause(request: ClientRequest, exception: BaseException) -> BaseException:
    """What ended a request without a response, in place of what the client makes of it."""
    if isinstance(exception, asyncio.CancelledError) and _has_timed_out(request):
        return TimeoutError()
    if isinstance(exception, ClientResponseError) and exception.__cause__ is not None:
        # Bytes that the client cannot read. It gives the error a status that no server sent.
        return exception.__cause__
    return exception


def _has_timed_out(request: ClientRequest) -> bool:
    """Whether the client's total time-out is over. Here it is a cancellation; later the client makes a `TimeoutError` of it."""
    return getattr(getattr(request, "_timer", None), "_cancelled", False) is True


class _Body:
    """The body of a response, watched."""

    def __init__(self, content: Any, exchange: Exchange) -> None:
        self._content = content
        self._exchange = exchange

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)

    async def read(self, n: int = -1) -> Any:
        return await self._read(self._content.read(n))

    async def readany(self) -> Any:
        return await self._read(self._content.readany())

    async def readchunk(self) -> Any:
        return await self._read(self._content.readchunk())

    async def readline(self, **options: Any) -> Any:
        return await self._read(self._content.readline(**options))

    async def readuntil(self, *args: Any, **options: Any) -> Any:
        return await self._read(self._content.readuntil(*args, **options))

    async def readexactly(self, n: int) -> Any:
        try:
            return await self._content.readexactly(n)
        except asyncio.IncompleteReadError:
            # The body is whole, and shorter than the caller thought.
            raise
        except BaseException as exception:
            self._exchange.failed(exception)
            raise

    def iter_chunked(self, n: int) -> AsyncIterator[bytes]:
        return _until_empty(lambda: self.read(n))

    def iter_any(self) -> AsyncIterator[bytes]:
        return _until_empty(self.readany)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _until_empty(self.readline)

    async def iter_chunks(self) -> AsyncIterator[tuple[bytes, bool]]:
        while (chunk := await self.readchunk()) != (b"", False):
            yield chunk

    def exception(self) -> BaseException | None:
        # The client asks this when it closes a response, and reports the close only if there was no error before.
        exception: BaseException | None = self._content.exception()
        if exception is not None:
            self._exchange.failed(exception)
        return exception

    def set_exception(self, *args: Any, **options: Any) -> None:
        # Only the client calls this here, when it closes the response. The connection's own errors go to the inner body.
        self._exchange.closed()
        self._content.set_exception(*args, **options)

    async def _read(self, part: Awaitable[Any]) -> Any:
        try:
            return await part
        except BaseException as exception:
            self._exchange.failed(exception)
            raise


async def _until_empty(read: Callable[[], Awaitable[bytes]]) -> AsyncIterator[bytes]:
    while part := await read():
        yield part
