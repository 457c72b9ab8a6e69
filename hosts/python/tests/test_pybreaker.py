"""The drop-in for pybreaker, where random sequences do not reach."""

import asyncio
import inspect
import pickle
import threading
from collections.abc import Iterator

import pybreaker as original
import pytest

from fuseboard import BreakerOpenError, pybreaker


class Clock:
    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(params=["component", "native"])
def clock(request: pytest.FixtureRequest) -> Iterator[Clock]:
    clock = Clock()
    pybreaker.use_engine(request.param, now_wall=clock, now_monotonic=clock)
    yield clock
    pybreaker.use_engine("component")


class Recorder(pybreaker.CircuitBreakerListener):
    """Keeps what a breaker calls it with, and raises where a test says so."""

    def __init__(self, raises_in: str = "") -> None:
        self.seen: list[str] = []
        self.raises_in = raises_in

    def note(self, what: str) -> None:
        self.seen.append(what)
        if what == self.raises_in:
            raise LookupError(what)

    def before_call(self, cb, func, *args, **kwargs) -> None:
        self.note("before_call")

    def success(self, cb) -> None:
        self.note("success")

    def failure(self, cb, exc) -> None:
        self.note("failure")

    def state_change(self, cb, old_state, new_state) -> None:
        self.note(f"{old_state.name} to {new_state.name}")


def fail(error: BaseException | None = None) -> None:
    raise error or ValueError("down")


def test_every_public_name_and_signature_is_there() -> None:
    names = {name for name in vars(original) if not name.startswith("_") and name[0].isupper()}
    ours = {name for name in names if getattr(getattr(original, name), "__module__", "pybreaker") == "pybreaker"}
    ours -= {"T", "UTC", "HAS_TORNADO_SUPPORT", "HAS_REDIS_SUPPORT", "TYPE_CHECKING", "ExceptionType"}
    ours -= {"CBListenerType", "CBStateType"}
    assert {name for name in ours if not hasattr(pybreaker, name)} == set()
    for name in sorted(ours):
        theirs = getattr(original, name)
        if not inspect.isclass(theirs):
            assert getattr(pybreaker, name) == theirs
            continue
        for member, value in vars(theirs).items():
            if member.startswith("_") and member not in ("__init__", "__call__"):
                continue
            if "State" in name and member not in ("name",) and not name.endswith("Storage"):
                continue
            mine = getattr(getattr(pybreaker, name), member)
            if callable(value):
                assert list(inspect.signature(mine).parameters) == list(inspect.signature(value).parameters), member


def test_the_tripping_error_is_of_both_types(clock: Clock) -> None:
    breaker = pybreaker.CircuitBreaker(fail_max=1)
    cause = FileNotFoundError(2, "no such file", "breakers.yaml")
    with pytest.raises(pybreaker.CircuitBreakerError, match="threshold reached") as raised:
        breaker.call(fail, cause)
    error = raised.value
    assert isinstance(error, FileNotFoundError) and error.__cause__ is cause
    assert (error.errno, error.filename, str(error)) == (2, "breakers.yaml", pybreaker.errors.THRESHOLD_REACHED)
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, FileNotFoundError) and isinstance(again, pybreaker.CircuitBreakerError)


class Slotted(Exception):
    __slots__ = ("code",)

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


class Final(Exception):
    def __init_subclass__(cls) -> None:
        raise TypeError("no subclasses")


@pytest.mark.parametrize(
    "cause", [Final(), GeneratorExit(), asyncio.CancelledError()], ids=["final", "generator exit", "cancelled"]
)
def test_the_tripping_error_is_plain_where_no_type_can_be_both(clock: Clock, cause: BaseException) -> None:
    with pytest.raises(pybreaker.CircuitBreakerError) as raised:
        pybreaker.CircuitBreaker(fail_max=1).call(fail, cause)
    assert type(raised.value) is pybreaker.CircuitBreakerError and raised.value.__cause__ is cause


def test_a_cancellation_that_trips_ends_its_task_with_an_error(clock: Clock) -> None:
    @pybreaker.CircuitBreaker(fail_max=1)
    async def slow() -> None:
        await asyncio.Event().wait()

    async def cancel() -> None:
        task = asyncio.ensure_future(slow())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert not task.cancelled() and type(task.exception()) is pybreaker.CircuitBreakerError

    asyncio.run(cancel())


def pages():
    yield 1
    yield 2


@pytest.mark.parametrize("end", ["close", "throw", "send", "del"])
def test_a_generator_that_is_never_started_frees_its_slot(clock: Clock, end: str) -> None:
    breaker = pybreaker.CircuitBreaker()
    breaker.half_open()
    generator = breaker.call(pages)
    if end == "close":
        generator.close()
    elif end == "throw":
        with pytest.raises(LookupError):
            generator.throw(LookupError())
    elif end == "send":
        with pytest.raises(TypeError, match="just-started generator"):
            generator.send(1)
    else:
        del generator
    assert breaker.current_state == pybreaker.STATE_HALF_OPEN
    assert list(breaker.call(pages)) == [1, 2]
    assert breaker.current_state == pybreaker.STATE_CLOSED


def test_the_tripping_error_has_the_attributes_of_the_original(clock: Clock) -> None:
    with pytest.raises(Slotted) as raised:
        pybreaker.CircuitBreaker(fail_max=1).call(fail, Slotted(7))
    assert raised.value.code == 7 and isinstance(raised.value, pybreaker.CircuitBreakerError)


