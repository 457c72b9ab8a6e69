"""Calls by pybreaker over its Redis storage: `pybreaker_cost.py PORT KIND CALLS CALLS_PER_SECOND THREADS`. See src/bin/redis-cost.rs."""

import contextlib
import sys
import threading
import time

import pybreaker
import redis

NEVER = 10**9


def breaker(client: redis.Redis, name: str, fail_max: int) -> pybreaker.CircuitBreaker:
    storage = pybreaker.CircuitRedisStorage(pybreaker.STATE_CLOSED, client, namespace=name)
    return pybreaker.CircuitBreaker(fail_max=fail_max, reset_timeout=60, state_storage=storage)


def succeed() -> None:
    pass


def fail() -> None:
    raise OSError


def main() -> None:
    port, kind, calls, per_second, threads = int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
    client = redis.Redis(port=port)
    client.ping()
    if kind == "tripping":
        breakers = [breaker(client, f"trip-{n}", 1) for n in range(calls)]
    else:
        breakers = [breaker(client, "shared", NEVER)]

    def run() -> None:
        start = time.monotonic()
        for n in range(calls // threads):
            if per_second:
                time.sleep(max(0.0, start + n / per_second - time.monotonic()))
            with contextlib.suppress(OSError, pybreaker.CircuitBreakerError):
                breakers[n % len(breakers)].call(succeed if kind == "healthy" else fail)

    print("ready", flush=True)
    sys.stdin.readline()
    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print("done", flush=True)


main()
