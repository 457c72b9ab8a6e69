"""Traps of requests."""

import contextlib
import functools
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import requests
from http_server import Server
from urllib3.exceptions import HTTPError

from fuseboard import BreakerRegistry
from fuseboard.requests import BreakerAdapter
from fuseboard.testing import trip


@pytest.fixture
def registry() -> BreakerRegistry:
    document = {"defaults": {"window": {"kind": "count", "size": 10, "minimum_calls": 10}, "sharing": {"lease_ms": 0}}}
    return BreakerRegistry(document, engine="native")


@pytest.fixture
def session(registry: BreakerRegistry) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount("http://", BreakerAdapter(registry=registry))
        yield session


def window(registry: BreakerRegistry, server: Server) -> tuple[int, int]:
    """Successes and failures."""
    window = registry.status(server.host)["circuit"].get("window") or {"successes": 0, "failures": 0}
    return window["successes"], window["failures"]


def test_a_raw_body_is_read_to_its_end(session: requests.Session, registry: BreakerRegistry, server: Server) -> None:
    raw = session.get(f"{server.url}/200", stream=True).raw
    assert raw.read(2) == b"pa"
    assert window(registry, server) == (0, 0)
    assert raw.read(2) == b"ge"
    assert window(registry, server) == (1, 0)


def decode_always(raw: Any) -> None:
    raw.decode_content = True


def decode_in_read(raw: Any) -> None:
    raw.read = functools.partial(raw.read, decode_content=True)


@pytest.mark.parametrize("set_up", [decode_always, decode_in_read])
def test_an_attribute_of_a_raw_body_can_be_set(
    session: requests.Session, registry: BreakerRegistry, server: Server, set_up: Callable[[Any], None]
) -> None:
    raw, file = session.get(f"{server.url}/gzip", stream=True).raw, BytesIO()
    set_up(raw)
    shutil.copyfileobj(raw, file)
    assert file.getvalue() == b"page"
    assert window(registry, server) == (1, 0)


def test_a_raw_body_that_breaks_off_is_a_failure(
    session: requests.Session, registry: BreakerRegistry, server: Server
) -> None:
    raw = session.get(f"{server.url}/broken", stream=True).raw
    with pytest.raises(Exception, match="IncompleteRead"):
        raw.read()
    assert window(registry, server) == (0, 1)


def until_empty(read: Callable[[], bytes]) -> bytes:
    return b"".join(iter(read, b""))


WAYS: dict[str, Callable[[Any], bytes]] = {
    "read": lambda raw: raw.read(),
    "read in parts": lambda raw: until_empty(lambda: raw.read(3)),
    "read1": lambda raw: until_empty(raw.read1),
    "data": lambda raw: raw.data,
    "readline": lambda raw: until_empty(raw.readline),
    "readlines": lambda raw: b"".join(raw.readlines()),
    "iteration": b"".join,
}


@pytest.mark.parametrize("path", ["200", "pieces"])
@pytest.mark.parametrize("way", WAYS)
def test_a_raw_body_that_is_read_to_its_end_is_a_success(
    session: requests.Session, registry: BreakerRegistry, server: Server, way: str, path: str
) -> None:
    raw = session.get(f"{server.url}/{path}", stream=True).raw
    assert WAYS[way](raw) == b"page"
    assert window(registry, server) == (1, 0)


@pytest.mark.parametrize("path", ["broken", "chunks"])
@pytest.mark.parametrize("way", WAYS)
def test_a_raw_body_that_breaks_off_is_a_failure_however_it_is_read(
    session: requests.Session, registry: BreakerRegistry, server: Server, way: str, path: str
) -> None:
    response = session.get(f"{server.url}/{path}", stream=True)
    # `read1` does not raise if a body is too short.
    with contextlib.suppress(HTTPError):
        WAYS[way](response.raw)
    response.close()
    assert window(registry, server) == (0, 1)


@pytest.mark.parametrize(("path", "counted"), [("200", (1, 0)), ("pieces", (1, 0)), ("broken", (0, 1))])
def test_a_raw_body_may_be_discarded(
    session: requests.Session, registry: BreakerRegistry, server: Server, path: str, counted: tuple[int, int]
) -> None:
    session.get(f"{server.url}/{path}", stream=True).raw.drain_conn()
    assert window(registry, server) == counted


def test_a_body_that_is_no_json_is_a_success(
    session: requests.Session, registry: BreakerRegistry, server: Server
) -> None:
    with pytest.raises(ValueError):
        session.get(f"{server.url}/pieces", stream=True).raw.json()
    assert window(registry, server) == (1, 0)


def test_a_read_of_nothing_settles_nothing(
    session: requests.Session, registry: BreakerRegistry, server: Server
) -> None:
    raw = session.get(f"{server.url}/200", stream=True).raw
    assert raw.read(0) == raw.read1(0) == b""
    assert window(registry, server) == (0, 0)
    raw.close()


def test_an_error_counts_before_its_body_is_read(
    session: requests.Session, registry: BreakerRegistry, server: Server
) -> None:
    response = session.get(f"{server.url}/500", stream=True)
    assert window(registry, server) == (0, 1)
    response.close()


def test_a_loop_that_is_left_cancels_the_call(
    session: requests.Session, registry: BreakerRegistry, server: Server
) -> None:
    registry.update_host_policy(server.host, reset_timeout_s=0)
    trip(registry, server.host)
    parts = session.get(f"{server.url}/stall", stream=True).iter_content(10)
    next(parts)
    parts.close()  # type: ignore[attr-defined]
    assert registry.current_state(server.host) == "half_open"
    assert registry.status(server.host)["circuit"]["probes"] == 0


def test_a_url_with_a_password_names_only_the_host(
    session: requests.Session, registry: BreakerRegistry, server: Server
) -> None:
    session.get(f"http://user:secret@{server.host}/200")
    assert window(registry, server) == (1, 0)


@pytest.mark.parametrize("raw", [None, BytesIO(b"page")])
def test_a_mocked_answer_is_a_success(
    monkeypatch: pytest.MonkeyPatch, session: requests.Session, registry: BreakerRegistry, server: Server, raw: Any
) -> None:
    def send(self: object, request: requests.PreparedRequest, **options: object) -> requests.Response:
        response = requests.Response()
        response.status_code, response.raw, response.url = 200, raw, str(request.url)
        return response

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    with monkeypatch.context() as patched:
        patched.setattr(requests.sessions, "extract_cookies_to_jar", lambda *args: None)
        assert session.get(server.url).content in (None, b"page")
    assert window(registry, server) == (1, 0)
