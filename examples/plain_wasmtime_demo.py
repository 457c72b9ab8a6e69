"""Guards a call that fails with the host of plain_wasmtime.py: `python plain_wasmtime_demo.py fuseboard.wasm`."""

import sys

from plain_wasmtime import Board, LoadedComponent, Refused, document


def fetch() -> None:
    raise ConnectionError("no route to host")


board = Board(LoadedComponent(sys.argv[1]))
board.configure(document("defaults: {fail_max: 3, reset_timeout_s: 30}"))
target = {"kind": "host", "name": "api.example.org", "role": "metadata"}
for _ in range(5):
    try:
        board.call(target, fetch)
    except ConnectionError as error:
        print(f"failed: {error}")
    except Refused as refused:
        refusal = refused.args[0]
        print(f"refused: {refusal['circuit']['reason']}, retry after {refusal['retry_after_ms']} ms")
board.close()
