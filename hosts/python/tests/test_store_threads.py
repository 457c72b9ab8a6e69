"""The threads that wait for a store in place of an event loop."""

import asyncio
import contextvars
import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_custom_store import DictStore

from fuseboard import BreakerRegistry, boards, store_threads
from fuseboard.store_threads import StoreThreads
from fuseboard.testing import trip

HOST = "api.crossref.org"
# Longer than any test needs.
WAIT_S = 30
SHARING = {"lease_ms": 0, "storage_budget_ms": 30_000}
HALF_OPEN = {"defaults": {"fail_max": 1, "reset_timeout_s": 0, "trial_calls": 1, "sharing": SHARING}}


class GatedStore(DictStore):
    """A store that answers when its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def load(self, key: str, known: int | None, within_s: float) -> tuple[int, str | None] | None:
        self.is_asked.set()
        self.gate.wait(WAIT_S)
        return super().load(key, known, within_s)


def test_a_guard_needs_no_worker_of_the_default_executor() -> None:
    registry = BreakerRegistry(HALF_OPEN, cooldown_store=DictStore(), engine="native")

    async def guarded() -> str:
        async with registry.guard(HOST):
            return "page"

    async def main() -> str:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(max_workers=1) as executor:
            loop.set_default_executor(executor)
            return await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(guarded(), loop).result(WAIT_S))

    assert asyncio.run(main()) == "page"


def probes_after(end: Callable[[GatedStore, asyncio.Task[object]], object]) -> int:
    """The slots that are taken after a task that asked for one was cancelled, and its event loop has ended."""
    store = GatedStore()
    registry = BreakerRegistry(HALF_OPEN, cooldown_store=store, engine="native")
    trip(registry, HOST)

    async def guarded() -> None:
        async with registry.guard(HOST):
            raise AssertionError("the call was made")

    async def main() -> None:
        store.is_asked.clear()
        store.gate.clear()
        task = asyncio.ensure_future(guarded())
        while not store.is_asked.is_set():
            await asyncio.sleep(0)
        end(store, task)
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(main())
    store.gate.set()
    store_threads.finish()
    return registry.status(HOST)["circuit"]["probes"]


def test_a_slot_that_comes_after_the_end_of_the_event_loop_is_given_back() -> None:
    assert probes_after(lambda store, task: task.cancel()) == 0


def test_a_slot_that_comes_together_with_the_cancellation_is_given_back() -> None:
    def answer_and_cancel(store: GatedStore, task: asyncio.Task[object]) -> None:
        store.gate.set()
        store_threads.finish()
        task.cancel()

    assert probes_after(answer_and_cancel) == 0


def test_the_number_of_threads_is_bounded() -> None:
    threads, gate, running = StoreThreads(), threading.Event(), threading.Semaphore(0)

    def wait() -> str:
        running.release()
        gate.wait(WAIT_S)
        return threading.current_thread().name

    futures = [threads.submit(wait) for _ in range(100)]
    for _ in range(32):
        assert running.acquire(timeout=WAIT_S)
    assert not running.acquire(blocking=False)
    gate.set()
    assert len({future.result(WAIT_S) for future in futures}) == 32


def test_a_function_sees_the_context_of_its_caller() -> None:
    variable = contextvars.ContextVar("variable", default="")
    variable.set("of the caller")
    assert StoreThreads().submit(variable.get).result(WAIT_S) == "of the caller"


def test_an_exception_is_freed_without_the_garbage_collector() -> None:
    class Refused(Exception):
        pass

    def refuse() -> None:
        raise Refused

    threads = StoreThreads()
    gc.disable()
    try:
        future = threads.submit(refuse)
        freed = weakref.ref(future.exception(WAIT_S))
        del future
        threads.finish(WAIT_S)
        # The only thread has ended the first request when it serves another one.
        threads.submit(int).result(WAIT_S)
        assert freed() is None
    finally:
        gc.enable()


def test_a_process_that_gets_no_thread_waits_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    threads = StoreThreads()
    assert threads.submit(threading.get_ident).result(0) == threading.get_ident()
    threads.finish(0)


def test_what_has_begun_is_done_before_the_boards_report_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, done_before = threading.Event(), []

    class Board:
        def flush_before_exit(self) -> int:
            done_before.append(begun.done())
            return 0

    begun = store_threads.submit(lambda: gate.wait(WAIT_S))
    monkeypatch.setattr(boards, "_boards", [Board()])
    monkeypatch.setattr(boards, "_before_flush", [gate.set, *boards._before_flush])
    boards.flush_all()
    assert done_before == [True]


def test_a_flush_includes_what_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    registry, gate = BreakerRegistry(engine="native"), threading.Event()
    for flush in (registry.flush, registry.close, lambda: asyncio.run(registry.aio.flush())):
        gate.clear()
        begun = store_threads.submit(lambda: gate.wait(WAIT_S))
        with monkeypatch.context() as patched:
            patched.setattr(boards, "_before_flush", [gate.set, *boards._before_flush])
            flush()
        assert begun.done()


def test_requests_that_wait_for_the_others_do_not_wait_for_each_other() -> None:
    threads, begun = StoreThreads(), threading.Barrier(3)

    def wait() -> None:
        begun.wait(WAIT_S)
        threads.finish(10 * WAIT_S)

    for future in [threads.submit(wait) for _ in range(3)]:
        future.result(WAIT_S)


HANGING_STORE = """
import asyncio, threading
from fuseboard import BreakerRegistry
class Hanging:
    def load(self, *args): threading.Event().wait()
    compare_and_swap = list_keys = load
registry = BreakerRegistry(cooldown_store=Hanging(), engine="native")
async def main():
    asking = asyncio.ensure_future(registry.aio.allow("a.example"))
    await asyncio.wait([asking], timeout=0.01)
asyncio.run(main())
"""

FORK = """
import asyncio, os, sys
from fuseboard import BreakerRegistry
registry = BreakerRegistry({"defaults": {"sharing": {"lease_ms": 0}}}, cooldown_store="sqlite:" + sys.argv[1], engine="native")
async def main():
    async with registry.guard("a.example"):
        return 42
asyncio.run(main())
child = os.fork()
if child == 0:
    os._exit(asyncio.run(main()))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 42)
"""


def test_a_store_that_hangs_keeps_no_process_from_exiting() -> None:
    subprocess.run([sys.executable, "-c", HANGING_STORE], check=True, timeout=WAIT_S)


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="the system has no fork")
def test_a_child_has_threads_of_its_own(tmp_path: object) -> None:
    subprocess.run([sys.executable, "-c", FORK, f"{tmp_path}/breakers.db"], check=True, timeout=WAIT_S)
