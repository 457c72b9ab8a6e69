"""The threads that wait for stores in place of event loops."""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from . import boards

_T = TypeVar("_T")

# One thread waits for one request at a time.
_THREADS_MAX = 32
# How long a flush and the end of a process wait for requests that have begun.
_FINISH_S = 2


class StoreThreads:
    """Threads that are started when they are first needed. They are daemons, so a store that hangs keeps no process from exiting.

    asyncio's own executor would not do: the program may fill it with functions that wait for the event loop, and an event loop that
    has ended has none.
    """

    def __init__(self) -> None:
        self._requests: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._unfinished = 0
        # Requests that wait for the others to finish.
        self._finishing = 0
        # A finalizer may submit a request on a thread that holds the lock.
        self._changed = threading.Condition(threading.RLock())

    def submit(self, function: Callable[[], _T]) -> Future[_T]:
        """Calls a function on a thread, in a copy of the context. Its future cannot be cancelled."""
        future: Future[_T] = Future()
        future.set_running_or_notify_cancel()
        context = contextvars.copy_context()
        with self._changed:
            self._unfinished += 1
            if len(self._threads) < min(self._unfinished, _THREADS_MAX):
                self._start_thread()
            is_served = bool(self._threads)
        if is_served:
            self._requests.put((future, lambda: context.run(function)))
        else:
            # This process gets no thread. The caller waits for the store itself.
            self._serve(future, function)
        return future

    def finish(self, within_s: float) -> None:
        """Waits until nothing is left to do, or the time is over. A request may wait for the others."""
        with self._changed:
            own = int(threading.current_thread() in self._threads)
            self._finishing += own
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._unfinished <= self._finishing, within_s)
            self._finishing -= own

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._run, name=f"fuseboard-store-{len(self._threads)}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return
        self._threads.add(thread)

    def _run(self) -> None:
        while True:
            self._serve(*self._requests.get())

    def _serve(self, future: Future[Any], function: Callable[[], Any]) -> None:
        try:
            future.set_result(function())
        except BaseException as exception:  # noqa: BLE001 - the waiting task receives it
            future.set_exception(exception)
            # The traceback has this frame, so the frame must not have the exception.
            del future
        with self._changed:
            self._unfinished -= 1
            self._changed.notify_all()


_of_this_process = StoreThreads()


def submit(function: Callable[[], _T]) -> Future[_T]:
    """Calls a function on a thread of this process, in a copy of the context. Its future cannot be cancelled."""
    return _of_this_process.submit(function)


def finish() -> None:
    """Waits for what the threads of this process do, for at most 2 s."""
    _of_this_process.finish(_FINISH_S)


def _after_fork_in_child() -> None:
    """The threads are the parent's, and so is what they have to do."""
    global _of_this_process
    _of_this_process = StoreThreads()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
boards.before_flush(finish)
