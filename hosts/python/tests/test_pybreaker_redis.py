"""The drop-in's storage in Redis, with a server of its own for these tests."""

import multiprocessing
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

from fuseboard import pybreaker
from fuseboard.pybreaker import namespace_names


@pytest.fixture(scope="module")
def socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = str(tmp_path_factory.mktemp("redis") / "socket")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", path, "--save", ""], **quiet)
    waiting = Retry(ConstantBackoff(0.02), 500)
    with redis.Redis(unix_socket_path=path, retry=waiting, retry_on_error=[redis.ConnectionError]) as client:
        client.ping()
    yield path
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture(params=[False, True], ids=["bytes", "decoded"])
def client(request: pytest.FixtureRequest, socket: str) -> Iterator[redis.Redis]:
    with redis.Redis(unix_socket_path=socket, decode_responses=request.param) as client:
        client.flushall()
        yield client


@pytest.fixture(autouse=True)
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespace_names, "_names", {})


def breaker_on(client: redis.Redis, **settings: object) -> pybreaker.CircuitBreaker:
    storage = pybreaker.CircuitRedisStorage(pybreaker.STATE_CLOSED, client, namespace="api")
    return pybreaker.CircuitBreaker(state_storage=storage, **settings)


def fail() -> None:
    raise OSError("down")


def failing(breaker: pybreaker.CircuitBreaker) -> None:
    with pytest.raises(OSError):
        breaker.call(fail)


def keys(client: redis.Redis) -> dict[str, str]:
    """pybreaker's own keys, as it reads them."""
    values = {name: client.get(f"api:pybreaker:{name}") for name in ("state", "fail_counter", "success_counter")}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}


@pytest.mark.parametrize("cluster_mode", [False, True])
def test_breakers_in_two_places_share_one_circuit(client: redis.Redis, cluster_mode: bool) -> None:
    storages = [
        pybreaker.CircuitRedisStorage("closed", client, namespace="api", cluster_mode=cluster_mode) for _ in range(2)
    ]
    first, second = (pybreaker.CircuitBreaker(fail_max=3, state_storage=storage) for storage in storages)
    failing(first)
    failing(second)
    failing(first)
    assert second.current_state == "open" and second.fail_counter == 3 and storages[1].opened_at is not None
    assert keys(client) == {"state": "open", "fail_counter": "3", "success_counter": "0"}
    with pytest.raises(pybreaker.CircuitBreakerError):
        second.call(int)


def test_what_pybreaker_left_is_taken_over(client: redis.Redis) -> None:
    client.mset(
        {"api:pybreaker:state": "half-open", "api:pybreaker:fail_counter": 4, "api:pybreaker:success_counter": 1}
    )
    breaker = breaker_on(client, success_threshold=2)
    assert (breaker.current_state, breaker.fail_counter, breaker.success_counter) == ("half-open", 4, 1)
    breaker.call(int)
    assert keys(client) == {"state": "closed", "fail_counter": "0", "success_counter": "0"}


def test_without_a_record_the_fallback_applies(client: redis.Redis) -> None:
    storage = pybreaker.CircuitRedisStorage("closed", client, namespace="api", fallback_circuit_state="half-open")
    breaker = pybreaker.CircuitBreaker(fail_max=2, state_storage=storage)
    assert breaker.current_state == "closed"
    client.flushall()
    assert breaker.current_state == storage.state == "half-open"


def test_the_fields_of_the_storage_can_be_set(client: redis.Redis) -> None:
    storage = pybreaker.CircuitRedisStorage("closed", client, namespace="api")
    breaker = pybreaker.CircuitBreaker(state_storage=storage)
    storage.increment_counter()
    storage.increment_counter()
    assert breaker.fail_counter == storage.counter == 2
    storage.state = "half-open"
    storage.increment_success_counter()
    assert (breaker.current_state, breaker.success_counter) == ("half-open", 1)
    storage.reset_counter()
    storage.reset_success_counter()
    assert (storage.counter, storage.success_counter) == (0, 0)


def _fail_often(socket: str, calls: int) -> None:
    with redis.Redis(unix_socket_path=socket) as client:
        breaker = breaker_on(client, fail_max=100_000)
        for _ in range(calls):
            failing(breaker)
        breaker._circuit._board.flush()


def test_no_failure_of_several_processes_is_lost(client: redis.Redis, socket: str) -> None:
    workers = [multiprocessing.get_context("spawn").Process(target=_fail_often, args=(socket, 50)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert breaker_on(client).fail_counter == 200


def test_without_redis_the_process_decides_by_what_it_knows(tmp_path: Path, client: redis.Redis) -> None:
    breaker = breaker_on(client, fail_max=2)
    failing(breaker)
    nowhere = redis.Redis(unix_socket_path=str(tmp_path / "none"), retry=Retry(NoBackoff(), 0))
    breaker._state_storage._record._client = nowhere
    failing(breaker)
    assert breaker.current_state == "open" and breaker._state_storage.state == "closed"
    with pytest.raises(redis.ConnectionError):
        pybreaker.CircuitRedisStorage("closed", nowhere)


def test_two_names_on_one_namespace_are_warned_about(client: redis.Redis) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        breaker_on(client, name="search")
        breaker_on(client, name="search")
        with pytest.raises(UserWarning, match="'search' and 'download' share one circuit"):
            breaker_on(client, name="download")
