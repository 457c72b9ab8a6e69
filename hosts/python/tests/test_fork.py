"""Forks of a process whose threads are in calls."""

import json
import multiprocessing
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fork_program import CONFIG, HOST, successes

from fuseboard import BreakerRegistry, SQLiteCooldownStore

PROGRAM = str(Path(__file__).with_name("fork_program.py"))
WORKERS, TASKS = 3, 12

pytestmark = pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="the system has no fork")


def forked(forks: int, engine: str, store: str) -> dict[str, int]:
    program = [sys.executable, PROGRAM, str(forks), engine, store]
    output = subprocess.run(program, capture_output=True, text=True, timeout=600, check=False)
    assert output.returncode == 0, output.stderr
    return json.loads(output.stdout)


@pytest.mark.parametrize(("engine", "forks"), [("native", 300), ("component", 30)])
def test_forks_under_busy_threads_are_never_stuck_and_the_parent_counts_its_own_calls(engine: str, forks: int) -> None:
    counted = forked(forks, engine, "memory:")
    # The children's memory is their own.
    assert counted["successes"] == counted["calls"] and counted["streak"] == 0


def test_a_store_that_parent_and_children_share_has_each_call_once(tmp_path: Path) -> None:
    forks = 10
    counted = forked(forks, "native", f"sqlite:{tmp_path / 'breakers.db'}")
    assert counted["successes"] == counted["calls"] + forks and counted["streak"] == 0


def _work(task: int) -> int:
    return _registry.call(HOST, None, abs, task)


def _report_late(task: int) -> int:
    _registry.allow(HOST)
    _registry.on_success(HOST)
    return task


_registry: BreakerRegistry


@pytest.mark.parametrize("work", [_work, _report_late])
def test_workers_of_multiprocessing_report_their_calls_before_they_end(tmp_path: Path, work: object) -> None:
    global _registry
    _registry = BreakerRegistry(CONFIG, cooldown_store=SQLiteCooldownStore(tmp_path / "breakers.db"), engine="native")
    assert _registry.call(HOST, None, len, "page") == 4
    is_over = threading.Event()
    busy = threading.Thread(
        target=lambda: [_registry.call("b.example", None, len, "") for _ in iter(is_over.is_set, True)]
    )
    busy.start()
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        assert pool.map(work, range(TASKS)) == list(range(TASKS))
        pool.close()
        pool.join()
    is_over.set()
    busy.join()
    _registry.flush()
    assert successes(_registry) == TASKS + 1
