"""Promise 16: random sequences on pybreaker and on the drop-in, with one faked time."""

import contextlib
import random
from collections.abc import Iterator

import pybreaker as original
import pytest
from agreement import actions, subjects
from agreement.clock import Clock, datetime_of
from agreement.differences import ALL, Difference

from fuseboard import pybreaker as ours

SEQUENCES = 500
STEPS = 40
STORAGES = ["own", "own without listeners", "memory"]
EXPECTED = (ValueError, OSError, KeyboardInterrupt, StopIteration, subjects.BusinessError, subjects.ListenerError)


@pytest.fixture(params=["component", "native"])
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(original, "datetime", datetime_of(clock))
    ours.use_engine(request.param, now_wall=clock, now_monotonic=lambda: clock.elapsed_s)
    yield clock
    ours.use_engine("component")


def pair(draw: random.Random, clock: Clock, differences: frozenset[Difference], storage: str) -> list[subjects.Subject]:
    settings = {
        "fail_max": draw.randrange(1, 5),
        "reset_timeout": draw.choice([0, 0.5, 2]),
        "success_threshold": draw.randrange(1, 4),
        "throw_new_error_on_trip": draw.random() < 0.7,
    }
    own = {"state_storage": ours.CircuitMemoryStorage(ours.STATE_CLOSED)} if storage == "memory" else {}
    both = [subjects.reference(differences, clock, **settings), subjects.drop_in(**settings, **own)]
    if storage == "own without listeners":
        for subject in both:
            subject.breaker.remove_listener(*subject.breaker.listeners)
    return both


def outcome(subject: subjects.Subject, action: actions.Action) -> tuple[object, ...]:
    """What one action shows: its value or error, what listeners saw, and the state afterwards."""
    try:
        result: object = action(subject)
    except EXPECTED + (subject.error,) as exception:
        result = subject.kind_of(exception)
    log, subject.log = subject.log, []
    return (result, log, subject.state(), subject.breaker.fail_counter, subject.breaker.success_counter)


def first_disagreement(seed: int, clock: Clock, differences: frozenset[Difference], storage: str) -> str | None:
    draw = random.Random(seed)
    both = pair(draw, clock, differences, storage)
    try:
        return disagreement_of(both, draw, clock, seed)
    finally:
        for subject in both:
            close_generators(subject)


def close_generators(subject: subjects.Subject) -> None:
    while subject.generators:
        with contextlib.suppress(subject.error, subjects.ListenerError):
            actions.close_generator(subject)


def disagreement_of(both: list[subjects.Subject], draw: random.Random, clock: Clock, seed: int) -> str | None:
    done = []
    for _ in range(STEPS):
        clock.advance(draw.choice([0, 0, 0, 0.25, 0.5, 1]))
        name, action = actions.random_action(draw)
        done.append(f"{clock.elapsed_s:g} {name}")
        theirs, mine = (outcome(subject, action) for subject in both)
        if theirs != mine:
            steps = "\n".join(done)
            return f"sequence {seed}:\n{steps}\npybreaker: {theirs}\nfuseboard: {mine}"
    return None


@pytest.mark.parametrize("storage", STORAGES)
def test_random_sequences_agree_up_to_the_named_differences(clock: Clock, storage: str) -> None:
    for seed in range(SEQUENCES):
        disagreement = first_disagreement(seed, clock, ALL, storage)
        assert disagreement is None, disagreement


@pytest.mark.parametrize("difference", Difference, ids=lambda difference: difference.name.lower())
def test_every_named_difference_exists(clock: Clock, difference: Difference) -> None:
    found = (first_disagreement(seed, clock, ALL - {difference}, "own") for seed in range(SEQUENCES))
    assert any(found), f"no sequence shows it: {difference.value}"
