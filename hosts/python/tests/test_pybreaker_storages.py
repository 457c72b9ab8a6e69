"""Storages of the drop-in: each object is one circuit."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from fuseboard import pybreaker

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return START.timestamp() + self.seconds


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    pybreaker.use_engine("native", now_wall=clock, now_monotonic=lambda: clock.seconds)
    yield clock
    pybreaker.use_engine("component")


class DictStorage(pybreaker.CircuitBreakerStorage):
    """A storage as users write them: every access may fail."""

    def __init__(self, fields: dict[str, object] | None = None) -> None:
        super().__init__("dict")
        self.fields = {"state": "closed", "fail": 0, "success": 0, "opened_at": None} if fields is None else fields
        self.fails = False
        self.breaker: pybreaker.CircuitBreaker | None = None

    def _get(self, key: str) -> object:
        if self.fails:
            raise ConnectionError("the database is away")
        if self.breaker is not None:
            self.breaker.call(int)
        return self.fields[key]

    state = property(lambda self: self._get("state"), lambda self, state: self.fields.update(state=state))
    counter = property(lambda self: self._get("fail"))
    success_counter = property(lambda self: self._get("success"))
    opened_at = property(lambda self: self._get("opened_at"), lambda self, time: self.fields.update(opened_at=time))

    def increment_counter(self) -> None:
        self.fields["fail"] += 1

    def reset_counter(self) -> None:
        self.fields["fail"] = 0

    def increment_success_counter(self) -> None:
        self.fields["success"] += 1

    def reset_success_counter(self) -> None:
        self.fields["success"] = 0


def fail() -> None:
    raise OSError("down")


def failing(breaker: pybreaker.CircuitBreaker) -> None:
    with pytest.raises(OSError):
        breaker.call(fail)


@pytest.mark.parametrize("make", [lambda: pybreaker.CircuitMemoryStorage("closed"), DictStorage])
def test_breakers_on_one_storage_share_one_circuit_and_keep_their_own_settings(clock: Clock, make) -> None:
    storage = make()
    strict = pybreaker.CircuitBreaker(fail_max=2, name="strict", state_storage=storage)
    patient = pybreaker.CircuitBreaker(fail_max=5, name="patient", state_storage=storage)
    other = pybreaker.CircuitBreaker(fail_max=2, name="strict", state_storage=make())
    failing(strict)
    assert (patient.fail_counter, storage.counter, other.fail_counter) == (1, 1, 0)
    failing(patient)
    assert patient.current_state == "closed"
    failing(strict)
    assert (patient.current_state, storage.state, storage.opened_at) == ("open", "open", START)
    with pytest.raises(pybreaker.CircuitBreakerError):
        patient.call(int)


def test_what_another_process_writes_to_a_storage_is_decided_by(clock: Clock) -> None:
    storage = DictStorage()
    breaker = pybreaker.CircuitBreaker(fail_max=3, reset_timeout=10, state_storage=storage)
    failing(breaker)
    storage.fields.update(fail=2)
    assert breaker.fail_counter == 2
    storage.fields.update(state="open", opened_at=START - timedelta(seconds=4))
    clock.seconds = 5.9
    assert breaker.current_state == "open"
    clock.seconds = 6
    assert breaker.current_state == "half-open"
    assert breaker.call(int) == 0 and storage.fields["state"] == "closed" and storage.fields["fail"] == 0


def test_a_call_that_began_before_another_process_closed_the_circuit_counts_nothing(clock: Clock) -> None:
    storage = DictStorage()
    breaker = pybreaker.CircuitBreaker(fail_max=1, state_storage=storage)

    def call() -> None:
        storage.fields.update(state="half-open")
        raise OSError("down")

    with pytest.raises(OSError):
        breaker.call(call)
    assert storage.fields["state"] == "half-open" and storage.fields["fail"] == 0


def test_a_call_counts_nothing_if_the_circuit_was_open_meanwhile(clock: Clock) -> None:
    storage = DictStorage()
    breaker = pybreaker.CircuitBreaker(state_storage=storage)

    def call() -> None:
        for state in ("open", "closed"):
            storage.fields.update(state=state)
            breaker.success_counter  # noqa: B018 The engine reads the storage.
        raise OSError("down")

    with pytest.raises(OSError):
        breaker.call(call)
    assert storage.fields["fail"] == 0


def test_a_storage_that_raises_fails_no_call_and_outcomes_are_kept(clock: Clock) -> None:
    storage = DictStorage()
    breaker = pybreaker.CircuitBreaker(fail_max=9, state_storage=storage)
    failing(breaker)
    storage.fails = True
    failing(breaker)
    failing(breaker)
    assert breaker.fail_counter == 3 and storage.fields["fail"] == 1
    storage.fails = False
    clock.seconds += 60
    failing(breaker)
    assert breaker.fail_counter == 4 and storage.fields["fail"] == 4


def test_a_storage_that_calls_its_own_breaker_gets_an_error(clock: Clock) -> None:
    storage = DictStorage()
    breaker = pybreaker.CircuitBreaker(state_storage=storage)
    storage.breaker = breaker
    assert breaker.call(int) == 0, "the storage raises, so the process decides by itself"


def test_two_storages_do_not_share_an_outage(clock: Clock) -> None:
    failed, healthy = DictStorage(), DictStorage()
    first = pybreaker.CircuitBreaker(state_storage=failed)
    second = pybreaker.CircuitBreaker(state_storage=healthy)
    failed.fails = True
    failing(first)
    failing(second)
    assert healthy.fields["fail"] == 1


def test_a_copy_of_a_storage_is_another_circuit(clock: Clock) -> None:
    import copy

    storage = pybreaker.CircuitMemoryStorage("closed")
    first = pybreaker.CircuitBreaker(fail_max=1, state_storage=storage)
    second = pybreaker.CircuitBreaker(fail_max=1, state_storage=copy.copy(storage))
    failing(first)
    assert second.current_state == "closed"


def test_a_thousand_storages_work(clock: Clock) -> None:
    storages = [pybreaker.CircuitMemoryStorage("closed") for _ in range(1_000)]
    breakers = [pybreaker.CircuitBreaker(fail_max=1, state_storage=storage) for storage in storages]
    failing(breakers[-1])
    assert [breaker.current_state for breaker in (breakers[0], breakers[-1])] == ["closed", "open"]
