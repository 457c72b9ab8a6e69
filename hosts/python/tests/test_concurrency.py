"""Threads and tasks on one registry."""

import asyncio
import subprocess
import sys
import threading

import pytest
from fork_program import CONFIG, HOST, successes

from fuseboard import BreakerOpenError, BreakerRegistry, RequestRole
from fuseboard.testing import ManualClock, trip

THREADS, TASKS, CALLS = 16, 1_000, 200


def in_threads(work: object) -> None:
    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()


@pytest.mark.parametrize("engine", ["native", "component"])
def test_threads_on_one_registry_lose_no_call(engine: str) -> None:
    registry = BreakerRegistry(CONFIG, engine=engine)
    own = f"own.{HOST}"

    def work(thread: int) -> None:
        for call in range(CALLS):
            registry.allow(HOST)
            registry.on_success(HOST)
            registry.call(f"{thread}.{own}", RequestRole.METADATA, len, "page")
            if call % 50 == 0:
                registry.current_state(own)

    in_threads(work)
    registry.flush()
    assert successes(registry) == THREADS * CALLS


def test_a_failure_of_each_thread_counts() -> None:
    registry = BreakerRegistry(CONFIG, engine="native")
    in_threads(lambda _: registry.allow(HOST).failure(status=503))
    assert registry.status(HOST)["circuit"]["failure_streak"] == THREADS


def test_tasks_on_one_registry_settle_their_own_permits() -> None:
    registry = BreakerRegistry(CONFIG, engine="native")

    async def work(task: int) -> None:
        registry.allow(HOST)
        await asyncio.sleep(0)
        registry.on_failure(HOST) if task % 10 == 0 else registry.on_success(HOST)

    async def main() -> None:
        await asyncio.gather(*(work(task) for task in range(TASKS)))

    asyncio.run(main())
    registry.flush()
    window = registry.status(HOST)["circuit"]["window"]
    assert (window["successes"], window["failures"]) == (TASKS * 9 // 10, TASKS // 10)


def test_asyncio_is_not_imported_for_those_who_do_not_use_it() -> None:
    program = f"""
import sys
from fuseboard import BreakerRegistry, pybreaker
registry = BreakerRegistry({CONFIG!r})
registry.call({HOST!r}, None, len, "page")
with registry.guard({HOST!r}):
    registry.allow({HOST!r}).success()
pybreaker.CircuitBreaker().call(len, "page")
sys.exit("asyncio" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


class WaitingStore:
    """A store whose first load waits until the event loop has run."""

    def __init__(self) -> None:
        self.is_asked = threading.Event()
        self.loop_ran = threading.Event()
        self.waited_in_vain = False

    def load(self, key: str, known: int | None, within_s: float) -> None:
        self.is_asked.set()
        self.waited_in_vain |= not self.loop_ran.wait(10)

    def compare_and_swap(self, key: str, expected: int | None, value: str, ttl_s: float | None, within_s: float) -> int:
        return 1

    def list_keys(self, prefix: str, cursor: str | None, limit: int, within_s: float) -> tuple[list[str], None]:
        return ([], None)


async def while_the_store_waits(store: WaitingStore, waiting: asyncio.Task[object]) -> object:
    while not store.is_asked.is_set():
        await asyncio.sleep(0)
    store.loop_ran.set()
    return await waiting


async def twice(number: int) -> int:
    return 2 * number


@pytest.mark.parametrize("how", ["allow", "call", "guard", "decorator", "status", "flush", "report"])
def test_a_coroutine_waits_for_the_store_and_the_event_loop_goes_on(how: str) -> None:
    store = WaitingStore()
    registry = BreakerRegistry(CONFIG, engine="native", cooldown_store=store)

    async def guard() -> None:
        async with registry.guard(HOST):
            pass

    ways = {
        "allow": lambda: registry.aio.allow(HOST),
        "call": lambda: registry.aio.call(HOST, None, twice, 2),
        "guard": guard,
        "decorator": lambda: registry.guard(HOST)(twice)(2),
        "status": lambda: registry.aio.status(HOST),
        "flush": lambda: registry.aio.status("other.example"),
        "report": lambda: registry.aio.report(HOST, status=503),
    }

    async def main() -> None:
        await while_the_store_waits(store, asyncio.ensure_future(ways[how]()))

    asyncio.run(main())
    assert store.is_asked.is_set() and not store.waited_in_vain


def test_a_task_that_is_cancelled_while_it_asks_keeps_no_slot() -> None:
    clock, store = ManualClock(), WaitingStore()
    registry = BreakerRegistry(
        {"defaults": {"fail_max": 1, "reset_timeout_s": 30, "trial_calls": 1}},
        engine="native",
        cooldown_store=store,
        now_wall=clock,
        now_monotonic=clock,
    )

    async def main() -> None:
        waiting = asyncio.ensure_future(registry.aio.allow(HOST))
        while not store.is_asked.is_set():
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        store.loop_ran.set()

    asyncio.run(main())
    assert not store.waited_in_vain


def test_the_asynchronous_registry_passes_any_keyword_on() -> None:
    async def load(**keywords: str) -> dict[str, str]:
        return keywords

    keywords = {"self": "a", "host": "b", "role": "c", "function": "d"}
    registry = BreakerRegistry(CONFIG, engine="native")
    assert asyncio.run(registry.aio.call(HOST, None, load, **keywords)) == keywords


def test_the_asynchronous_registry_settles_as_the_other_one() -> None:
    registry = BreakerRegistry(CONFIG, engine="native")

    async def main() -> None:
        await registry.aio.allow(HOST)
        await registry.aio.on_failure(HOST, status=503)
        with pytest.warns(UserWarning, match="a second report"):
            await registry.aio.report(HOST, status=503)
        await registry.aio.allow(HOST)
        await registry.aio.on_failure(HOST, exception=TimeoutError())
        assert (await registry.aio.status(HOST))["circuit"]["failure_streak"] == 2
        trip(registry, HOST)
        assert await registry.aio.current_state(HOST) == "open"
        with pytest.raises(BreakerOpenError):
            await registry.aio.call(HOST, None, twice, 2)

    asyncio.run(main())
