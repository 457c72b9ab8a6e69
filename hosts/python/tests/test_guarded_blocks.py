"""Blocks of `with` and `async with`: which permit is settled when one of several is left."""

import asyncio
import contextlib
import threading

import pytest

from fuseboard import BreakerRegistry, Guard

HOST = "export.arxiv.org"


@pytest.fixture
def registry() -> BreakerRegistry:
    return BreakerRegistry({"defaults": {"fail_max": 2, "reset_timeout_s": 60}}, engine="native")


def test_a_generator_may_be_closed_on_another_thread(registry: BreakerRegistry) -> None:
    def pages():
        with registry.guard(HOST) as permit:
            yield permit
            yield "second"

    reading = pages()
    permit = next(reading)
    closing = threading.Thread(target=reading.close)
    closing.start()
    closing.join()
    assert permit.is_settled


def test_a_generator_may_be_closed_in_another_task(registry: BreakerRegistry) -> None:
    async def pages():
        async with registry.guard(HOST) as permit:
            yield permit
            yield "second"

    async def first_of(reading):
        return await reading.__anext__()

    async def read_one():
        reading = pages()
        permit = await asyncio.create_task(first_of(reading))
        await asyncio.create_task(reading.aclose())
        return permit

    assert asyncio.run(read_one()).is_settled


def test_blocks_within_each_other_settle_their_own_permits(registry: BreakerRegistry) -> None:
    guard = registry.guard(HOST)
    with guard as outer:
        with guard as inner:
            pass
        assert (inner.is_settled, outer.is_settled) == (True, False)
    assert outer.is_settled


def test_blocks_of_tasks_and_threads_settle_their_own_permits(registry: BreakerRegistry) -> None:
    guard = registry.guard(HOST)

    async def enter(leave: asyncio.Event, entered: asyncio.Event):
        with guard as permit:
            entered.set()
            await leave.wait()
        return permit

    async def play() -> None:
        events = [asyncio.Event() for _ in range(4)]
        first = asyncio.create_task(enter(events[0], events[1]))
        await events[1].wait()
        second = asyncio.create_task(enter(events[2], events[3]))
        await events[3].wait()
        with guard as own:
            events[0].set()
            earlier = await first
            assert (earlier.is_settled, own.is_settled, second.done()) == (True, False, False)
        events[2].set()
        assert own.is_settled
        assert (await second).is_settled

    asyncio.run(play())


def test_a_guard_that_was_not_entered_cannot_be_left(registry: BreakerRegistry) -> None:
    with pytest.raises(RuntimeError, match="was not entered"):
        registry.guard(HOST).__exit__(None, None, None)


def test_a_guard_of_generators_that_take_turns_settles_the_permit_of_the_one_that_ends(
    registry: BreakerRegistry,
) -> None:
    guard = registry.guard(HOST)

    def pages():
        with guard as permit:
            yield permit
            yield "second"

    readings = [pages() for _ in range(3)]
    permits = [next(reading) for reading in readings]
    for ended in (1, 0, 2):
        readings[ended].close()
        assert permits[ended].is_settled
        assert sum(permit.is_settled for permit in permits) == (1, 0, 2).index(ended) + 1


def test_a_guard_of_async_generators_that_take_turns_settles_the_permit_of_the_one_that_ends(
    registry: BreakerRegistry,
) -> None:
    guard = registry.guard(HOST)

    async def pages():
        async with guard as permit:
            yield permit
            yield "second"

    async def play() -> None:
        readings = [pages() for _ in range(3)]
        permits = [await anext(reading) for reading in readings]
        for ended in (1, 0, 2):
            await readings[ended].aclose()
            assert permits[ended].is_settled
            assert sum(permit.is_settled for permit in permits) == (1, 0, 2).index(ended) + 1

    asyncio.run(play())


def test_blocks_of_an_exit_stack_settle_the_permits_of_their_thread(registry: BreakerRegistry) -> None:
    guard = registry.guard(HOST)
    entered, leave = threading.Event(), threading.Event()
    others = []

    def enter_in_another_thread() -> None:
        with contextlib.ExitStack() as stack:
            others.append(stack.enter_context(guard))
            entered.set()
            leave.wait()

    thread = threading.Thread(target=enter_in_another_thread)
    with contextlib.ExitStack() as stack:
        own = [stack.enter_context(guard) for _ in range(2)]
        thread.start()
        entered.wait()
    settled = [permit.is_settled for permit in [*own, *others]]
    leave.set()
    thread.join()
    assert (settled, others[0].is_settled) == ([True, True, False], True)


def test_a_subclass_of_a_guard_may_have_other_arguments(registry: BreakerRegistry) -> None:
    class HostGuard(Guard):
        def __init__(self, registry: BreakerRegistry, *, host: str) -> None:
            super().__init__(registry.target(host))

    with HostGuard(registry, host=HOST) as permit:
        pass
    assert permit.is_settled
