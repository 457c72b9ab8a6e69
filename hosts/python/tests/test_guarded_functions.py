"""Decorated functions of every kind: a call ends when its run ends."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from fuseboard import BreakerOpenError, BreakerRegistry
from fuseboard.testing import trip

HOST = "export.arxiv.org"
CONFIG = {
    "defaults": {
        "fail_max": None,
        "reset_timeout_s": 0,
        "window": {"kind": "count", "size": 10, "minimum_calls": 10},
        "sharing": {"lease_ms": 0},
    }
}


@pytest.fixture
def registry() -> BreakerRegistry:
    return BreakerRegistry(CONFIG, engine="native")


def counted(registry: BreakerRegistry) -> tuple[int, int]:
    """Successes and failures."""
    window = registry.status(HOST)["circuit"].get("window") or {"successes": 0, "failures": 0}
    return window["successes"], window["failures"]


def pages(error: Exception | None = None) -> Iterator[int]:
    yield 1
    if error is not None:
        raise error
    yield 2


async def pages_async(error: Exception | None = None) -> AsyncIterator[int]:
    for page in pages(error):
        yield page


class Pages:
    def __call__(self, error: Exception | None = None) -> Iterator[int]:
        yield from pages(error)


class PagesAsync:
    async def __call__(self, error: Exception | None = None) -> AsyncIterator[int]:
        for page in pages(error):
            yield page


class Load:
    async def __call__(self, error: Exception | None = None) -> list[int]:
        return list(pages(error))


async def collected(items: AsyncIterator[int]) -> list[int]:
    return [item async for item in items]


def run(value: Any) -> list[int]:
    """All items of a run of any kind."""
    if inspect.isawaitable(value):
        return asyncio.run(awaited(value))
    return asyncio.run(collected(value)) if hasattr(value, "__aiter__") else list(value)


async def awaited(value: Any) -> Any:
    return await value


@pytest.mark.parametrize("function", [pages, pages_async, Pages(), PagesAsync(), Load()])
def test_a_run_counts_when_it_ends(registry: BreakerRegistry, function: Callable[..., Any]) -> None:
    guarded = registry.guard(HOST)(function)
    assert run(guarded()) == [1, 2] and counted(registry) == (1, 0)
    with pytest.raises(ZeroDivisionError):
        run(guarded(ZeroDivisionError()))
    assert counted(registry) == (1, 1)


@pytest.mark.parametrize("function", [pages, pages_async, Pages(), PagesAsync(), Load()])
@pytest.mark.parametrize("fallback", [lambda refused: [3], None])
def test_a_refused_run_has_a_fallback(registry: BreakerRegistry, function: Callable[..., Any], fallback: Any) -> None:
    registry.cooldowns.set_until(HOST, time.monotonic() + 1_000)
    guarded = registry.guard(HOST, fallback=fallback)(function)
    if fallback is not None:
        assert run(guarded()) == [3]
    else:
        with pytest.raises(BreakerOpenError):
            run(guarded())


def test_a_fallback_may_be_an_asynchronous_generator(registry: BreakerRegistry) -> None:
    registry.cooldowns.set_until(HOST, time.monotonic() + 1_000)
    guarded = registry.guard(HOST, fallback=lambda refused: pages_async())(pages_async)
    assert run(guarded()) == [1, 2]


def slots(registry: BreakerRegistry) -> int:
    return registry.status(HOST)["circuit"]["probes"]


def test_a_generator_has_a_slot_from_its_first_item_until_its_end(registry: BreakerRegistry) -> None:
    trip(registry, HOST)
    guarded = registry.guard(HOST)(pages)
    generator = guarded()
    assert slots(registry) == 0
    assert next(generator) == 1 and slots(registry) == 1
    generator.close()
    assert (slots(registry), counted(registry)) == (0, (0, 0))
    next(guarded())
    assert slots(registry) == 0, "the abandoned generator is freed"


def test_an_asynchronous_generator_has_a_slot_from_its_first_item_until_its_end(registry: BreakerRegistry) -> None:
    async def read_one() -> None:
        generator = registry.guard(HOST)(pages_async)()
        assert slots(registry) == 0
        assert await generator.__anext__() == 1 and slots(registry) == 1
        await generator.aclose()

    trip(registry, HOST)
    asyncio.run(read_one())
    assert (slots(registry), counted(registry)) == (0, (0, 0))


def test_a_generator_receives_what_is_sent_and_thrown(registry: BreakerRegistry) -> None:
    @registry.guard(HOST)
    def echo() -> Iterator[object]:
        try:
            yield (yield "ready")
        except KeyError as error:
            yield error
        return "returned"

    generator = echo()
    thrown = KeyError()
    assert [next(generator), generator.send("sent"), generator.throw(thrown)] == ["ready", "sent", thrown]
    with pytest.raises(StopIteration) as stopped:
        next(generator)
    assert stopped.value.value == "returned" and counted(registry) == (1, 0)


def test_an_asynchronous_generator_receives_what_is_sent_and_thrown(registry: BreakerRegistry) -> None:
    closed = []

    @registry.guard(HOST)
    async def echo() -> AsyncIterator[object]:
        try:
            yield (yield "ready")
        except KeyError as error:
            yield error
        finally:
            closed.append(counted(registry))

    async def play() -> list[object]:
        generator, thrown = echo(), KeyError("thrown")
        played = [await generator.__anext__(), await generator.asend("sent"), await generator.athrow(thrown)]
        assert played == ["ready", "sent", thrown]
        return [item async for item in generator]

    assert asyncio.run(play()) == [] and closed == [(0, 0)] and counted(registry) == (1, 0)


@pytest.mark.parametrize("keyword", ["self", "function"])
@pytest.mark.parametrize("options", [{}, {"wait": 1}, {"fallback": print}], ids=["plain", "wait", "fallback"])
def test_a_guarded_function_may_have_any_keyword(registry: BreakerRegistry, options: dict, keyword: str) -> None:
    @registry.guard(HOST, **options)
    def load(**keywords: int) -> dict[str, int]:
        return keywords

    @registry.guard(HOST, **options)
    async def load_async(**keywords: int) -> dict[str, int]:
        return keywords

    assert load(**{keyword: 1}) == asyncio.run(load_async(**{keyword: 1})) == {keyword: 1}


@pytest.mark.parametrize(
    ("is_kind", "function"),
    [
        (inspect.isgeneratorfunction, pages),
        (inspect.isasyncgenfunction, pages_async),
        (inspect.iscoroutinefunction, awaited),
    ],
)
def test_a_guarded_function_is_of_the_same_kind(
    registry: BreakerRegistry, is_kind: Callable[[object], bool], function: Callable[..., Any]
) -> None:
    guarded = registry.guard(HOST)(function)
    assert is_kind(guarded) and guarded.__name__ == function.__name__


def test_a_class_is_called_when_an_object_is_made(registry: BreakerRegistry) -> None:
    assert isinstance(registry.guard(HOST)(Load)(), Load)
    assert counted(registry) == (1, 0)
