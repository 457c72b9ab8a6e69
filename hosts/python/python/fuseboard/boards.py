"""Boards of this process: how each is opened, and what is done with all of them at a fork and at the end."""

from __future__ import annotations

import atexit
import os
import sys
import weakref

from ._core import Board, begin_child_process
from .errors import ComponentError
from .log import logger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .custom_store import Store

_boards: weakref.WeakSet[Board] = weakref.WeakSet()
_native_because: str | None = None


def open_board(
    *,
    store: str | Store,
    engine: str,
    on_start: str = "local",
    wall: Callable[[], float] | None = None,
    monotonic: Callable[[], float] | None = None,
    on_event: Callable[[str], object] | None = None,
    on_error: Callable[[str], object] | None = None,
) -> Board:
    """Opens a board. Where this machine cannot run the component, its engine is the native one, and the log says so once."""

    def open_with(engine: str) -> Board:
        return Board(
            store=store,
            engine=engine,
            on_start=on_start,
            wall=wall,
            monotonic=monotonic,
            on_event=on_event,
            on_error=on_error or _log_fault,
        )

    try:
        board = open_with("native" if engine == "component" and _native_because else engine)
    except ComponentError as unusable:
        _take_native(str(unusable))
        board = open_with("native")
    _boards.add(board)
    return board


def _take_native(because: str) -> None:
    global _native_because
    if _native_because is None:
        logger().warning("the native engine takes the place of the component: %s", because)
    _native_because = because


def _log_fault(fault: str) -> None:
    logger().error("%s; no call is affected", fault)


_before_flush: list[Callable[[], object]] = []


def before_flush(function: Callable[[], object]) -> None:
    """Has a function called before boards report everything."""
    _before_flush.append(function)


def finish_requests() -> None:
    """Waits for requests that have begun on other threads, and would report to a board after its flush."""
    for function in _before_flush:
        function()


def flush_all() -> None:
    """Reports what the boards of this process have batched or kept, for at most 2 s in all. At the end of a process nothing else can be
    done."""
    finish_requests()
    for board in list(_boards):
        try:
            kept = board.flush_before_exit()
        except Exception as fault:  # noqa: BLE001 - the process ends either way
            logger().warning("some outcomes are lost with this process: %s", fault)
        else:
            if kept:
                logger().warning("%d outcomes are lost with this process: the store does not answer", kept)


# The boards between the hooks of a fork. They are kept alive until it is over.
_forking: list[Board] = []


def _before_fork() -> None:
    _flush_at_the_end_of_children()
    _forking[:] = list(_boards)
    for board in _forking:
        board.before_fork()


def _after_fork_in_parent() -> None:
    for board in reversed(_forking):
        board.after_fork_in_parent()
    _forking.clear()


def _after_fork_in_child() -> None:
    begin_child_process()
    for board in reversed(_forking):
        board.after_fork_in_child()
    _forking.clear()


class _Anchor:
    """An object that lives as long as this module."""


_anchor = _Anchor()
_flushes_children = False


def _flush_at_the_end_of_children() -> None:
    """multiprocessing ends its children without `atexit`. Its own finalizers are called instead."""
    global _flushes_children
    util = sys.modules.get("multiprocessing.util")
    if util is None or _flushes_children:
        return
    _flushes_children = True
    util.register_after_fork(_anchor, lambda _: util.Finalize(None, flush_all, exitpriority=0))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
atexit.register(flush_all)
