"""Traps of httpx, and the choice of the client's module."""

import sys

import httpx
import pytest
from http_server import Server

from fuseboard import BreakerRegistry
from fuseboard.httpx import BreakerTransport

HOST = "a.example"


@pytest.fixture
def registry() -> BreakerRegistry:
    # Without leases, so that the status shows every call at once.
    document = {"defaults": {"window": {"kind": "count", "size": 10, "minimum_calls": 10}, "sharing": {"lease_ms": 0}}}
    return BreakerRegistry(document, engine="native")


def successes(registry: BreakerRegistry, host: str = HOST) -> int:
    window = registry.status(host)["circuit"].get("window")
    return 0 if window is None else window["successes"]


def mocked(**response: object) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(200, **response))  # type: ignore[arg-type]


def test_a_mocked_answer_is_a_success_although_its_body_is_never_iterated(registry: BreakerRegistry) -> None:
    with httpx.Client(transport=BreakerTransport(mocked(text="page"), registry=registry)) as client:
        assert client.get(f"https://{HOST}/").text == "page"
    assert successes(registry) == 1


def test_a_body_whose_bytes_are_all_read_is_a_success_when_it_is_closed(
    registry: BreakerRegistry, server: Server
) -> None:
    with (
        httpx.Client(transport=BreakerTransport(registry=registry)) as client,
        client.stream("GET", f"{server.url}/200") as response,
    ):
        assert next(response.iter_raw()) == b"page"
    assert successes(registry, server.host) == 1


def test_two_open_streams_are_settled_apart(registry: BreakerRegistry, server: Server) -> None:
    with httpx.Client(transport=BreakerTransport(registry=registry)) as client:
        with client.stream("GET", f"{server.url}/200") as one, client.stream("GET", f"{server.url}/200") as other:
            other.read()
            assert successes(registry, server.host) == 1
            one.read()
        assert successes(registry, server.host) == 2


def test_a_transport_is_one_of_its_clients_module(registry: BreakerRegistry) -> None:
    transport = BreakerTransport(mocked(), registry=registry)
    assert isinstance(transport, (httpx.BaseTransport, BreakerTransport))
    assert isinstance(transport, httpx.AsyncBaseTransport)


# httpx2 needs Python 3.11.
if sys.version_info >= (3, 11):

    def test_a_transport_of_httpx2_makes_one_of_httpx2(registry: BreakerRegistry) -> None:
        import httpx2

        inner = httpx2.MockTransport(lambda request: httpx2.Response(200, text="page"))
        transport = BreakerTransport(inner, registry=registry)
        assert isinstance(transport, httpx2.BaseTransport) and not isinstance(transport, httpx.BaseTransport)
        assert httpx2.Client(transport=transport).get(f"https://{HOST}/").text == "page"
