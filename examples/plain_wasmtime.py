"""A host of the Fuseboard component, on PyPI's `wasmtime` package alone.

plain_wasmtime_demo.py uses it. wit/board.wit describes every request and field. Arguments and answers are plain values:

- a record is a dict, with `_` for the `-` of its field names. A field whose option is none is left out;
- an enum is its name. So is a case of a variant without a payload; a case with a payload is {name: payload}.

This host makes one request for each call: it neither uses leases nor repeats refusals. It limits the component's memory,
but not its time. docs/embedding.md describes the traps of the `wasmtime` package.
"""

import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import wasmtime
from wasmtime import component as wasm

BOARD = "fuseboard:breaker/board@0.1.0"
ADVISOR = "fuseboard:breaker/advisor@0.1.0"
STORAGE = "fuseboard:breaker/storage@0.1.0"
MONOTONIC_CLOCK = "wasi:clocks/monotonic-clock@0.2.0"
WALL_CLOCK = "wasi:clocks/wall-clock@0.2.0"

U64_MAX = 2**64 - 1
INTEGER_MAX = {wasm.U16: 2**16 - 1, wasm.U32: 2**32 - 1, wasm.U64: U64_MAX}
# The class of a value in `wasmtime`, if it is not `int`.
VALUE_CLASS = {wasm.RecordType: wasm.Record, wasm.VariantType: wasm.Variant, wasm.ListType: list, None: type(None)}
MEMORY_BYTES = 64 << 20
RAISED_TYPES_MAX = 32
# For jitter and stagger: all boards of a process have the same.
PROCESS_SEED = secrets.randbits(64)

Value = Any


class Problem(Exception):
    """A request has no result. The arguments are the code and the detail of the record `problem`."""


class ConfigurationError(ValueError):
    """The configuration is rejected. The argument has all its faults and warnings: a list of records `diagnostic`."""


class Refused(Exception):
    """The circuit refused a call. The argument is the record `refused`."""


class Stopped(RuntimeError):
    """The component trapped, and its instance was discarded. The next request starts a new one."""


class StoreError(Exception):
    """A store raises it with two arguments: a case of `storage-error` ("unavailable", "unknown", "refused") and a text."""


class Shape(NamedTuple):
    """A type of the component, read once: `wasmtime` reads it anew for each value."""

    kind: type[wasm.ValType] | None
    # Of a record, variant or result: the shapes by name. Of a list or option: the shape within. Of an enum: the names.
    parts: Any = None


def shape(ty: wasm.ValType | None) -> Shape:
    match ty:
        case None:
            return Shape(None)
        case wasm.RecordType():
            return Shape(wasm.RecordType, {name: shape(part) for name, part in ty.fields})
        case wasm.VariantType():
            return Shape(wasm.VariantType, {name: shape(payload) for name, payload in ty.cases})
        case wasm.ResultType():
            return Shape(wasm.ResultType, {"ok": shape(ty.ok), "err": shape(ty.err)})
        case wasm.ListType():
            return Shape(wasm.ListType, shape(ty.element))
        case wasm.OptionType():
            return Shape(wasm.OptionType, shape(ty.payload))
        case wasm.EnumType():
            return Shape(wasm.EnumType, ty.names)
    return Shape(type(ty))


def to_wasm(of: Shape, value: Value, path: str) -> Value:
    """The value as `wasmtime` takes it. Checks what `wasmtime` does not: the range of an integer, the name of an enum."""
    kind, parts = of
    if kind is wasm.RecordType:
        return record_to_wasm(parts, value, path)
    if kind is wasm.ListType:
        return [to_wasm(parts, one, f"{path}[{index}]") for index, one in enumerate(value)]
    if kind is wasm.OptionType:
        return None if value is None else to_wasm(parts, value, path)
    if kind is wasm.VariantType:
        (name, payload), *more = value.items() if isinstance(value, dict) else [(value, None)]
        check(name in parts and not more, f"one of {', '.join(parts)}", value, path)
        return wasm.Variant(name, to_wasm(parts[name], payload, f"{path}.{name}"))
    if kind is wasm.EnumType:
        check(value in parts, f"one of {', '.join(parts)}", value, path)
    elif kind is wasm.String:
        check(isinstance(value, str), "a string", value, path)
        value.encode()  # An unpaired surrogate raises here.
    elif kind is not None:
        largest = INTEGER_MAX[kind]
        check(type(value) is int and 0 <= value <= largest, f"an integer from 0 to {largest}", value, path)
    return value


