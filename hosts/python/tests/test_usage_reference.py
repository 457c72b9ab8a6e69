"""The examples of `usage_reference.md` run with only their import replaced."""

import logging
import os
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import httpx
import pytest
from http_server import Server

from fuseboard import BreakerOpenError, BreakerRegistry, RequestRole, SQLiteCooldownStore, load_breaker_config

ONE_REQUEST, ALL_REQUESTS = re.findall(
    r"```python\n(.*?)```", Path(__file__).with_name("usage_reference.md").read_text(encoding="utf-8"), re.DOTALL
)
HOST = "api.crossref.org"
DOCUMENT = "defaults: {fail_max: 3}\nresolvers: {crossref: {fail_max: 2}}"

# Runs the first example for a response with a status. Each run makes a registry of its own on the same store.
Handle = Callable[[int], object]


def run(example: str, names: dict[str, Any]) -> dict[str, Any]:
    """Runs an example with `fuseboard` in place of the module it was written for, and returns its names."""
    ours, count = re.subn(r"(?m)^( *)from \S+\.breakers import", r"\1from fuseboard import", example)
    assert count == 1
    exec(ours, names)  # noqa: S102 - the examples are part of this repository
    return names


@pytest.fixture
def handle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Handle:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/breakers.yaml").write_text(DOCUMENT)
    names: dict[str, Any] = {
        "os": os,
        "load_breaker_config": load_breaker_config,
        "cooldown_store": SQLiteCooldownStore(tmp_path / "state" / "breakers.db"),
        "logger": logging.getLogger("pipeline"),
        "parsed_retry_after": None,
        "error_response": "refused",
    }
    # The example returns, so it is the body of a function.
    function = "def handle(send_request):\n" + textwrap.indent(ONE_REQUEST, "    ") + "\n    return registry"
    handle = run(function, names)["handle"]
    return lambda status: handle(lambda *args: SimpleNamespace(status_code=status))


def test_one_request_is_refused_after_failures(handle: Handle, caplog: pytest.LogCaptureFixture) -> None:
    # The resolver has the lower limit, and the report does not name it.
    for _ in range(2):
        assert handle(503) != "refused"
    assert handle(200) == "refused"
    assert "Breaker open: resolver crossref: refused (open), retry after" in caplog.text


def test_one_request_that_is_not_found_counts_nothing(handle: Handle) -> None:
    handle(503)
    for _ in range(3):
        registry = handle(404)
    assert isinstance(registry, BreakerRegistry)
    assert registry.status(HOST, role="metadata")["circuit"]["failure_streak"] == 1
    registry = handle(200)
    assert isinstance(registry, BreakerRegistry)
    assert registry.status(HOST, role="metadata")["circuit"]["failure_streak"] == 0


@pytest.fixture
def request_with_retries() -> Callable[..., httpx.Response]:
    def parse_retry_after_header(response: httpx.Response) -> float | None:
        value = response.headers.get("Retry-After")
        return None if value is None else float(value)

    names: dict[str, Any] = {
        "httpx": httpx,
        "Optional": Optional,
        "logger": logging.getLogger("pipeline"),
        "extract_host": lambda url: httpx.URL(url).netloc.decode(),
        "parse_retry_after_header": parse_retry_after_header,
    }
    function: Callable[..., httpx.Response] = run(ALL_REQUESTS, names)["request_with_retries"]
    return function


def test_all_requests_are_guarded(
    request_with_retries: Callable[..., httpx.Response], server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    registry = BreakerRegistry({"defaults": {"fail_max": 2, "cooldown_jitter": 0}}, engine="native")

    def get(path: str, **options: Any) -> int:
        url = f"{server.url}{path}"
        return request_with_retries(client, "GET", url, breaker_registry=registry, **options).status_code

    with httpx.Client() as client:
        assert [get("/200"), get("/404"), get("/500"), get("/404"), get("/500")] == [200, 404, 500, 404, 500]
        with pytest.raises(BreakerOpenError):
            get("/200")
        assert len(server.requests) == 5 and "Breaker open: " in caplog.text
        # The time that a server asks for holds for every role of the host.
        assert get("/429", role=RequestRole.ARTIFACT, resolver="crossref") == 429
        with pytest.raises(BreakerOpenError) as caught:
            get("/200", role=RequestRole.LANDING)
        assert caught.value.reason == "cooldown-retry-after"


def test_an_exception_is_counted_and_raised_again(request_with_retries: Callable[..., httpx.Response]) -> None:
    registry = BreakerRegistry({"defaults": {"fail_max": 1}}, engine="native")
    with httpx.Client() as client:
        with pytest.raises(httpx.ConnectError):
            request_with_retries(client, "GET", "http://127.0.0.1:1/", breaker_registry=registry)
        with pytest.raises(BreakerOpenError, match=r"httpx\.ConnectError"):
            request_with_retries(client, "GET", "http://127.0.0.1:1/", breaker_registry=registry)


def test_the_breaker_is_optional(request_with_retries: Callable[..., httpx.Response], server: Server) -> None:
    with httpx.Client() as client:
        assert request_with_retries(client, "GET", f"{server.url}/503").status_code == 503
