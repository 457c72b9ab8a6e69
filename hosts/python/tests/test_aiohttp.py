"""Traps of aiohttp."""

import asyncio

import aiohttp
import pytest
from http_server import Server

from fuseboard import BreakerOpenError, BreakerRegistry
from fuseboard.aiohttp import BreakerMiddleware


def failure(registry: BreakerRegistry, host: str) -> str | None:
    last = registry.status(host)["circuit"].get("last_failure")
    return None if last is None else last["what"]


class NeverConnects(aiohttp.TCPConnector):
    async def connect(self, *args: object, **options: object) -> aiohttp.connector.Connection:
        await asyncio.Event().wait()
        raise AssertionError


async def get(registry: BreakerRegistry, url: str, connector: aiohttp.TCPConnector | None = None) -> None:
    middlewares = (BreakerMiddleware(registry=registry),)
    timeout = aiohttp.ClientTimeout(total=0.05)
    async with (
        aiohttp.ClientSession(middlewares=middlewares, connector=connector, timeout=timeout) as session,
        session.get(url) as response,
    ):
        await response.read()


def test_the_total_time_out_is_a_failure_also_while_connecting() -> None:
    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await get(registry, "http://a.example/", NeverConnects())

    registry = BreakerRegistry(engine="native")
    asyncio.run(main())
    assert failure(registry, "a.example") == "builtins.TimeoutError"


def test_a_cancelled_task_is_neutral() -> None:
    async def main() -> None:
        task = asyncio.ensure_future(get(registry, "http://a.example/", NeverConnects()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    registry = BreakerRegistry(engine="native")
    asyncio.run(main())
    assert failure(registry, "a.example") is None


def test_every_way_to_read_a_body_works(server: Server) -> None:
    async def main() -> None:
        middlewares = (BreakerMiddleware(registry=BreakerRegistry(engine="native")),)
        async with aiohttp.ClientSession(middlewares=middlewares) as session:

            async def content() -> aiohttp.StreamReader:
                response = await session.get(f"{server.url}/200")
                return response.content

            assert [part async for part in (await content()).iter_chunked(2)] == [b"pa", b"ge"]
            assert b"".join([part async for part in (await content()).iter_any()]) == b"page"
            assert b"".join([part async for part, _ in (await content()).iter_chunks()]) == b"page"
            assert [line async for line in await content()] == [b"page"]
            assert await (await content()).readexactly(3) == b"pag"
            assert await (await content()).readuntil(b"a") == b"pa"

    asyncio.run(main())


def test_a_total_time_out_while_reading_is_a_failure(server: Server) -> None:
    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await get(registry, f"{server.url}/stall")

    registry = BreakerRegistry(engine="native")
    asyncio.run(main())
    assert "TimeoutError" in (failure(registry, server.host) or "")


def test_a_refusal_is_an_error_of_the_client(server: Server) -> None:
    async def main() -> None:
        with pytest.raises(aiohttp.ClientError) as caught:
            await get(registry, server.url)
        assert isinstance(caught.value, BreakerOpenError)
        assert not isinstance(caught.value, (aiohttp.ClientConnectionError, aiohttp.ClientResponseError, OSError))

    registry = BreakerRegistry(engine="native")
    registry.cooldowns.set_until(server.host, 1e6)
    asyncio.run(main())
