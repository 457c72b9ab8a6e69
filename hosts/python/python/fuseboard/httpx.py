"""Guards the calls of httpx and httpx2.

    client = httpx.Client(transport=BreakerTransport(registry=registry, role="metadata"))

With a retry transport, the breaker is the inner one: `RetryTransport(transport=BreakerTransport(registry=registry))`. So each
attempt counts, and a refusal is not repeated.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from .client_errors import client_refusal
from .errors import BreakerOpenError
from .exchange import Exchange, Guarding, Role, SettleAt
from .registry import BreakerRegistry

_MODULES = ("httpx", "httpx2")

if not any(find_spec(name) for name in _MODULES):
    raise ImportError("fuseboard.httpx needs httpx or httpx2: pip install 'fuseboard[httpx]' or 'fuseboard[httpx2]'")


class BreakerTransport:
    """A transport that asks before each request, and reports how it ended when the body ends.

    `transport`: makes the requests; without one, the client's default transport. A transport of httpx2 makes this one of
    httpx2 too; without a transport, `client` is the module, and httpx the default. `role`: a role, or a function from a
    request to one. `settle_at="headers"`: report when the headers come.
    """

    def __new__(cls, transport: Any = None, *, client: ModuleType | None = None, **options: Any) -> Any:
        module = client or _module_of(transport)
        of_any_client: Any = cls
        return super().__new__(cls if issubclass(cls, module.BaseTransport) else _of_module(of_any_client, module))

    def __init__(
        self,
        transport: Any = None,
        *,
        registry: BreakerRegistry,
        role: Role = None,
        resolver: str | None = None,
        settle_at: SettleAt = "body",
        client: ModuleType | None = None,
    ) -> None:
        self._client: Any = client or _module_of(transport)
        self._transport = transport
        self._guarding = Guarding(registry, role, resolver, settle_at)

    def handle_request(self, request: Any) -> Any:
        if self._transport is None:
            self._transport = self._client.HTTPTransport()
        exchange = self._begin(request)
        try:
            response = self._transport.handle_request(request)
        except BaseException as exception:
            exchange.failed(exception)
            raise
        return self._watched(response, exchange, _sync_body)

    async def handle_async_request(self, request: Any) -> Any:
        if self._transport is None:
            self._transport = self._client.AsyncHTTPTransport()
        try:
            exchange = await self._guarding.begin_async(_origin(request), request.method, request)
        except BreakerOpenError as refused:
            raise self._refusal(refused, request) from None
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException as exception:
            exchange.failed(exception)
            raise
        return self._watched(response, exchange, _async_body)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def aclose(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()

    def _begin(self, request: Any) -> Exchange:
        try:
            return self._guarding.begin(_origin(request), request.method, request)
        except BreakerOpenError as refused:
            raise self._refusal(refused, request) from None

    def _refusal(self, refused: BreakerOpenError, request: Any) -> BreakerOpenError:
        return client_refusal(refused, self._client.RequestError, _request=request)

    def _watched(self, response: Any, exchange: Exchange, body: Any) -> Any:
        if not exchange.answered(response.status_code, response.headers):
            return response
        if response.is_closed:
            # The body is here already, as that of a mocked or a cached response.
            exchange.ended()
        else:
            response.stream = body(self._client)(response.stream, exchange)
        return response


def _origin(request: Any) -> str:
    return f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"


def _module_of(transport: Any) -> ModuleType:
    """The client whose transport this is."""
    bases = () if transport is None else type(transport).__mro__
    names = [base.__module__.partition(".")[0] for base in bases if base.__name__.endswith("BaseTransport")]
    name = names[0] if names else next(name for name in _MODULES if find_spec(name))
    return importlib.import_module(name)


@functools.cache
def _of_module(cls: Any, module: Any) -> Any:
    """The transport as a class of one client's module."""
    return type(cls.__name__, (cls, module.BaseTransport, module.AsyncBaseTransport), {"__module__": cls.__module__})


@functools.cache
def _sync_body(module: Any) -> type:
    class Body(module.SyncByteStream):  # type: ignore[misc]
        def __init__(self, stream: Any, exchange: Exchange) -> None:
            self._stream = stream
            self._exchange = exchange

        def __iter__(self) -> Iterator[bytes]:
            try:
                for part in self._stream:
                    self._exchange.received(len(part))
                    yield part
            except GeneratorExit:
                raise
            except BaseException as exception:
                self._exchange.failed(exception)
                raise
            self._exchange.ended()

        def close(self) -> None:
            try:
                self._stream.close()
            finally:
                self._exchange.closed()

    return Body


@functools.cache
def _async_body(module: Any) -> type:
    class Body(module.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, stream: Any, exchange: Exchange) -> None:
            self._stream = stream
            self._exchange = exchange

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for part in self._stream:
                    self._exchange.received(len(part))
                    yield part
            except GeneratorExit:
                raise
            except BaseException as exception:
                self._exchange.failed(exception)
                raise
            self._exchange.ended()

        async def aclose(self) -> None:
            try:
                await self._stream.aclose()
            finally:
                self._exchange.closed()

    return Body
