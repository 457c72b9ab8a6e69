"""Forks while threads are busy. Run as a program of its own, because a process that forks must run no other test.

Usage: `fork_program.py FORKS ENGINE STORE`. It prints what the parent counted, as JSON.
"""

import json
import os
import signal
import sys
import threading
import time

from fuseboard import BreakerRegistry

HOST = "api.crossref.org"
THREADS = 4
# Long enough for a loaded machine. A child that is stuck stays so.
CHILD_MAX_S = 60
AS_EXPECTED = 42
CONFIG = {
    "defaults": {
        "fail_max": 10_000,
        "window": {"kind": "time", "size": 3600, "failure_rate": 1},
        "sharing": {"lease_ms": 10_000, "storage_budget_ms": 30_000},
    }
}


def successes(registry: BreakerRegistry) -> int:
    window = registry.status(HOST)["circuit"].get("window")
    return 0 if window is None else int(window["successes"])


def in_child(registry: BreakerRegistry) -> bool:
    """Calls as a child. The permit that it inherits is the parent's to report, so this failure counts nothing."""
    registry.on_failure(HOST, status=503)
    return registry.call(HOST, None, len, "page") == 4 and registry.flush() == 0


def wait_for(child: int) -> None:
    end = time.monotonic() + CHILD_MAX_S
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == AS_EXPECTED, status
            return
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            raise TimeoutError("a child is stuck")
        time.sleep(0)


def main(forks: int, engine: str, store: str) -> None:
    registry = BreakerRegistry(CONFIG, engine=engine, cooldown_store=store)
    calls = [0] * THREADS
    is_over = threading.Event()

    def work(thread: int) -> None:
        target = registry.target(HOST)
        while not is_over.is_set():
            target.call(len, "page")
            calls[thread] += 1

    threads = [threading.Thread(target=work, args=(thread,), daemon=True) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    permit = registry.allow(HOST)
    for _ in range(forks):
        child = os.fork()
        if child == 0:
            is_fine = False
            try:
                is_fine = in_child(registry)
            finally:
                os._exit(AS_EXPECTED if is_fine else 1)
        wait_for(child)
    is_over.set()
    for thread in threads:
        thread.join()
    permit.success()
    registry.flush()
    status = registry.status(HOST)["circuit"]
    print(json.dumps({"calls": sum(calls) + 1, "successes": successes(registry), "streak": status["failure_streak"]}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
