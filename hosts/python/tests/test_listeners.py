"""Listeners, events and the log."""

import gc
import logging
import time
import weakref
from typing import Any

import pytest

from fuseboard import BreakerOpenError, BreakerRegistry, Event, ReportedFailure
from fuseboard.testing import ManualClock, trip

HOST = "api.crossref.org"
CONFIG = {"defaults": {"fail_max": 2, "reset_timeout_s": 30}}


class Listener:
    def __init__(self, name: str) -> None:
        self.name = name
        self.calls: list[tuple[Any, ...]] = []
        self.errors: list[BaseException] = []

    def before_call(self, cb, func, *args, **kwargs) -> None:
        self.calls.append(("before", func.__name__, args))

    def success(self, cb) -> None:
        self.calls.append(("success", cb.fail_counter))

    def failure(self, cb, exc) -> None:
        self.errors.append(exc)
        self.calls.append(("failure", cb.name, cb.fail_counter, cb.reset_timeout))

    def state_change(self, cb, old_state, new_state) -> None:
        self.calls.append((f"{old_state!s} -> {new_state.name}", cb.current_state))


class Factory:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None]] = []
        self.made: dict[str, Listener] = {}

    def __call__(self, host: str, scope: str, resolver: str | None) -> Listener:
        self.asked.append((host, scope, resolver))
        return self.made.setdefault(host, Listener(host))


@pytest.fixture
def factory() -> Factory:
    return Factory()


@pytest.fixture
def registry(factory: Factory, fuseboard_clock: ManualClock) -> BreakerRegistry:
    clock = fuseboard_clock
    return BreakerRegistry(CONFIG, listener_factory=factory, now_wall=clock, now_monotonic=clock, engine="native")


def test_the_factory_is_asked_once_for_each_host_and_resolver(registry: BreakerRegistry, factory: Factory) -> None:
    for role in ("metadata", "artifact"):
        registry.allow(HOST, role=role, resolver="crossref").success()
    assert factory.asked == [(HOST, "host", None), ("crossref", "resolver", "crossref")]


def test_a_listener_sees_calls_and_changes_of_state(
    registry: BreakerRegistry, factory: Factory, fuseboard_clock: ManualClock
) -> None:
    for _ in range(2):
        registry.allow(HOST, role="metadata")
        registry.on_failure(HOST, role="metadata", status=503)
    with pytest.raises(BreakerOpenError):
        registry.allow(HOST, role="metadata")
    fuseboard_clock.advance(30)
    registry.call(HOST, "metadata", str.upper, "page")
    listener = factory.made[HOST]
    assert listener.calls == [
        ("before", "request", ()),
        ("failure", HOST, 1, 30.0),
        ("before", "request", ()),
        ("closed -> open", "open"),
        ("failure", HOST, 2, 30.0),
        ("open -> half_open", "half_open"),
        ("before", "upper", ("page",)),
        ("half_open -> closed", "closed"),
        ("success", 0),
    ]
    assert [str(error) for error in listener.errors] == ["HTTP status 503"] * 2
    assert isinstance(listener.errors[0], ReportedFailure) and listener.errors[0].status == 503


def test_a_listener_of_a_resolver_sees_the_resolvers_circuit(registry: BreakerRegistry, factory: Factory) -> None:
    error = TimeoutError("slow")
    for host in ("a.example", "b.example"):
        registry.allow(host, resolver="crossref")
        registry.on_failure(host, exception=error)
    assert factory.made["crossref"].calls[-2:] == [("closed -> open", "open"), ("failure", "crossref", 2, 30.0)]
    assert factory.made["crossref"].errors == [error, error]
    assert factory.made["a.example"].calls[-1] == ("failure", "a.example", 1, 30.0)


def test_no_listener_is_notified_of_a_neutral_call_or_a_second_report(
    registry: BreakerRegistry, factory: Factory
) -> None:
    permit = registry.allow(HOST)
    permit.report(status=404)
    permit.failure(status=503)
    registry.allow(HOST).cancel()
    assert factory.made[HOST].calls == [("before", "request", ())] * 2


def test_listeners_are_notified_of_guards_and_of_reports_without_a_permit(
    registry: BreakerRegistry, factory: Factory
) -> None:
    with registry.guard(name="orders-db"):
        pass
    assert factory.asked == [("orders-db", "name", None)]
    registry.report(HOST, status=200)
    assert factory.made[HOST].calls == [("success", 0)]


