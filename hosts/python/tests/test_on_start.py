"""A registry whose store cannot be read when it is made."""

from pathlib import Path

import pytest

from fuseboard import BreakerRegistry, SQLiteCooldownStore
from fuseboard.testing import switched_off


def test_without_its_store_a_registry_starts_by_default(fuseboard_unavailable_store: str) -> None:
    registry = BreakerRegistry(cooldown_store=fuseboard_unavailable_store, engine="native")
    # A permit that is cancelled leaves nothing to report at the end of the process.
    assert registry.allow("api.crossref.org").cancel()


@pytest.mark.parametrize("engine", ["component", "native"])
def test_without_its_store_a_registry_does_not_start_if_it_must_not(
    engine: str, fuseboard_unavailable_store: str
) -> None:
    with pytest.raises(ConnectionError, match="127.0.0.1"):
        BreakerRegistry(cooldown_store=fuseboard_unavailable_store, engine=engine, on_start="fail")


def test_a_store_that_can_be_read_lets_it_start(tmp_path: Path) -> None:
    store = SQLiteCooldownStore(tmp_path / "state" / "breakers.db")
    assert BreakerRegistry(cooldown_store=store, on_start="fail").call("a.example", None, len, "page") == 4


def test_a_registry_that_is_off_needs_no_store(fuseboard_unavailable_store: str) -> None:
    with switched_off():
        BreakerRegistry(cooldown_store=fuseboard_unavailable_store, engine="native", on_start="fail")


def test_another_choice_is_refused() -> None:
    with pytest.raises(ValueError, match='on_start: must be "local" or "fail", is "reject"'):
        BreakerRegistry(on_start="reject")
