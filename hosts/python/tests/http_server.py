"""A local HTTP server whose answers a test chooses by path."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar


class Handler(BaseHTTPRequestHandler):
    """`/STATUS` answers with that status, `/gzip` with a compressed page, `/pieces` without a length, `/zeros` with a long one.
    `/broken` and `/chunks` break off in their bodies, and `/stall` never ends its body."""

    protocol_version = "HTTP/1.1"
    requests: ClassVar[list[str]] = []
    release: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        self.requests.append(self.path)
        answer = getattr(self, f"answer_{self.path.strip('/')}", self.answer_status)
        answer()

    do_HEAD = do_GET

    def answer_status(self) -> None:
        status = int(self.path.strip("/"))
        self.send_response(status)
        if status in (429, 503):
            self.send_header("Retry-After", "7")
        if status == 302:
            self.send_header("Location", "/503")
        body = b"" if status == 204 else b"page"
        self.end(len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_gzip(self) -> None:
        body = gzip.compress(b"page")
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.end(len(body))
        self.wfile.write(body)

    def answer_broken(self) -> None:
        self.send_response(200)
        self.end(100)
        self.wfile.write(b"half")
        self.close_connection = True

    def answer_chunks(self) -> None:
        # In one piece, because clients fail in other ways where the body comes later.
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n")
        self.close_connection = True

    def answer_zeros(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"0" * 5_000 + b"4\r\n\r\npage")
        # Clients that cannot read the length read until then.
        self.close_connection = True

    def answer_pieces(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npage\r\n0\r\n\r\n")

    def answer_stall(self) -> None:
        self.send_response(200)
        self.end(100_000)
        self.wfile.write(b"x" * 1000)
        self.wfile.flush()
        self.release.wait(10)
        self.close_connection = True

    def end(self, length: int) -> None:
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Some clients leave before their answer is written."""


class Server:
    def __init__(self, port: int, handler: type[Handler]) -> None:
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"
        self._handler = handler

    @property
    def requests(self) -> list[str]:
        return self._handler.requests


@contextmanager
def serving() -> Iterator[Server]:
    handler = type("OneTest", (Handler,), {"requests": [], "release": threading.Event()})
    server = QuietServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Server(server.server_port, handler)
    finally:
        handler.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
