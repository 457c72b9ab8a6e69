"""A server whose workers are forked while threads of the parent are in calls. Run as a program of its own.

Usage: `prefork_program.py STORE WORKERS`. It prints its port. So many workers serve, a few at a time: one that has served
`REQUESTS_OF_A_WORKER` ends, and the next one is forked. Then the server prints how many calls its own threads made.
"""

import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from fork_program import AS_EXPECTED, CONFIG, HOST

from fuseboard import BreakerRegistry

REQUESTS_OF_A_WORKER = 4
WORKERS_AT_ONCE = 3
THREADS = 2
OTHER_HOST = "doi.org"


class CallingThreads:
    """Threads that make calls all the time."""

    def __init__(self, registry: BreakerRegistry, host: str) -> None:
        self.calls = 0
        self._registry, self._host = registry, host
        self._lock, self._is_over = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        calls = 0
        while not self._is_over.is_set():
            self._registry.call(self._host, None, len, "page")
            calls += 1
        with self._lock:
            self.calls += calls

    def end(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()


def serve(registry: BreakerRegistry, listener: socket.socket) -> None:
    """Serves requests with one call each. What the worker owes then is reported at its end, as at that of every process."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = str(registry.call(HOST, None, os.getpid)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nobody reads it."""

    threads = CallingThreads(registry, OTHER_HOST)
    server = HTTPServer(listener.getsockname(), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    for _ in range(REQUESTS_OF_A_WORKER):
        server.handle_request()
    threads.end()


def wait_for_a_worker() -> None:
    _, status = os.wait()
    assert os.waitstatus_to_exitcode(status) == AS_EXPECTED, status


def main(store: str, workers: int) -> None:
    registry = BreakerRegistry(CONFIG, cooldown_store=store, engine="native")
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    threads = CallingThreads(registry, HOST)
    print(listener.getsockname()[1], flush=True)
    for number in range(workers):
        if number >= WORKERS_AT_ONCE:
            wait_for_a_worker()
        if os.fork() == 0:
            serve(registry, listener)
            sys.exit(AS_EXPECTED)
    for _ in range(min(workers, WORKERS_AT_ONCE)):
        wait_for_a_worker()
    threads.end()
    registry.flush()
    print(threads.calls, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
