"""The native part of this package."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeAlias, TypeVar, final

from typing_extensions import TypeVarTuple, Unpack

from .call_listeners import CallListeners
from .custom_store import Store

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_Pairs: TypeAlias = list[tuple[str, str]]
_Headers: TypeAlias = Mapping[Any, Any] | Iterable[tuple[Any, Any]]

@final
class Board:
    def __init__(
        self,
        *,
        store: str | Store,
        engine: str,
        on_start: str = "local",
        wall: Callable[[], float] | None = None,
        monotonic: Callable[[], float] | None = None,
        on_event: Callable[[str], object] | None = None,
        on_error: Callable[[str], object] | None = None,
    ) -> None: ...
    def configure(self, documents: _Pairs, prefix: str, environment: _Pairs, flags: _Pairs) -> list[str]: ...
    def target(
        self,
        kind: str,
        name: str,
        role: str | None = None,
        resolver: str | None = None,
        watcher: CallListeners | None = None,
    ) -> Target: ...
    def status(self, target: str) -> str: ...
    def list(self, filter: str, cursor: str | None = None, limit: int = 1000) -> str: ...
    def command(self, scope: str, command: str) -> str: ...
    def update_policy(self, scope: str, patch: str | None = None) -> str: ...
    def define(self, scope: str, settings: str | None = None) -> None: ...
    def explain(self, target: str) -> str: ...
    def health(self) -> str: ...
    def about(self) -> str: ...
    def classify(self, target: str, *, status: int | None = None, exception: object = None) -> str: ...
    def flush(self) -> int: ...
    def flush_before_exit(self) -> int: ...
    def before_fork(self) -> None: ...
    def after_fork_in_parent(self) -> None: ...
    def after_fork_in_child(self) -> None: ...

@final
class Target:
    name: str
    role: str | None
    resolver: str | None
    may_block: bool
    def allow(self) -> Permit: ...
    def try_allow(self) -> Permit | None: ...
    def guarded(self, function: Callable[_P, _T]) -> GuardedFunction: ...
    def call(self, function: Callable[[Unpack[_Ts]], _T], *args: Unpack[_Ts]) -> _T: ...
    def report(
        self,
        *,
        status: int | None = None,
        exception: object = None,
        retry_after_s: float | None = None,
        headers: _Headers | None = None,
    ) -> None: ...
    def failure(
        self,
        *,
        status: int | None = None,
        exception: object = None,
        retry_after_s: float | None = None,
        headers: _Headers | None = None,
    ) -> None: ...

@final
class GuardedFunction:
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

class RegistryCalls:
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def allow(self, host: str, *, role: str | None = None, resolver: str | None = None) -> Permit: ...
    def call(self, host: str, role: str | None, function: Callable[[Unpack[_Ts]], _T], *args: Unpack[_Ts]) -> _T: ...
    def on_success(
        self, host: str, *, role: str | None = None, resolver: str | None = None, status: int | None = None
    ) -> None: ...
    def on_failure(
        self,
        host: str,
        *,
        role: str | None = None,
        resolver: str | None = None,
        status: int | None = None,
        exception: BaseException | None = None,
        retry_after_s: float | None = None,
    ) -> None: ...
    def report(
        self,
        host: str,
        *,
        role: str | None = None,
        resolver: str | None = None,
        status: int | None = None,
        exception: BaseException | None = None,
        retry_after_s: float | None = None,
        headers: _Headers | None = None,
    ) -> None: ...
    def _target(self, host: str, role: str | None, resolver: str | None) -> Target: ...
    def _take(self, target: Target) -> Permit | None: ...
    def _keep(self, permit: Permit) -> None: ...
    def _kept(self, target: Target) -> Permit | None: ...
    def _asked_roles(self, host: str) -> list[str]: ...

class LeasedCalls:
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def _set_target(self, target: Target) -> None: ...
    def _set_watched(self, is_watched: bool) -> None: ...
    def call(self, func: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T: ...

@final
class Permit:
    is_settled: bool
    def success(self, *, status: int | None = None) -> bool: ...
    def failure(
        self,
        *,
        status: int | None = None,
        exception: object = None,
        retry_after_s: float | None = None,
        headers: _Headers | None = None,
    ) -> bool: ...
    def report(
        self,
        *,
        status: int | None = None,
        exception: object = None,
        retry_after_s: float | None = None,
        headers: _Headers | None = None,
    ) -> bool: ...
    def try_report(
        self,
        *,
        status: int | None = None,
        exception: object = None,
        retry_after_s: float | None = None,
        headers: _Headers | None = None,
    ) -> bool | None: ...
    def cancel(self) -> bool: ...
    def neutral(self) -> bool: ...

@final
class Refusal:
    host: str
    role: str | None
    resolver: str | None
    refused_by: str
    reason: str | None
    retry_after_ms: int | None
    state: str
    last_failure: str | None
    @staticmethod
    def from_json(text: str) -> Refusal: ...
    def to_json(self) -> str: ...

def begin_child_process() -> None: ...
def merge_documents(documents: _Pairs, prefix: str, environment: _Pairs, flags: _Pairs) -> tuple[str, list[str]]: ...
def normalize_host(host: str) -> str: ...
def built_in_document() -> str: ...
