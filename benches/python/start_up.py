"""Measures what the package adds to a new process, over an interpreter that does nothing: time and memory of the import and of the first
guarded call. The time is that of the processor, so that other programs take no part of it. Usage: `start_up.py [ROUNDS]`, with the interpreter of an environment that has the package.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

IDLE = ""
GUARDED = """
from fuseboard import BreakerRegistry
registry = BreakerRegistry({"defaults": {"fail_max": 5}}%s)
registry.call("api.crossref.org", "metadata", len, "page")
"""
# At the end of each program, without what the interpreter frees after it.
SHOW = """
import resource
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def start(program: str) -> tuple[float, int]:
    """Runs a program. Returns its milliseconds and its largest resident memory in KiB."""
    output = subprocess.run([sys.executable, "-I", "-c", program + SHOW], capture_output=True, check=True)
    seconds, kib = output.stdout.split()
    return float(seconds) * 1e3, int(kib)


def main(rounds: int) -> None:
    programs = {"idle": IDLE, "component": GUARDED % "", "native": GUARDED % ', engine="native"'}
    measured: dict[str, list[tuple[float, int]]] = {name: [] for name in programs}
    # In turn, so that the machine's load falls on all of them.
    for _ in range(rounds):
        for name, program in programs.items():
            measured[name].append(start(program))
    idle_ms = min(ms for ms, _ in measured["idle"])
    idle_kib = statistics.median(kib for _, kib in measured["idle"])
    for name in ("component", "native"):
        ms = min(ms for ms, _ in measured[name]) - idle_ms
        mib = (statistics.median(kib for _, kib in measured[name]) - idle_kib) / 1024
        print(
            f"{name}: {ms:.1f} ms and {mib:.1f} MiB more than an idle interpreter ({idle_ms:.1f} ms, {idle_kib / 1024:.1f} MiB)"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
