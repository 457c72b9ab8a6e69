"""What a process still owes when it ends."""

import subprocess
import sys
from pathlib import Path

from fork_program import CONFIG, HOST, successes

from fuseboard import BreakerRegistry, SQLiteCooldownStore

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
