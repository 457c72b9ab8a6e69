"""Guards: calls that are admitted, made and settled in one."""

import asyncio
import builtins
import contextlib
import copy
import inspect
import pickle
import sys
import threading

import pytest

from fuseboard import BreakerOpenError, BreakerRegistry, Guard

HOST = "export.arxiv.org"


@pytest.fixture
def registry() -> BreakerRegistry:
    return BreakerRegistry({"defaults": {"fail_max": 2, "reset_timeout_s": 60}}, engine="native")


class Response:
    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class StatusError(Exception):
    def __init__(self, status_code: int) -> None:
        self.response = Response(status_code)


def raising(error: BaseException):
    def call() -> None:
        raise error

    return call


def streak(registry: BreakerRegistry, **target) -> int:
    return registry.status(HOST, **target)["circuit"]["failure_streak"]


def test_an_exception_counts_and_is_raised_again(registry: BreakerRegistry) -> None:
    with pytest.raises(TimeoutError):
        registry.call(HOST, "metadata", raising(TimeoutError()))
    assert streak(registry, role="metadata") == 1


def test_the_status_of_a_response_decides(registry: BreakerRegistry) -> None:
    with pytest.raises(StatusError):
        registry.guard(HOST).call(raising(StatusError(404)))
    assert streak(registry) == 0
    with pytest.raises(StatusError):
        registry.guard(HOST).call(raising(StatusError(503)))
    assert streak(registry) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), GeneratorExit(), asyncio.CancelledError()])
def test_a_cancelled_call_is_neutral(registry: BreakerRegistry, error: BaseException) -> None:
    with pytest.raises(type(error)), registry.guard(HOST):
        raise error
    assert streak(registry) == 0


def test_a_refusal_of_an_inner_guard_is_neutral_for_the_outer_one(registry: BreakerRegistry) -> None:
    inner = registry.guard("inner.example")
    for _ in range(2):
        with pytest.raises(OSError):
            inner.call(raising(OSError()))

    @registry.guard(HOST)
    def outer() -> None:
        try:
            inner.call(print)
        except BreakerOpenError as refused:
            raise LookupError("no page") from refused

    with pytest.raises(LookupError):
        outer()
    assert streak(registry) == 0


def test_a_fallback_is_for_refusals_only(registry: BreakerRegistry) -> None:
    @registry.guard(HOST, fallback=lambda refused, page: f"{refused.reason}: {page}")
    def load(page: str) -> str:
        raise OSError(page)

    for _ in range(2):
        with pytest.raises(OSError):
            load("1")
    assert load("2") == "open: 2"


def test_a_coroutine_function_is_guarded(registry: BreakerRegistry) -> None:
    @registry.guard(HOST)
    async def load() -> str:
        await asyncio.sleep(0)
        return "page"

    assert asyncio.run(load()) == "page"


def test_tasks_settle_their_own_permits(registry: BreakerRegistry) -> None:
    async def one(number: int) -> None:
        registry.allow(HOST, role=f"r{number % 3}")
        await asyncio.sleep(0)
        registry.on_success(HOST, role=f"r{number % 3}")

    async def all_of_them() -> None:
        await asyncio.gather(*(one(number) for number in range(1_000)))

    asyncio.run(all_of_them())
    assert registry.current_state(HOST) == "closed"


def test_a_name_has_a_circuit_without_a_host(registry: BreakerRegistry) -> None:
    with registry.guard(name="orders-db") as permit:
        assert not permit.is_settled
    assert permit.is_settled
    with pytest.raises(TypeError, match="either a host or name="):
        registry.guard()


def test_a_decorated_function_keeps_its_name_and_works_as_a_method(registry: BreakerRegistry) -> None:
    class Client:
        base = "/works"

        @registry.guard(HOST)
        def get(self, page: int, *, size: int = 1) -> str:
            """Gets a page."""
            return f"{self.base}/{page}/{size}"

    assert Client().get(3, size=2) == "/works/3/2"
    assert (Client.get.__name__, Client.get.__doc__) == ("get", "Gets a page.")
    assert Client.get.__wrapped__(Client(), 3) == "/works/3/1"
    assert inspect.signature(Client().get).parameters.keys() == {"page", "size"}


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

    with contextlib.ExitStack() as stack:
        own = [stack.enter_context(guard) for _ in range(2)]
        thread = threading.Thread(target=enter_in_another_thread)
        thread.start()
        entered.wait()
    assert [permit.is_settled for permit in [*own, *others]] == [True, True, False]
    leave.set()
    thread.join()
    assert others[0].is_settled


def test_a_subclass_of_a_guard_may_have_other_arguments(registry: BreakerRegistry) -> None:
    class HostGuard(Guard):
        def __init__(self, registry: BreakerRegistry, *, host: str) -> None:
            super().__init__(registry.target(host))

    with HostGuard(registry, host=HOST) as permit:
        pass
    assert permit.is_settled


def test_a_group_of_refusals_is_neutral_for_the_outer_guard(registry: BreakerRegistry) -> None:
    group = getattr(builtins, "ExceptionGroup", None)
    if group is None:
        assert sys.version_info < (3, 11)
        return
    refused = BreakerOpenError("inner.example")
    for errors, expected in (
        ([refused], 0),
        ([refused, group("inner", [refused])], 0),
        ([refused, TimeoutError()], 1),
    ):
        with pytest.raises(group), registry.guard(HOST):
            raise group("tasks", errors)
        assert streak(registry) == expected


def test_a_decorated_function_is_pickled_and_copied_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert copy.deepcopy(decorated) is decorated


@BreakerRegistry().guard(HOST)
def decorated() -> None: ...
