"""Guards: calls that are admitted, made and settled in one."""

import asyncio
import builtins
import copy
import inspect
import pickle
import sys

import pytest

from fuseboard import BreakerOpenError, BreakerRegistry

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
