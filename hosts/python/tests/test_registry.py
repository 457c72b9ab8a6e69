"""The registry as the pipeline uses it: one `allow`, one report."""

import gc
import pickle
import weakref

import pytest

from fuseboard import BreakerOpenError, BreakerRegistry, RequestRole
from fuseboard.testing import ManualClock

HOST = "api.crossref.org"


@pytest.fixture(params=["component", "native"])
def registry(request: pytest.FixtureRequest, fuseboard_clock: ManualClock) -> BreakerRegistry:
    document = {
        "defaults": {"fail_max": 3, "reset_timeout_s": 30, "cooldown_jitter": 0},
        "resolvers": {"crossref": {"fail_max": 2}},
    }
    return BreakerRegistry(document, now_wall=fuseboard_clock, now_monotonic=fuseboard_clock, engine=request.param)


def trip(registry: BreakerRegistry, **target: str) -> None:
    for _ in range(3):
        registry.allow(HOST, **target)
        registry.on_failure(HOST, **target, status=503)


def test_failures_open_the_circuit_and_a_probe_closes_it(
    registry: BreakerRegistry, fuseboard_clock: ManualClock
) -> None:
    trip(registry, role=RequestRole.METADATA)
    with pytest.raises(BreakerOpenError) as caught:
        registry.allow(HOST, role=RequestRole.METADATA)
    error = caught.value
    assert (error.host, error.role, error.resolver) == (HOST, "metadata", None)
    assert (error.reason, error.state, error.retry_after_s, error.last_failure) == ("open", "open", 30.0, "503")
    assert str(error) == "api.crossref.org/metadata: refused (open), retry after 30 s, last failure 503"
    assert registry.current_state(HOST, role="metadata") == "open"
    assert registry.current_state(HOST, role="artifact") == "closed"
    assert registry.current_state(HOST) == "open" and registry.is_open(HOST)
    assert registry.cooldown_remaining_ms(HOST, role="metadata") == 30_000
    fuseboard_clock.advance(30)
    assert registry.current_state(HOST, role="metadata") == "half_open"
    registry.allow(HOST, role="metadata")
    registry.on_success(HOST, role="metadata")
    assert registry.current_state(HOST) == "closed"


def test_a_report_without_the_resolver_settles_both_circuits(registry: BreakerRegistry) -> None:
    for _ in range(2):
        registry.allow(host=HOST, role=RequestRole.METADATA, resolver="crossref")
        registry.on_failure(host=HOST, role=RequestRole.METADATA, status=503)
    assert registry.current_state(HOST, resolver="crossref") == "open"
    with pytest.raises(BreakerOpenError, match="resolver crossref: refused"):
        registry.allow(HOST, role="metadata", resolver="crossref")


def test_on_failure_counts_whatever_the_status(registry: BreakerRegistry) -> None:
    for _ in range(3):
        registry.allow(HOST)
        registry.on_failure(HOST, status=404)
    assert registry.current_state(HOST) == "open"


def test_a_second_report_counts_nothing_and_warns_once(registry: BreakerRegistry) -> None:
    registry.allow(HOST)
    registry.on_failure(HOST, status=500)
    with pytest.warns(UserWarning, match="second report for api.crossref.org"):
        registry.on_failure(HOST, status=500)
    registry.on_failure(HOST, status=500)
    assert registry.status(HOST)["circuit"]["failure_streak"] == 1


def test_a_report_in_a_context_that_never_asked_counts(registry: BreakerRegistry) -> None:
    registry.on_failure(HOST, exception=TimeoutError("slow"))
    assert registry.status(HOST)["circuit"]["last_failure"]["what"] == "builtins.TimeoutError"


def test_a_new_allow_frees_the_probe_that_nobody_reported(
    registry: BreakerRegistry, fuseboard_clock: ManualClock
) -> None:
    trip(registry)
    fuseboard_clock.advance(30)
    registry.allow(HOST)
    # A 404 is not reported; the next call must still get the only slot.
    registry.allow(HOST)
    registry.on_success(HOST)
    assert registry.current_state(HOST) == "closed"


def test_a_success_with_a_status_is_what_the_status_says(registry: BreakerRegistry) -> None:
    registry.on_failure(HOST, status=500)
    registry.allow(HOST)
    registry.on_success(HOST, status=404)
    assert registry.status(HOST)["circuit"]["failure_streak"] == 1
    registry.allow(HOST)
    registry.on_success(HOST, status=429)
    assert registry.status(HOST)["circuit"]["failure_streak"] == 2


def test_retry_after_sets_a_cooldown_for_every_role(registry: BreakerRegistry, fuseboard_clock: ManualClock) -> None:
    registry.allow(HOST, role="metadata")
    registry.on_failure(HOST, role="metadata", status=429, retry_after_s=12)
    with pytest.raises(BreakerOpenError) as caught:
        registry.allow(HOST, role="artifact")
    assert caught.value.reason == "cooldown-retry-after"
    assert registry.cooldowns.get_until(HOST) == pytest.approx(fuseboard_clock.now + 12)
    registry.cooldowns.clear(HOST)
    registry.allow(HOST, role="artifact")
    registry.report(HOST, role="artifact", status=503, headers={"Retry-After": "7"})
    assert registry.cooldown_remaining_ms(HOST) == 7_000


