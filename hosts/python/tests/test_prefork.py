"""A prefork server, as gunicorn with `preload_app`: one listening socket, workers that end after some requests, and busy threads."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest
from fork_program import CHILD_MAX_S, CONFIG, successes
from prefork_program import REQUESTS_OF_A_WORKER

from fuseboard import BreakerRegistry

PROGRAM = str(Path(__file__).with_name("prefork_program.py"))
WORKERS, CLIENTS = 12, 6

pytestmark = pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="the system has no fork")


def test_a_prefork_server_answers_each_request_and_counts_each_call_once(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'breakers.db'}"
    requests = WORKERS * REQUESTS_OF_A_WORKER
    program = [sys.executable, PROGRAM, store, str(WORKERS)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}/"

            def ask(_number: int) -> str:
                with urlopen(url, timeout=CHILD_MAX_S) as response:
                    return str(response.read())

            with ThreadPoolExecutor(CLIENTS) as clients:
                workers = list(clients.map(ask, range(requests)))
            calls, errors = server.communicate(timeout=CHILD_MAX_S)
        finally:
            server.kill()
    assert server.returncode == 0, errors
    assert [workers.count(worker) for worker in set(workers)] == [REQUESTS_OF_A_WORKER] * WORKERS
    # The children also made calls to another host, so that they were busy too.
    assert successes(BreakerRegistry(CONFIG, cooldown_store=store, engine="native")) == int(calls) + requests