def test_the_original_error_is_raised_on_request(clock: Clock) -> None:
    breaker = pybreaker.CircuitBreaker(fail_max=1, throw_new_error_on_trip=False)
    with pytest.raises(ValueError) as raised:
        breaker.call(fail)
    assert not isinstance(raised.value, pybreaker.CircuitBreakerError) and breaker.open() is False


def test_a_refusal_has_the_time_to_wait(clock: Clock) -> None:
    breaker = pybreaker.CircuitBreaker(reset_timeout=30)
    breaker.open()
    with pytest.raises(pybreaker.CircuitBreakerError, match="still open") as raised:
        breaker.call(fail)
    assert isinstance(raised.value, BreakerOpenError) and raised.value.retry_after_s == 30
    again = pickle.loads(pickle.dumps(raised.value))
    assert isinstance(again, pybreaker.CircuitBreakerError)
    assert (str(again), again.retry_after_s) == (str(raised.value), 30)


def test_calls_of_one_breaker_run_side_by_side(clock: Clock) -> None:
    breaker = pybreaker.CircuitBreaker()
    both = threading.Barrier(2, timeout=10)
    threads = [threading.Thread(target=breaker.call, args=(both.wait,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert breaker.fail_counter == 0


@pytest.mark.parametrize("where", ["failure", "closed to open"])
def test_the_circuit_opens_although_a_listener_raises(clock: Clock, where: str) -> None:
    breaker = pybreaker.CircuitBreaker(fail_max=1, listeners=[Recorder(where)])
    with pytest.raises(LookupError):
        breaker.call(fail)
    assert breaker.current_state == pybreaker.STATE_OPEN


def test_a_trial_call_that_a_listener_stops_frees_its_slot(clock: Clock) -> None:
    listener = Recorder("before_call")
    breaker = pybreaker.CircuitBreaker(listeners=[listener])
    breaker.half_open()
    with pytest.raises(LookupError):
        breaker.call(int)
    listener.raises_in = ""
    assert breaker.call(int) == 0 and breaker.current_state == pybreaker.STATE_CLOSED


def test_reading_the_state_notifies_listeners_of_what_time_changed(clock: Clock) -> None:
    listener = Recorder()
    breaker = pybreaker.CircuitBreaker(reset_timeout=5, listeners=[listener])
    breaker.open()
    clock.seconds += 5
    assert breaker.state.name == pybreaker.STATE_HALF_OPEN
    breaker.call(int)
    assert listener.seen == ["closed to open", "open to half-open", "before_call", "half-open to closed", "success"]


def test_an_excluded_exception_counts_as_a_success(clock: Clock) -> None:
    breaker = pybreaker.CircuitBreaker(fail_max=2, exclude=[KeyError])
    for error in (OSError(), KeyError(), OSError()):
        with pytest.raises(type(error)):
            breaker.call(fail, error)
    assert (breaker.current_state, breaker.fail_counter) == ("closed", 1)


def test_an_exclusion_that_raises_counts_nothing(clock: Clock) -> None:
    breaker = pybreaker.CircuitBreaker(fail_max=1, exclude=[lambda error: error.missing])
    with pytest.raises(AttributeError):
        breaker.call(fail)
    assert breaker.current_state == pybreaker.STATE_CLOSED


def test_listeners_and_exclusions_are_added_and_removed() -> None:
    breaker = pybreaker.CircuitBreaker(name="api")
    first, second = Recorder(), Recorder()
    breaker.add_listeners(first, second)
    breaker.remove_listener(first)
    breaker.add_excluded_exceptions(KeyError, OSError)
    breaker.remove_excluded_exception(KeyError)
    assert breaker.listeners == (second,) and breaker.excluded_exceptions == (OSError,)
    assert breaker.is_system_error(KeyError()) and not breaker.is_system_error(FileNotFoundError())


def test_coroutine_functions_are_guarded_until_they_end(clock: Clock) -> None:
    breaker = pybreaker.CircuitBreaker(fail_max=2)

    @breaker
    async def decorated() -> None:
        await asyncio.sleep(0)
        raise OSError("down")

    async def twice() -> None:
        with pytest.raises(OSError):
            await decorated()
        assert breaker.fail_counter == 1
        with pytest.raises(pybreaker.CircuitBreakerError):
            await breaker.call_async(decorated.__wrapped__)

    asyncio.run(twice())
    assert breaker.current_state == pybreaker.STATE_OPEN


def test_a_function_without_a_coroutine_may_be_called_async(clock: Clock) -> None:
    @pybreaker.CircuitBreaker()(__pybreaker_call_async=True)
    def value() -> int:
        return 7

    assert asyncio.run(value()) == 7


def test_values_out_of_range_do_not_fail(clock: Clock) -> None:
    breaker = pybreaker.CircuitBreaker(fail_max=10**12, reset_timeout=10**9, success_threshold=None)
    assert breaker.success_threshold == 1 and breaker.call(int) == 0
    breaker.fail_max = 0
    with pytest.raises(pybreaker.CircuitBreakerError):
        breaker.call(fail)


def test_a_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown state 'half_open', valid states: closed, open, half-open"):
        pybreaker.CircuitBreaker(state_storage=pybreaker.CircuitMemoryStorage("half_open"))
