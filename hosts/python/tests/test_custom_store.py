"""Stores written in Python, below a board."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from fuseboard import AnswerLostError, Store
from fuseboard._core import Board


class DictStore:
    """A store in a dict that fails, or loses an answer, where a test says so."""

    def __init__(self) -> None:
        self.entries: dict[str, tuple[int, str]] = {}
        self.error: Exception | None = None
        self.loses_answers = False

    def load(self, key: str, known: int | None, within_s: float) -> tuple[int, str | None] | None:
        if self.error is not None:
            raise self.error
        entry = self.entries.get(key)
        return (entry[0], None) if entry and entry[0] == known else entry

    def compare_and_swap(
        self, key: str, expected: int | None, value: str, ttl_s: float | None, within_s: float
    ) -> int | tuple[int, str] | None:
        if self.error is not None:
            raise self.error
        entry = self.entries.get(key)
        if (entry[0] if entry else None) != expected:
            return entry
        self.entries[key] = ((expected or 0) + 1, value)
        if self.loses_answers:
            raise AnswerLostError("the connection broke")
        return self.entries[key][0]

    def list_keys(self, prefix: str, cursor: str | None, limit: int, within_s: float) -> tuple[list[str], str | None]:
        return ([key for key in self.entries if key.startswith(prefix)][:limit], None)


def board_on(store: Store) -> Board:
    return Board(store=store, engine="native")


def fail(board: Board) -> None:
    board.target("name", "orders-db").allow().failure(exception=OSError())


def status(board: Board) -> dict[str, Any]:
    return json.loads(board.status(json.dumps({"kind": "name", "name": "orders-db"})))


def streak(board: Board) -> int:
    return status(board)["circuit"]["failure_streak"]


def test_boards_share_their_state_by_a_store() -> None:
    store = DictStore()
    first, second = board_on(store), board_on(store)
    fail(first)
    fail(second)
    assert streak(first) == streak(second) == 2
    names = json.loads(first.list('{"kind": "name"}'))
    assert [circuit["circuit"]["name"] for circuit in names["circuits"]] == ["orders-db"]


@pytest.mark.parametrize("error", [OSError("away"), AnswerLostError("lost"), ZeroDivisionError()])
def test_what_a_store_raises_fails_no_call(error: Exception) -> None:
    store = DictStore()
    board = board_on(store)
    fail(board)
    assert "storage_lost_since_ms" not in status(board)
    store.error = error
    fail(board)
    assert status(board)["storage_lost_since_ms"] == json.loads(board.health())["storage_lost_since_ms"]


def test_an_outcome_whose_answer_was_lost_is_counted_once() -> None:
    store = DictStore()
    board = board_on(store)
    store.loses_answers = True
    fail(board)
    store.loses_answers = False
    board.flush()
    assert streak(board_on(store)) == 1


def test_an_answer_of_another_form_is_an_outage() -> None:
    class Wrong(DictStore):
        def load(self, key: str, known: int | None, within_s: float) -> tuple[int, str | None] | None:
            return (7, None)

    board = board_on(Wrong())
    fail(board)
    assert streak(board) == 1


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Python's handling of Ctrl-C. A process that a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class InterruptedStore(DictStore):
    """A store whose first load is interrupted, as by Ctrl-C."""

    def load(self, key: str, known: int | None, within_s: float) -> tuple[int, str | None] | None:
        if self.error is None:
            self.error = OSError("down")
            signal.raise_signal(signal.SIGINT)
        return super().load(key, known, within_s)


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_of_a_store_reaches_the_program() -> None:
    board = board_on(InterruptedStore())

    def work() -> None: ...

    with pytest.raises(KeyboardInterrupt):
        board.target("name", "orders-db").call(work)
    assert streak(board) == 0


@pytest.mark.usefixtures("interrupts")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_of_a_listener_reaches_the_program() -> None:
    board = Board(store="memory:", engine="native", on_event=lambda event: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        board.command(json.dumps({"kind": "name", "name": "orders-db"}), '"trip"')
    assert status(board)["circuit"]["phase"] == "open"