def test_an_operators_cooldown_has_a_reason(registry: BreakerRegistry, fuseboard_clock: ManualClock) -> None:
    registry.cooldowns.set_until(HOST, fuseboard_clock.now + 5, reason="maintenance")
    assert registry.current_state(HOST) == "open"
    assert registry.status(HOST)["circuit"]["cooldown"]["note"] == "maintenance"


def test_the_policy_of_a_host_changes_at_run_time(registry: BreakerRegistry) -> None:
    registry.update_host_policy(HOST, fail_max=1, trial_calls_metadata=2)
    explained = {setting["path"]: setting["value"] for setting in registry.explain(HOST, role="metadata")["circuit"]}
    assert (explained["fail_max"], explained["trial_calls"]) == ("1", "2")


def test_a_refusal_is_pickled_with_its_attributes(registry: BreakerRegistry) -> None:
    trip(registry)
    with pytest.raises(BreakerOpenError) as caught:
        registry.allow(HOST)
    caught.value.attempt = 3  # type: ignore[attr-defined]
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (str(copied), copied.attempt) == (str(caught.value), 3)


@pytest.mark.parametrize(("args", "text"), [((), ""), (("down",), "down"), (("down", 1), "('down', 1)")])
def test_a_refusal_that_a_test_makes_has_its_text(args: tuple[object, ...], text: str) -> None:
    error = BreakerOpenError(*args)
    assert str(error) == text and str(pickle.loads(pickle.dumps(error))) == text
    assert (error.host, error.role, error.resolver, error.last_failure) == ("", None, None, None)
    assert (error.reason, error.state, error.retry_after_s) == ("open", "open", None)


def test_two_registries_share_a_sqlite_file(tmp_path, fuseboard_clock: ManualClock) -> None:
    url = f"sqlite:{tmp_path / 'state' / 'breakers.db'}"
    document = {"defaults": {"fail_max": 2, "sharing": {"lease_ms": 0}}}
    one, two = (
        BreakerRegistry(document, cooldown_store=url, now_wall=fuseboard_clock, now_monotonic=fuseboard_clock)
        for _ in range(2)
    )
    for registry in (one, two):
        registry.allow(HOST)
        registry.on_failure(HOST, status=503)
    for registry in (one, two):
        with pytest.raises(BreakerOpenError):
            registry.allow(HOST)


def test_a_host_is_open_if_another_process_has_opened_a_known_role(tmp_path) -> None:
    url = f"sqlite:{tmp_path / 'breakers.db'}"
    own, other = (BreakerRegistry({"defaults": {"fail_max": 1}}, cooldown_store=url, engine="native") for _ in range(2))
    for host, role in (("a.example", RequestRole.LANDING), ("b.example", "search")):
        other.allow(host, role=role)
        other.on_failure(host, role=role, status=503)
    assert own.is_open("a.example")
    assert not own.is_open("b.example"), "no role of this name was used here"
    own.target(HOST, role="search")
    assert own.is_open("b.example") and not own.is_open(HOST)


def test_a_store_of_cooldowns_alone_is_refused_with_its_replacement() -> None:
    class Old:
        def get_until(self, host): ...
        def set_until(self, host, until, reason): ...
        def clear(self, host): ...

    with pytest.raises(TypeError, match="SQLiteCooldownStore"):
        BreakerRegistry(cooldown_store=Old())


@pytest.mark.parametrize("deadline", [1e9, 1e30, float("inf")])
def test_a_cooldown_that_is_too_long_is_an_error_that_names_the_limit(deadline: float) -> None:
    with pytest.raises(ValueError, match="at most 2592000000 ms"):
        BreakerRegistry(engine="native").cooldowns.set_until(HOST, deadline)


@pytest.mark.parametrize("value", ["\udcff", b"\xff", "", None, object()])
def test_a_hint_that_is_no_text_does_not_lose_the_report(value: object) -> None:
    registry = BreakerRegistry({"defaults": {"fail_max": 3}}, engine="native")
    for _ in range(3):
        registry.allow(HOST)
        registry.report(HOST, status=503, headers={"Retry-After": value})
    assert registry.current_state(HOST) == "open"


def test_a_hint_may_be_a_number() -> None:
    registry = BreakerRegistry(engine="native")
    registry.allow(HOST)
    registry.report(HOST, status=429, headers={"Retry-After": 30})
    remaining = registry.cooldown_remaining_ms(HOST)
    assert remaining is not None and 29_000 < remaining <= 60_000


def test_a_context_does_not_keep_a_registry() -> None:
    class Listener:
        def __call__(self, event: object) -> None: ...

    listener = Listener()
    registry = BreakerRegistry(engine="native", on_event=listener)
    registry.allow(HOST)
    registry.on_success(HOST)
    listening = weakref.ref(listener)
    del listener, registry
    # The context still has the settled permit, and with it the board that holds the listener.
    assert listening() is not None
    BreakerRegistry(engine="native").allow(HOST)
    gc.collect()
    assert listening() is None


def test_registries_keep_permits_for_one_host_apart() -> None:
    first, second = (BreakerRegistry({"defaults": {"fail_max": 5}}, engine="native") for _ in range(2))
    permit = first.allow(HOST)
    second.allow(HOST)
    second.on_failure(HOST)
    assert not permit.is_settled
    first.on_failure(HOST)
    assert permit.is_settled
    streaks = [registry.status(HOST)["circuit"]["failure_streak"] for registry in (first, second)]
    assert streaks == [1, 1]