@pytest.mark.parametrize("keyword", ["self", "method", "scope", "name", "role"])
def test_a_guarded_function_may_have_any_keyword(registry: BreakerRegistry, factory: Factory, keyword: str) -> None:
    @registry.guard(HOST)
    def load(**keywords: str) -> dict[str, str]:
        return keywords

    assert load(**{keyword: "value"}) == {keyword: "value"}
    assert factory.made[HOST].calls[-1] == ("success", 0)


@pytest.mark.parametrize("broken", ["factory", "listener"])
def test_what_a_listener_raises_is_logged(broken: str, caplog: pytest.LogCaptureFixture) -> None:
    class Raising:
        def before_call(self, cb, func, *args) -> None:
            raise RuntimeError("a fault of the listener")

    def factory(host: str, scope: str, resolver: str | None) -> object:
        if broken == "factory":
            raise RuntimeError("a fault of the factory")
        return Raising()

    registry = BreakerRegistry(CONFIG, listener_factory=factory, engine="native")
    assert registry.call(HOST, None, len, "page") == 4
    assert f"a fault of the {broken}" in caplog.text and f"the listener of {HOST} raised in before_call" in caplog.text


def test_a_factory_may_give_no_listener() -> None:
    registry = BreakerRegistry(CONFIG, listener_factory=lambda *args: None, engine="native")
    assert registry.call(HOST, None, len, "page") == 4


def test_a_change_of_state_is_one_line_and_a_refusal_none(
    caplog: pytest.LogCaptureFixture, fuseboard_clock: ManualClock
) -> None:
    caplog.set_level(logging.INFO, "fuseboard")
    registry = BreakerRegistry(CONFIG, now_wall=fuseboard_clock, now_monotonic=fuseboard_clock, engine="native")
    for _ in range(2):
        registry.allow(HOST, role="metadata").failure(status=503)
    for _ in range(3):
        with pytest.raises(BreakerOpenError):
            registry.allow(HOST, role="metadata")
    fuseboard_clock.advance(30)
    registry.allow(HOST, role="metadata").success()
    lines = [record.getMessage() for record in caplog.records]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO", "INFO"]
    assert lines[0].startswith("api.crossref.org/metadata: closed -> open (") and lines[0].endswith(
        ", last failure 503"
    )
    assert [line.split(" (")[0] for line in lines[1:]] == [
        "api.crossref.org/metadata: open -> half_open",
        "api.crossref.org/metadata: half_open -> closed",
    ]


def test_events_are_frozen_values() -> None:
    events: list[Event] = []
    registry = BreakerRegistry(CONFIG, on_event=events.append, engine="native")
    trip(registry, HOST)
    registry.cooldowns.set_until(HOST, time.monotonic() + 5)
    opened, cooldown = events
    assert (opened.scope, opened.name, opened.role, opened.here) == ("host", HOST, None, True)
    assert (opened.cause, opened.detail) == ("operator", "tripped by an operator")
    assert (opened.old_state, opened.new_state, opened.is_transition) == ("closed", "open", True)
    assert (cooldown.kind, cooldown.new_state, cooldown.is_transition) == ("cooldown-set", None, False)
    with pytest.raises(AttributeError):
        opened.kind = "other"  # type: ignore[misc]


def test_what_on_event_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def on_event(event: Event) -> None:
        raise RuntimeError("a fault of the program")

    trip(BreakerRegistry(CONFIG, on_event=on_event, engine="native"), HOST)
    assert "a fault of the program" in caplog.text and "on_event raised" in caplog.text


def test_a_registry_with_listeners_is_freed(factory: Factory) -> None:
    registry = BreakerRegistry(CONFIG, listener_factory=factory, on_event=print, engine="native")
    registry.call(HOST, None, len, "page")
    freed = weakref.ref(registry)
    del registry
    gc.collect()
    assert freed() is None


def test_a_listener_that_holds_its_registry_is_freed_with_it() -> None:
    class Program:
        def __init__(self) -> None:
            self.registry = BreakerRegistry(CONFIG, on_event=self.on_event, engine="native")
            self.target = self.registry.target(HOST)

        def on_event(self, event: Event) -> None: ...

    program = Program()
    program.target.call(len, "page")
    freed = weakref.ref(program)
    del program
    gc.collect()
    assert freed() is None