def record_to_wasm(fields: dict[str, Shape], value: dict[str, Value], path: str) -> wasm.Record:
    names = {name.replace("-", "_"): name for name in fields}
    check(value.keys() <= names.keys(), f"a record of {', '.join(names)}", value, path)
    record = wasm.Record()
    for key, name in names.items():
        check(key in value or fields[name].kind is wasm.OptionType, f"a record with the field {key}", value, path)
        setattr(record, name, to_wasm(fields[name], value.get(key), f"{path}.{key}"))
    return record


def check(is_valid: bool, must_be: str, value: Value, path: str) -> None:
    if not is_valid:
        raise ValueError(f"{path}: must be {must_be}, is {value!r}")


def from_wasm(of: Shape, value: Value) -> Value:
    kind, parts = of
    if kind is wasm.RecordType:
        fields = ((name.replace("-", "_"), from_wasm(part, getattr(value, name))) for name, part in parts.items())
        return {key: value for key, value in fields if value is not None}
    if kind is wasm.ListType:
        return [from_wasm(parts, one) for one in value]
    if kind is wasm.OptionType:
        return None if value is None else from_wasm(parts, value)
    if kind is wasm.VariantType:
        payload = parts[value.tag]
        return {value.tag: from_wasm(payload, value.payload)} if payload.kind else value.tag
    return value


class Signature:
    """The shapes of a function's parameters and of its answer."""

    def __init__(self, function: wasm.FuncType) -> None:
        self.parameters = {name: shape(ty) for name, ty in function.params}
        answer = shape(function.result)
        self.sides = answer.parts if answer.kind is wasm.ResultType else {"ok": answer, "err": Shape(None)}
        # `wasmtime` leaves out the tag of a result whose sides have different classes.
        classes = [VALUE_CLASS.get(side.kind, int) for side in self.sides.values()]
        self.is_tagged, self.err_class = classes[0] is classes[1], classes[1]

    def arguments_to_wasm(self, name: str, arguments: dict[str, Value]) -> list[Value]:
        record = record_to_wasm(self.parameters, arguments, name)
        return [getattr(record, parameter) for parameter in self.parameters]

    def answer_to_wasm(self, side: str, value: Value) -> Value:
        payload = to_wasm(self.sides[side], value, side)
        return wasm.Variant(side, payload) if self.is_tagged else payload

    def answer_from_wasm(self, answer: Value) -> tuple[str, Value]:
        if self.is_tagged:
            return answer.tag, from_wasm(self.sides[answer.tag], answer.payload)
        side = "err" if isinstance(answer, self.err_class) else "ok"
        return side, from_wasm(self.sides[side], answer)


