"""The HTTP clients that have an adapter, behind one interface. Each asks a registry before a request."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Call:
    """One request of a test. `options` are those of the adapter."""

    registry: BreakerRegistry
    url: str
    method: str
    read: bool
    timeout_s: float
    options: dict[str, Any]


def request_of(send: Callable[[Call], int]) -> Request:
    def get(
        registry: BreakerRegistry,
        url: str,
        *,
        method: str = "GET",
        read: bool = True,
        timeout_s: float = WAIT_S,
        **options: Any,
    ) -> int:
        return send(Call(registry, url, method, read, timeout_s, options))

    return get


def httpx_sync(name: str) -> Request:
    client_module: Any = importlib.import_module(name)

    def send(call: Call) -> int:
        transport = BreakerTransport(registry=call.registry, client=client_module, **call.options)
        with client_module.Client(transport=transport, timeout=call.timeout_s, follow_redirects=True) as client:
            with client.stream(call.method, call.url) as response:
                if call.read:
                    response.read()
            return int(response.status_code)

    return request_of(send)


def httpx_async(name: str) -> Request:
    client_module: Any = importlib.import_module(name)

    async def send(call: Call) -> int:
        transport = BreakerTransport(registry=call.registry, client=client_module, **call.options)
        async with client_module.AsyncClient(
            transport=transport, timeout=call.timeout_s, follow_redirects=True
        ) as client:
            async with client.stream(call.method, call.url) as response:
                if call.read:
                    await response.aread()
            return int(response.status_code)

    return request_of(lambda call: asyncio.run(send(call)))


def send_by_requests(call: Call) -> int:
    with requests.Session() as session:
        session.mount("http://", BreakerAdapter(registry=call.registry, **call.options))
        with session.request(
            call.method, call.url, stream=True, timeout=call.timeout_s, allow_redirects=True
        ) as response:
            if call.read:
                assert response.content is not None
            return response.status_code


async def send_by_aiohttp(call: Call) -> int:
    timeout = aiohttp.ClientTimeout(sock_read=call.timeout_s)
    middleware = BreakerMiddleware(registry=call.registry, **call.options)
    async with (
        aiohttp.ClientSession(middlewares=(middleware,), timeout=timeout) as session,
        session.request(call.method, call.url) as response,
    ):
        if call.read:
            await response.read()
        return response.status


CLIENTS: dict[str, Request] = {
    "httpx": httpx_sync("httpx"),
    "httpx-async": httpx_async("httpx"),
    "requests": request_of(send_by_requests),
    "aiohttp": request_of(lambda call: asyncio.run(send_by_aiohttp(call))),
}
if sys.version_info >= (3, 11):
    CLIENTS |= {"httpx2": httpx_sync("httpx2"), "httpx2-async": httpx_async("httpx2")}
