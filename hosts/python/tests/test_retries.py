"""Retry layers around the adapters: a refusal is made once, and each attempt is counted."""

import asyncio
import importlib
import sys
from collections.abc import Callable
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import tenacity
from http_server import Server
from httpx_retries import Retry, RetryTransport
from urllib3 import Retry as Urllib3Retry

from fuseboard import BreakerOpenError, BreakerRegistry
from fuseboard.aiohttp import BreakerMiddleware
from fuseboard.httpx import BreakerTransport
from fuseboard.requests import BreakerAdapter
from fuseboard.testing import trip


class Asked:
    """Counts how often a registry is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, registry: BreakerRegistry) -> None:
        self.count = 0
        target = registry.target

        def counted(*args: Any, **options: Any) -> Any:
            self.count += 1
            return target(*args, **options)

        monkeypatch.setattr(registry, "target", counted)


@pytest.fixture
def registry() -> BreakerRegistry:
    return BreakerRegistry({"defaults": {"fail_max": 3, "retry_after_cap_s": 0}}, engine="native")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, registry: BreakerRegistry) -> Asked:
    return Asked(monkeypatch, registry)


def with_httpx_retries(registry: BreakerRegistry, url: str) -> None:
    retry = Retry(total=3, backoff_factor=0, respect_retry_after_header=False)
    transport = RetryTransport(transport=BreakerTransport(registry=registry), retry=retry)
    with httpx.Client(transport=transport) as client:
        client.get(url)


def with_urllib3(registry: BreakerRegistry, url: str) -> None:
    retry = Urllib3Retry(total=3, status_forcelist=[503], backoff_factor=0, respect_retry_after_header=False)
    with requests.Session() as session:
        session.mount("http://", BreakerAdapter(registry=registry, max_retries=retry))
        session.get(url)


def repeated(*errors: type[Exception]) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """tenacity's recipe: repeat the errors of the connection."""
    repeat = tenacity.retry_if_exception_type(errors)
    return tenacity.retry(retry=repeat, stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_none(), reraise=True)


def with_tenacity_and(module_name: str) -> Callable[[BreakerRegistry, str], None]:
    module: Any = importlib.import_module(module_name)

    def get(registry: BreakerRegistry, url: str) -> None:
        @repeated(module.TransportError, TimeoutError, ConnectionError)
        def request() -> None:
            transport = BreakerTransport(registry=registry, client=module)
            with module.Client(transport=transport) as client:
                client.get(url).raise_for_status()

        request()

    return get


def with_tenacity_and_requests(registry: BreakerRegistry, url: str) -> None:
    @repeated(requests.ConnectionError, requests.Timeout, TimeoutError, ConnectionError)
    def request() -> None:
        with requests.Session() as session:
            session.mount("http://", BreakerAdapter(registry=registry))
            session.get(url).raise_for_status()

    request()


def with_tenacity_and_aiohttp(registry: BreakerRegistry, url: str) -> None:
    async def get() -> None:
        async with aiohttp.ClientSession(middlewares=(BreakerMiddleware(registry=registry),)) as session:
            await session.get(url, raise_for_status=True)

    @repeated(aiohttp.ClientConnectionError, TimeoutError, ConnectionError)
    def request() -> None:
        asyncio.run(get())

    request()


LAYERS = {
    "httpx-retries": with_httpx_retries,
    "urllib3": with_urllib3,
    "tenacity, httpx": with_tenacity_and("httpx"),
    "tenacity, requests": with_tenacity_and_requests,
    "tenacity, aiohttp": with_tenacity_and_aiohttp,
}
if sys.version_info >= (3, 11):
    LAYERS["tenacity, httpx2"] = with_tenacity_and("httpx2")


@pytest.mark.parametrize("layer", LAYERS)
def test_a_refusal_is_not_repeated(layer: str, registry: BreakerRegistry, asked: Asked, server: Server) -> None:
    trip(registry, server.host)
    with pytest.raises(BreakerOpenError):
        LAYERS[layer](registry, server.url)
    assert asked.count == 1
    assert server.requests == []


@pytest.mark.parametrize("layer", LAYERS)
def test_the_layer_does_repeat_a_failed_connection(layer: str, registry: BreakerRegistry, asked: Asked) -> None:
    registry.update_host_policy("127.0.0.1:1", fail_max=9)
    with pytest.raises(Exception, match="(?i)connect"):
        LAYERS[layer](registry, "http://127.0.0.1:1/")
    # urllib3's retry is inside the adapter.
    assert asked.count == (1 if layer == "urllib3" else 4 if layer == "httpx-retries" else 3)


def test_the_breaker_inside_the_retry_counts_attempts(registry: BreakerRegistry, server: Server) -> None:
    # The fourth attempt is refused.
    with pytest.raises(BreakerOpenError):
        with_httpx_retries(registry, f"{server.url}/503")
    assert len(server.requests) == 3


def test_the_breaker_outside_the_retry_counts_calls(registry: BreakerRegistry, server: Server) -> None:
    retry = Retry(total=3, backoff_factor=0, respect_retry_after_header=False)
    with httpx.Client(transport=BreakerTransport(RetryTransport(retry=retry), registry=registry)) as client:
        client.get(f"{server.url}/503")
    assert len(server.requests) == 4
    assert registry.status(server.host)["circuit"]["failure_streak"] == 1


def test_a_refusal_is_an_error_of_the_client(registry: BreakerRegistry, server: Server) -> None:
    trip(registry, server.host)
    with pytest.raises(httpx.RequestError) as of_httpx:
        with_httpx_retries(registry, server.url)
    assert not isinstance(of_httpx.value, httpx.TransportError)
    assert of_httpx.value.request.url.host == "127.0.0.1"
    with pytest.raises(requests.RequestException) as of_requests:
        with_urllib3(registry, server.url)
    assert not isinstance(
        of_requests.value, (requests.ConnectionError, requests.Timeout, requests.exceptions.RetryError)
    )
    assert of_requests.value.request is not None and of_requests.value.response is None
