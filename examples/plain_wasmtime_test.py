"""What the host of plain_wasmtime.py does apart from the stories: bad arguments, bad stores and clocks, interrupts, memory.

COMPONENT=fuseboard.wasm python -m unittest plain_wasmtime_test
"""

import os
import signal
import threading
import unittest
from collections.abc import Callable
from typing import Any

from plain_wasmtime import (
    Board,
    Clock,
    ConfigurationError,
    DictStore,
    LoadedComponent,
    Problem,
    Refused,
    Stopped,
    StoreError,
    document,
)

LOADED = LoadedComponent(os.environ["COMPONENT"])
TARGET = {"kind": "host", "name": "api.example.org"}
FAILED = {"end": "returned", "status": 503, "hints": []}
NO_LEASE = "defaults: {fail_max: 2, sharing: {lease_ms: 0}}"


class RaisingStore(DictStore):
    """A store whose loads call a function first."""

    before_load: Callable[[], Any] = staticmethod(lambda: None)

    def load(self, *arguments: Any) -> Any:
        self.before_load()
        return super().load(*arguments)


class HostTest(unittest.TestCase):
    def board(self, store: DictStore | None = None, clock: Clock | None = None) -> Board:
        board = Board(LOADED, store, clock)
        self.addCleanup(board.close)
        board.configure(document(NO_LEASE))
        return board

    def test_bad_arguments_are_refused_before_they_enter_the_component(self) -> None:
        board = self.board()
        bad: list[tuple[str, dict[str, Any]]] = [
            ("target.kind: must be one of host, name, is 'hots'", {"target": {**TARGET, "kind": "hots"}}),
            ("target: must be a record of kind, name, role, resolver", {"target": {**TARGET, "rol": "metadata"}}),
            ("target: must be a record with the field name", {"target": {"kind": "host"}}),
            ("target.name: must be a string, is 5", {"target": {**TARGET, "name": 5}}),
            ("surrogates not allowed", {"target": {**TARGET, "name": "\ud800"}}),
            ("settle: must be a record with the field report", {"target": TARGET}),
            (
                "report.status: must be an integer from 0 to 65535",
                {"target": TARGET, "report": {**FAILED, "status": 70503}},
            ),
            ("report.end: must be one of returned, raised", {"target": TARGET, "report": {**FAILED, "end": "returnd"}}),
        ]
        for message, arguments in bad:
            with self.subTest(message), self.assertRaisesRegex(ValueError, message):
                board.request("settle", **arguments)
        with self.assertRaisesRegex(ValueError, "request: must be one of configure, .*, is 'alow'"):
            board.request("alow", target=TARGET)
        self.assertEqual(board.request("status", target=TARGET)["circuit"]["failure_streak"], 0)

    def test_a_call_is_settled_and_refused_once_the_circuit_is_open(self) -> None:
        board = self.board()
        for error in (ConnectionError(), KeyboardInterrupt(), ConnectionError()):
            with self.assertRaises(type(error)):
                board.call(TARGET, lambda error=error: (_ for _ in ()).throw(error))
        with self.assertRaises(Refused) as refused:
            board.call(TARGET, self.fail)
        self.assertEqual(refused.exception.args[0]["circuit"]["last_failure"]["what"], "ConnectionError")

    def test_a_store_that_raises_is_an_outage_and_not_a_trap(self) -> None:
        for error in (OSError(), StoreError("unavailable", "\ud800"), KeyboardInterrupt(), SystemExit()):
            with self.subTest(error=error):
                store = RaisingStore()
                board = self.board(store)
                store.before_load = lambda error=error: (_ for _ in ()).throw(error)
                self.assertIn("admitted", board.request("allow", target=TARGET)["answer"])
                self.assertIn("storage_lost_since_ms", board.request("health"))

    def test_a_clock_that_raises_stands_still(self) -> None:
        readings = iter([5_000_000_000, 4_000_000_000])
        board = self.board(clock=Clock(monotonic_ns=lambda: next(readings), wall_ns=lambda: next(readings)))
        for _ in range(3):
            self.assertIn("admitted", board.request("allow", target=TARGET)["answer"])

    def test_a_store_that_calls_its_own_board_gets_an_error(self) -> None:
        store, errors = RaisingStore(), []
        board = self.board(store)

        def call_back() -> None:
            try:
                board.request("health")
            except RuntimeError as error:
                errors.append(str(error))

        store.before_load = call_back
        board.request("allow", target=TARGET)
        self.assertIn("must not make a request to its own board", errors[0])

    def test_after_a_trap_a_new_instance_has_the_configuration_and_the_stored_circuits(self) -> None:
        board = self.board()
        for _ in range(2):
            board.request("settle", target=TARGET, report=FAILED)
        with self.assertRaises(Stopped):
            board.request("normalize-host", host="x" * (80 << 20))
        self.assertEqual(board.request("status", target=TARGET)["circuit"]["phase"], "open")

    def test_an_interrupt_is_raised_after_the_request(self) -> None:
        # A shell starts programs in the background with this signal ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        store = RaisingStore()
        board = self.board(store)
        store.before_load = lambda: os.kill(os.getpid(), signal.SIGINT)
        with self.assertRaises(KeyboardInterrupt):
            board.request("allow", target=TARGET)
        store.before_load = lambda: None
        self.assertEqual(board.request("health")["kept"], 0)

    def test_a_bad_configuration_raises_with_all_its_faults(self) -> None:
        board = Board(LOADED)
        self.addCleanup(board.close)
        with self.assertRaises(ConfigurationError) as rejected:
            board.configure(document("defaults: {fail_max: 0, fail_mux: 1}"))
        self.assertEqual(len(rejected.exception.args[0]), 2)
        with self.assertRaisesRegex(Problem, "not-configured"):
            board.request("health")

    def test_threads_share_a_board(self) -> None:
        board = self.board()
        board.configure(document("defaults: {fail_max: 1000}"))
        fail = lambda: [board.request("settle", target=TARGET, report=FAILED) for _ in range(20)]
        threads = [threading.Thread(target=fail) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(board.request("status", target=TARGET)["circuit"]["failure_streak"], 160)

    def test_closed_boards_leave_no_memory_behind(self) -> None:
        def resident() -> int:
            with open("/proc/self/statm") as statm:
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        def make(boards: int) -> int:
            before = resident()
            for _ in range(boards):
                board = Board(LOADED)
                board.configure(document(NO_LEASE))
                board.close()
            return resident() - before

        make(20)
        self.assertLess(make(100), 100 * 50_000)


if __name__ == "__main__":
    unittest.main()
