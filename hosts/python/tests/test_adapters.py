"""What the adapters of HTTP clients count, and when."""

import pickle
from typing import Any

import pytest
from http_clients import CLIENTS, Request
from http_server import Server

from fuseboard import BreakerOpenError, BreakerRegistry, EngineError
from fuseboard.testing import ManualClock, trip

CONFIG = {"defaults": {"fail_max": 3, "reset_timeout_s": 60, "retry_after_cap_s": 0}}


class Ends:
    """A listener that notes how calls ended. A neutral end is none."""

    def __init__(self) -> None:
        self.ends: list[str] = []

    def before_call(self, cb: Any, func: Any) -> None:
        self.ends.append("call")

    def success(self, cb: Any) -> None:
        self.ends.append("success")

    def failure(self, cb: Any, exc: BaseException) -> None:
        self.ends.append(getattr(exc, "status", None) or "failure")


@pytest.fixture
def ends() -> Ends:
    return Ends()


@pytest.fixture
def registry(ends: Ends) -> BreakerRegistry:
    return BreakerRegistry(CONFIG, listener_factory=lambda *names: ends, engine="native")


@pytest.fixture(params=CLIENTS)
def get(request: pytest.FixtureRequest) -> Request:
    return CLIENTS[request.param]


def test_a_call_succeeds_when_its_body_is_read(
    get: Request, registry: BreakerRegistry, server: Server, ends: Ends
) -> None:
    assert get(registry, f"{server.url}/200") == 200
    assert ends.ends == ["call", "success"]


@pytest.mark.parametrize("path", ["/broken", "/chunks"])
def test_a_body_that_breaks_off_is_a_failure(
    get: Request, registry: BreakerRegistry, server: Server, ends: Ends, path: str
) -> None:
    with pytest.raises(Exception) as caught:
        get(registry, server.url + path)
    assert not isinstance(caught.value, BreakerOpenError)
    assert ends.ends == ["call", "failure"]


@pytest.mark.parametrize("client", ["requests", "aiohttp"])
def test_a_length_may_have_any_number_of_zeros(
    registry: BreakerRegistry, server: Server, ends: Ends, client: str
) -> None:
    assert CLIENTS[client](registry, f"{server.url}/zeros") == 200
    assert ends.ends == ["call", "success"]


def test_a_body_that_stalls_is_a_failure(get: Request, registry: BreakerRegistry, server: Server, ends: Ends) -> None:
    with pytest.raises(Exception) as caught:
        get(registry, f"{server.url}/stall", timeout_s=0.2)
    assert "time" in repr(caught.value).lower()
    assert ends.ends == ["call", "failure"]


def test_an_abandoned_body_is_cancelled_and_frees_its_probe_slot(
    get: Request, server: Server, fuseboard_clock: ManualClock
) -> None:
    clock = fuseboard_clock
    registry = BreakerRegistry(CONFIG, now_wall=clock, now_monotonic=clock, engine="native")
    trip(registry, server.host)
    clock.advance(60)
    assert get(registry, f"{server.url}/stall", read=False) == 200
    assert registry.current_state(server.host) == "half_open"
    assert registry.status(server.host)["circuit"]["probes"] == 0


def test_a_call_may_be_settled_at_its_headers(
    get: Request, registry: BreakerRegistry, server: Server, ends: Ends
) -> None:
    assert get(registry, f"{server.url}/stall", read=False, settle_at="headers") == 200
    assert ends.ends == ["call", "success"]


@pytest.mark.parametrize("read", [True, False])
def test_an_error_counts_although_nobody_reads_it(
    get: Request, registry: BreakerRegistry, server: Server, ends: Ends, read: bool
) -> None:
    assert get(registry, f"{server.url}/503", read=read) == 503
    assert ends.ends == ["call", 503]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204)])
def test_an_answer_without_a_body_is_over_at_its_headers(
    get: Request, registry: BreakerRegistry, server: Server, ends: Ends, method: str, status: int
) -> None:
    assert get(registry, f"{server.url}/{status}", method=method, read=False) == status
    assert ends.ends == ["call", "success"]


def test_each_hop_of_a_redirect_is_a_call(get: Request, registry: BreakerRegistry, server: Server, ends: Ends) -> None:
    assert get(registry, f"{server.url}/302") == 503
    assert ends.ends == ["call", "success", "call", 503]


def test_not_found_is_neutral(get: Request, registry: BreakerRegistry, server: Server, ends: Ends) -> None:
    assert get(registry, f"{server.url}/404") == 404
    assert ends.ends == ["call"]


def test_a_refused_connection_is_a_failure(get: Request, registry: BreakerRegistry, ends: Ends) -> None:
    with pytest.raises(Exception) as caught:
        get(registry, "http://127.0.0.1:1/")
    assert not isinstance(caught.value, BreakerOpenError)
    assert ends.ends == ["call", "failure"]


def test_an_open_circuit_refuses_before_anything_is_sent(
    get: Request, registry: BreakerRegistry, server: Server
) -> None:
    trip(registry, server.host, role="metadata")
    with pytest.raises(BreakerOpenError) as caught:
        get(registry, f"{server.url}/200", role="metadata")
    assert (caught.value.host, caught.value.role, caught.value.reason) == (server.host, "metadata", "open")
    assert server.requests == []
    assert get(registry, f"{server.url}/200", role=lambda request: "artifact") == 200


def test_retry_after_reaches_the_engine(get: Request, server: Server) -> None:
    registry = BreakerRegistry({"defaults": {"cooldown_jitter": 0}}, engine="native")
    get(registry, f"{server.url}/429")
    assert 0 < (registry.cooldown_remaining_ms(server.host) or 0) <= 7_000
    with pytest.raises(BreakerOpenError, match="cooldown-retry-after"):
        get(registry, f"{server.url}/200")


def test_a_refusal_is_pickled(get: Request, registry: BreakerRegistry, server: Server) -> None:
    trip(registry, server.host)
    with pytest.raises(BreakerOpenError) as caught:
        get(registry, f"{server.url}/200")
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (str(copied), type(copied)) == (str(caught.value), type(caught.value))


def test_a_fault_of_the_breaker_does_not_fail_the_call(
    get: Request, server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = BreakerRegistry(engine="native")
    monkeypatch.setattr(registry, "target", lambda *args, **options: (_ for _ in ()).throw(ValueError("too long")))
    assert get(registry, f"{server.url}/200") == 200
    assert "is not guarded: too long" in caplog.text


def test_another_time_to_settle_is_an_error(get: Request, registry: BreakerRegistry, server: Server) -> None:
    with pytest.raises(ValueError, match='settle_at: must be "body" or "headers", is \'never\''):
        get(registry, f"{server.url}/200", settle_at="never")


def test_an_end_that_cannot_be_reported_does_not_fail_the_call(
    get: Request, server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty:
        is_settled = False

        def report(self, **end: Any) -> bool:
            raise EngineError("stopped")

        def cancel(self) -> bool:
            return False

    class Target:
        may_block = False

        def allow(self) -> Faulty:
            return Faulty()

        try_allow = allow

    registry = BreakerRegistry(engine="native")
    monkeypatch.setattr(registry, "target", lambda *args, **options: Target())
    assert get(registry, f"{server.url}/200") == 200
    assert "could not be reported" in caplog.text and "stopped" in caplog.text
