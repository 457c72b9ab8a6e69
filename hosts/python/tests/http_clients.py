"""The HTTP clients that have an adapter, behind one interface. Each asks a registry before a request."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import requests

from fuseboard import BreakerRegistry
from fuseboard.aiohttp import BreakerMiddleware
from fuseboard.httpx import BreakerTransport
from fuseboard.requests import BreakerAdapter

# Makes one request and reads its whole body, or only leaves the response again. Returns the status.
Request = Callable[..., int]
# For the server of a test on a busy machine.
WAIT_S = 10.0


def httpx_sync(name: str) -> Request:
    client_module: Any = importlib.import_module(name)

    def get(
        registry: BreakerRegistry,
        url: str,
        *,
        method: str = "GET",
        read: bool = True,
        timeout_s: float = WAIT_S,
        **options: Any,
    ) -> int:
        transport = BreakerTransport(registry=registry, client=client_module, **options)
        with client_module.Client(transport=transport, timeout=timeout_s, follow_redirects=True) as client:
            with client.stream(method, url) as response:
                if read:
                    response.read()
            return int(response.status_code)

    return get


def httpx_async(name: str) -> Request:
    client_module: Any = importlib.import_module(name)

    def get(
        registry: BreakerRegistry,
        url: str,
        *,
        method: str = "GET",
        read: bool = True,
        timeout_s: float = WAIT_S,
        **options: Any,
    ) -> int:
        async def request() -> int:
            transport = BreakerTransport(registry=registry, client=client_module, **options)
            async with client_module.AsyncClient(
                transport=transport, timeout=timeout_s, follow_redirects=True
            ) as client:
                async with client.stream(method, url) as response:
                    if read:
                        await response.aread()
                return int(response.status_code)

        return run(request())

    return get


def requests_get(
    registry: BreakerRegistry,
    url: str,
    *,
    method: str = "GET",
    read: bool = True,
    timeout_s: float = WAIT_S,
    **options: Any,
) -> int:
    with requests.Session() as session:
        session.mount("http://", BreakerAdapter(registry=registry, **options))
        with session.request(method, url, stream=True, timeout=timeout_s, allow_redirects=True) as response:
            if read:
                assert response.content is not None
            return response.status_code


def aiohttp_get(
    registry: BreakerRegistry,
    url: str,
    *,
    method: str = "GET",
    read: bool = True,
    timeout_s: float = WAIT_S,
    **options: Any,
) -> int:
    async def request() -> int:
        timeout = aiohttp.ClientTimeout(sock_read=timeout_s)
        middleware = BreakerMiddleware(registry=registry, **options)
        async with (
            aiohttp.ClientSession(middlewares=(middleware,), timeout=timeout) as session,
            session.request(method, url) as response,
        ):
            if read:
                await response.read()
            return response.status

    return run(request())


def run(coroutine: Awaitable[int]) -> int:
    async def main() -> int:
        return await coroutine

    return asyncio.run(main())


CLIENTS: dict[str, Request] = {
    "httpx": httpx_sync("httpx"),
    "httpx-async": httpx_async("httpx"),
    "requests": requests_get,
    "aiohttp": aiohttp_get,
}
if sys.version_info >= (3, 11):
    CLIENTS |= {"httpx2": httpx_sync("httpx2"), "httpx2-async": httpx_async("httpx2")}
