"""What the package offers to tests of its users."""

from pathlib import Path

import pytest

from fuseboard import BreakerOpenError, BreakerRegistry, load_breaker_config
from fuseboard.testing import ManualClock, switched_off, trip

HOST = "api.crossref.org"
CONFIG = {"defaults": {"fail_max": 2, "reset_timeout_s": 60}, "hosts": {HOST: {"fail_max": 1}}}


@pytest.fixture
def registry(fuseboard_clock: ManualClock) -> BreakerRegistry:
    return BreakerRegistry(CONFIG, now_wall=fuseboard_clock, now_monotonic=fuseboard_clock, engine="native")


def fail(registry: BreakerRegistry) -> None:
    registry.allow(HOST).failure(status=503, retry_after_s=5)


def test_trip_opens_the_circuit_it_names(registry: BreakerRegistry, fuseboard_clock: ManualClock) -> None:
    trip(registry, HOST, role="metadata")
    assert registry.current_state(HOST, role="metadata") == "open"
    assert registry.current_state(HOST, role="artifact") == "closed"
    fuseboard_clock.advance(60)
    assert registry.current_state(HOST, role="metadata") == "half_open"
    trip(registry, HOST, resolver="crossref")
    assert registry.current_state("doi.org", resolver="crossref") == "open"


def test_a_host_with_a_tripped_role_is_open(registry: BreakerRegistry) -> None:
    trip(registry, HOST, role="a role of its own")
    assert registry.is_open(HOST)


def test_a_clock_does_not_move_back_by_mistake(fuseboard_clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="seconds: must be 0 or more, is -1"):
        fuseboard_clock.advance(-1)


@pytest.mark.parametrize("config", [None, {"hosts": {HOST: {}}}, {"defaults": {}}])
def test_a_registry_without_settings_is_switched_on_again(config: dict[str, object] | None) -> None:
    registry = BreakerRegistry(config, engine="native")
    with switched_off():
        fail(registry)
        assert registry.current_state(HOST) == "closed"
    fail(registry)
    assert registry.current_state(HOST) == "open"


def test_the_switch_admits_calls_through_guards_that_exist_already(registry: BreakerRegistry) -> None:
    guarded = registry.guard(HOST)(lambda: "page")
    trip(registry, HOST)
    with switched_off():
        assert guarded() == "page"
        for _ in range(3):
            fail(registry)
    with pytest.raises(BreakerOpenError):
        guarded()


def test_a_registry_made_while_off_opens_no_circuit(fuseboard_off: None) -> None:
    registry = BreakerRegistry(CONFIG, engine="native")
    for _ in range(3):
        fail(registry)
    assert registry.current_state(HOST) == "closed"


@pytest.mark.parametrize(("value", "state"), [("1", "closed"), ("0", "open")])
def test_the_variable_switches_new_registries_off(monkeypatch: pytest.MonkeyPatch, value: str, state: str) -> None:
    monkeypatch.setenv("FUSEBOARD_OFF", value)
    registry = BreakerRegistry(load_breaker_config(base_doc=CONFIG), engine="native")
    fail(registry)
    assert registry.current_state(HOST) == state


def test_a_registry_made_while_off_writes_nothing(fuseboard_off: None, tmp_path: Path) -> None:
    registry = BreakerRegistry(CONFIG, cooldown_store=f"sqlite:{tmp_path / 'breakers.db'}", engine="native")
    fail(registry)
    registry.close()
    assert list(tmp_path.iterdir()) == []


def test_another_value_of_the_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEBOARD_OFF", "maybe")
    with pytest.raises(ValueError, match="FUSEBOARD_OFF: must be 1"):
        BreakerRegistry(CONFIG)


def test_a_registry_whose_store_is_unavailable_still_opens_its_circuits(fuseboard_unavailable_store: str) -> None:
    registry = BreakerRegistry(CONFIG, cooldown_store=fuseboard_unavailable_store, engine="native")
    fail(registry)
    with pytest.raises(BreakerOpenError):
        registry.allow(HOST)