def monotonic_ns() -> int:
    """A clock that runs on during sleep, as the contract demands. On Linux `time.monotonic_ns` does not."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic_ns()


@dataclass
class Clock:
    """The two clocks, as functions. A test sets its own."""

    monotonic_ns: Callable[[], int] = monotonic_ns
    wall_ns: Callable[[], int] = time.time_ns


@dataclass
class DictStore:
    """A store in a dict; wit/storage.wit states its duties. Boards may share it: an operation holds the lock."""

    clock: Clock = field(default_factory=Clock)
    # By key: revision, value, and the monotonic time in ns at which the key is absent again, or None.
    entries: dict[str, tuple[int, str, int | None]] = field(default_factory=dict)
    revisions: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self, key: str, known: int | None, within_ms: int) -> Value:
        with self.lock:
            entry = self._entry(key)
        if entry is None:
            return "missing"
        return "unchanged" if entry["revision"] == known else {"found": entry}

    def compare_and_swap(self, key: str, expected: int | None, value: str, ttl_ms: int | None, within_ms: int) -> Value:
        with self.lock:
            current = self._entry(key)
            if (current and current["revision"]) != expected:
                return {"conflict": {"current": current}}
            self.revisions += 1
            until = None if ttl_ms is None else min(self.clock.monotonic_ns() + ttl_ms * 1_000_000, U64_MAX)
            self.entries[key] = (self.revisions, value, until)
            return {"stored": {"revision": self.revisions}}

    def list_keys(self, prefix: str, cursor: str | None, limit: int, within_ms: int) -> Value:
        with self.lock:
            keys = sorted(key for key in list(self.entries) if key.startswith(prefix) and self._entry(key))
        keys = [key for key in keys if cursor is None or key > cursor]
        return {"keys": keys[:limit], "next": keys[limit - 1] if len(keys) > limit else None}

    def _entry(self, key: str) -> dict[str, Value] | None:
        """The record `entry` of a key. A key whose time is over is removed."""
        revision, value, until = self.entries.get(key, (0, "", 0))
        if until is not None and self.clock.monotonic_ns() >= until:
            self.entries.pop(key, None)
            return None
        return {"revision": revision, "value": value}


class LoadedComponent:
    """The component, compiled once for any number of boards. Compiling takes a second or two."""

    def __init__(self, path: str) -> None:
        self.engine = wasmtime.Engine()
        self.component = wasm.Component.from_file(self.engine, path)
        self.storage = dict(self._functions(self.component.type.imports(self.engine)[STORAGE]))
        # By the name of the request: its signature, and its place in the component.
        self.requests: dict[str, tuple[Signature, wasm.ExportIndex | None]] = {}
        for interface in (BOARD, ADVISOR):
            place = self.component.get_export_index(interface)
            for name, signature in self._functions(self.component.type.exports(self.engine)[interface]):
                self.requests[name] = (signature, self.component.get_export_index(name, place))

    def _functions(self, interface: wasm.ComponentInstanceType) -> list[tuple[str, Signature]]:
        items = interface.exports(self.engine).items()
        return [(name, Signature(item)) for name, item in items if isinstance(item, wasm.FuncType)]


class Board:
    """One configured engine. Threads may share it: its requests run one after another. A forked child makes its own."""

    def __init__(self, loaded: LoadedComponent, store: Any = None, clock: Clock | None = None) -> None:
        self._loaded = loaded
        self._clock = clock or Clock()
        self._store = store or DictStore(self._clock)
        self._lock = threading.RLock()
        # None: the next request makes them.
        self._instance: tuple[wasm.Instance, wasm.Linker, wasmtime.Store] | None = None
        self._sources: dict[str, Value] | None = None
        self._is_running = False
        self._readings = {"monotonic_ns": 0, "wall_ns": 0}

    def close(self) -> None:
        """Frees the instance. Nothing else does, because `wasmtime` keeps the functions of a linker."""
        with self._lock:
            instance, self._instance = self._instance, None
            for part in instance[1:] if instance else ():
                part.close()

    def configure(self, sources: dict[str, Value], identity: dict[str, int] | None = None) -> list[dict[str, Value]]:
        """Reads the record `sources`, which `document` makes of a text. Returns the warnings."""
        side, answer = self._request("configure", {"sources": sources, "identity": identity or new_identity()})
        if side == "err":
            raise ConfigurationError(answer)
        self._sources = sources
        return answer["warnings"]

    def request(self, name: str, **arguments: Value) -> Value:
        """Makes any other request of wit/board.wit or wit/advisor.wit: `request("status", target=target)`."""
        side, answer = self._request(name, arguments)
        if side == "err":
            raise Problem(answer["code"], answer["detail"])
        return answer

    def call(self, target: dict[str, Value], function: Callable[..., Value], *arguments: Value) -> Value:
        """Calls the function if the circuit admits the call, and reports how the call ended."""
        answer = self.request("allow", target=target)["answer"]
        if "refused" in answer:
            raise Refused(answer["refused"])
        end: Value = "returned"
        start = time.monotonic_ns()
        try:
            return function(*arguments)
        except Exception as error:
            end = {"raised": {"types": [ty.__qualname__ for ty in type(error).__mro__[:RAISED_TYPES_MAX]]}}
            raise
        except BaseException:  # KeyboardInterrupt, asyncio.CancelledError: the caller gave up.
            end = "cancelled"
            raise
        finally:
            report = {"end": end, "elapsed_ns": time.monotonic_ns() - start, "hints": []}
            self.request("settle", target=target, permit=answer["admitted"]["permit"], report=report)

    def _request(self, name: str, arguments: dict[str, Value]) -> tuple[str, Value]:
        check(name in self._loaded.requests, f"one of {', '.join(self._loaded.requests)}", name, "request")
        signature, _ = self._loaded.requests[name]
        lowered = signature.arguments_to_wasm(name, arguments)
        with self._lock, interrupts_deferred():
            if self._is_running:
                raise RuntimeError(f"{name}: a store or a clock must not make a request to its own board")
            self._is_running = True
            try:
                if self._instance is None:
                    self._start()
                return signature.answer_from_wasm(self._enter(name, lowered))
            except Exception as error:
                self.close()
                raise Stopped(f"{name}: the component stopped: {error}. The next request starts a new one") from error
            finally:
                self._is_running = False

    def _enter(self, name: str, arguments: list[Value]) -> Value:
        instance, _, store = self._instance
        return instance.get_func(store, self._loaded.requests[name][1])(store, *arguments)

    def _start(self) -> None:
        """Makes an instance. If it replaces another, it gets the same configuration and a new writer."""
        linker, store = wasm.Linker(self._loaded.engine), wasmtime.Store(self._loaded.engine)
        store.set_limits(memory_size=MEMORY_BYTES)
        imports = {
            MONOTONIC_CLOCK: {"now": lambda _: self._read("monotonic_ns")},
            WALL_CLOCK: {"now": lambda _: self._wall_now()},
            STORAGE: {name: self._storage_import(name, signature) for name, signature in self._loaded.storage.items()},
        }
        with linker.root() as root:
            for interface, functions in imports.items():
                with root.add_instance(interface) as place:
                    for name, function in functions.items():
                        place.add_func(name, function)
        self._instance = (linker.instantiate(store, self._loaded.component), linker, store)
        if self._sources:
            arguments = {"sources": self._sources, "identity": new_identity()}
            self._enter("configure", self._loaded.requests["configure"][0].arguments_to_wasm("configure", arguments))

    def _storage_import(self, name: str, signature: Signature) -> Callable[..., Value]:
        """A function of the store. It never raises: an import that raises makes its instance unusable, or the process crash."""
        operation = getattr(self._store, name.replace("-", "_"))
        # A swap that raised may have written before.
        kind_of_others = "unknown" if name == "compare-and-swap" else "unavailable"

        def call(_: object, *arguments: Value) -> Value:
            try:
                values = [from_wasm(of, one) for of, one in zip(signature.parameters.values(), arguments)]
                return signature.answer_to_wasm("ok", operation(*values))
            except BaseException as error:  # noqa: BLE001
                kind, detail = error.args if isinstance(error, StoreError) else (kind_of_others, repr(error))
                return signature.answer_to_wasm("err", {kind: detail.encode("ascii", "backslashreplace").decode()})

        return call

    def _read(self, clock: str) -> int:
        """A reading. A clock that raises stands still, because the contract has no error for clocks."""
        last = self._readings[clock] if clock == "monotonic_ns" else 0
        try:
            self._readings[clock] = max(int(getattr(self._clock, clock)()), last)
        except BaseException:  # noqa: BLE001, S110
            pass
        return self._readings[clock]

    def _wall_now(self) -> wasm.Record:
        now = wasm.Record()
        now.seconds, now.nanoseconds = divmod(self._read("wall_ns"), 1_000_000_000)
        return now


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Handles Ctrl-C after the block. A signal handler that raises while `wasmtime` calls an import crashes the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[Any] = []
    handler = signal.signal(signal.SIGINT, lambda *arguments: received.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if received and callable(handler):
            handler(*received[0])


def new_identity() -> dict[str, int]:
    return {"writer": secrets.randbelow(U64_MAX) + 1, "seed": PROCESS_SEED}


def document(text: str, name: str = "breakers.yaml") -> dict[str, Value]:
    """A configuration of one document, YAML or JSON."""
    return {"documents": [{"name": name, "text": text}], "prefix": "FUSEBOARD", "environment": [], "flags": []}
