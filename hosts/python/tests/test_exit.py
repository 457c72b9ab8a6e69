"""What a process still owes when it ends."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from fork_program import CONFIG, HOST, successes

from fuseboard import BreakerRegistry, SQLiteCooldownStore, boards

PROGRAM = f"""
import sys
from fuseboard import BreakerRegistry
registry = BreakerRegistry({CONFIG!r}, cooldown_store="sqlite:" + sys.argv[1], engine="native")
for _ in range(5):
    registry.call({HOST!r}, None, len, "page")
"""


def test_a_process_reports_its_leased_calls_when_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "breakers.db"
    subprocess.run([sys.executable, "-c", PROGRAM, str(path)], check=True, timeout=120)
    assert successes(BreakerRegistry(CONFIG, cooldown_store=SQLiteCooldownStore(path), engine="native")) == 5


class _Board:
    """A board that cannot write `kept` outcomes. It has no `flush`, because that has a limit of its own for each board."""

    def __init__(self, kept: int) -> None:
        self._kept = kept

    def flush_before_exit(self) -> int:
        return self._kept


def test_all_boards_flush_within_the_time_of_the_process(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(boards, "_boards", [_Board(kept=0), _Board(kept=3), _Board(kept=4)])
    with caplog.at_level(logging.WARNING):
        boards.flush_all()
    assert [record.getMessage().split()[0] for record in caplog.records] == ["3", "4"]
