"""The registry: all circuits of a program, by host, role and resolver."""

from __future__ import annotations

import time
import weakref

from ._core import RegistryCalls, Target, from_json, normalize_host, to_json
from .boards import finish_requests, open_board
from .call_listeners import CallListeners
from .cooldowns import Cooldowns
from .dispatch import EventDispatcher
from .guard import Guard
from .listeners import Listeners
from .status import cooldown_remaining_ms, host_state, state_of
from .stores import board_store
from .switch import OFF_DOCUMENT, is_off, with_a_setting
from .target_key import TargetKey
from .watched import WatchedBreaker, watched_breaker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from .async_registry import AsyncRegistry
    from .config import BreakerConfig
    from .events import Event
    from .listeners import ListenerFactory

# Most roles of other hosts that are taken for roles of each host. The state of each is read from the store.
_ROLES_MAX = 16

_live: weakref.WeakSet[BreakerRegistry] = weakref.WeakSet()


def live_registries() -> list[BreakerRegistry]:
    """The registries of this process."""
    return list(_live)


class BreakerRegistry(RegistryCalls):
    """Circuit breakers for the hosts, roles and resolvers of a program.

    `config` is a `BreakerConfig`, or a document as a mapping. `cooldown_store` is one of the stores of this package, a URL or a `Store` of your own.
    `listener_factory(host, scope, resolver)` gives the listener of a host, name or resolver in the style of pybreaker, or `None`.
    `on_event` receives each `Event`, `on_error` the text of each fault that no caller can receive.
    `engine` is `"component"` or `"native"`. `now_wall` and `now_monotonic` are clocks for tests, in seconds.
    With `on_start="fail"` the store is read once, for at most 5 s, and a `ConnectionError` is raised if that fails. With `"local"` the
    registry starts without a use of the store.
    """

    def __init__(
        self,
        config: BreakerConfig | Mapping[str, Any] | None = None,
        *,
        cooldown_store: object = None,
        listener_factory: ListenerFactory | None = None,
        now_wall: Callable[[], float] | None = None,
        now_monotonic: Callable[[], float] | None = None,
        engine: str = "component",
        on_start: str = "local",
        on_event: Callable[[Event], object] | None = None,
        on_error: Callable[[str], object] | None = None,
    ) -> None:
        given: Any = {} if config is None else config
        self._config: BreakerConfig | None = given if hasattr(given, "document") else None
        self._document = to_json(given if self._config is None else self._config.document())
        # The board holds its listeners, so they must not hold the registry.
        breaker = weakref.WeakMethod(self._watched)
        self._listeners = None if listener_factory is None else Listeners(listener_factory, breaker)
        self._board = open_board(
            # A registry that is off writes nothing that others would read.
            store="memory:" if is_off() else board_store(cooldown_store),
            engine=engine,
            on_start=on_start,
            wall=now_wall,
            monotonic=now_monotonic,
            on_event=EventDispatcher(self._listeners, on_event),
            on_error=on_error,
        )
        self._configure(self._document)
        self._warned = False
        # The roles of calls to any host.
        self._roles: set[str] = set()
        self._aio: AsyncRegistry | None = None
        self.cooldowns = Cooldowns(self._board, now_monotonic or time.monotonic)
        _live.add(self)

    @property
    def config(self) -> BreakerConfig:
        """The configuration. One that was given as a mapping has the canonical names of settings and hosts."""
        if self._config is None:
            # Imported when it is read, because dataclasses take longer to import than all that a first call needs.
            from .config import config_of

            self._config = config_of(self._document)
        return self._config

    @property
    def aio(self) -> AsyncRegistry:
        """The same registry for coroutines: its methods wait for the store without blocking the event loop."""
        if self._aio is None:
            from .async_registry import AsyncRegistry

            self._aio = AsyncRegistry(self)
        return self._aio

    def guard(
        self,
        host: str | None = None,
        *,
        name: str | None = None,
        role: str | None = None,
        resolver: str | None = None,
        wait: float = 0,
        fallback: Callable[..., Any] | None = None,
    ) -> Guard:
        """A guard for calls to a host, or to a plain name such as a database."""
        return Guard(self.target(host, name=name, role=role, resolver=resolver), wait, fallback)

    def target(
        self,
        host: str | None = None,
        *,
        name: str | None = None,
        role: str | None = None,
        resolver: str | None = None,
    ) -> Target:
        """A target looked up once: the fastest way to call the same host often."""
        if (host is None) == (name is None):
            raise TypeError("give either a host or name=")
        if host is None:
            return self._new_target("name", TargetKey(str(name), role, resolver))
        return self._target(host, role, resolver)

    def current_state(self, host: str, *, role: str | None = None, resolver: str | None = None) -> str:
        """`open` (also in a cooldown or forced open), `half_open` or `closed`. With a resolver, that of the resolver; without
        a role, the most restrictive one of the host's circuits: that without a role, and those of the roles of `RequestRole`, of the
        configuration, and of the calls of this registry. Of calls to other hosts, 16 roles are remembered."""
        key = self._key(host, role, resolver)
        if resolver is not None:
            return state_of(self._status(key)["resolver"])
        roles = (key.role,) if key.role is not None else self._known_roles(key.host)
        return host_state(self._status(TargetKey(key.host, each, resolver))["circuit"] for each in roles)

    def is_open(self, host: str) -> bool:
        """Whether the host refuses calls now, in any of the roles that `current_state` names. `list` also has circuits of roles that
        only other processes use."""
        return self.current_state(host) == "open"

    def cooldown_remaining_ms(self, host: str, *, role: str | None = None, resolver: str | None = None) -> int | None:
        """Milliseconds until the longest wait ends that refuses calls now. `None`: nothing refuses, or only an operator can
        end it."""
        return cooldown_remaining_ms(self._status(self._key(host, role, resolver)))

    def classify(
        self,
        host: str,
        *,
        role: str | None = None,
        resolver: str | None = None,
        status: int | None = None,
        exception: BaseException | None = None,
    ) -> str:
        """What a report would count as by the policy of a target: `success`, `failure` or `neutral`."""
        return self._board.classify(self._key(host, role, resolver).document(), status=status, exception=exception)

    def update_host_policy(self, host: str, **settings: Any) -> None:
        """Changes settings of a host in every process: a stored patch, above the configuration. Cooldowns stay.

        `trial_calls_<role>` sets `trial_calls` of a role.
        """
        prefix = "trial_calls_"
        patch = {key: value for key, value in settings.items() if not key.startswith(prefix)}
        roles = {
            key[len(prefix) :]: {"trial_calls": value} for key, value in settings.items() if key.startswith(prefix)
        }
        if roles:
            patch["roles"] = {**patch.get("roles", {}), **roles}
        scope = {"kind": "host", "name": host}
        self._board.update_policy(to_json(scope), to_json(patch))

    def status(self, host: str, *, role: str | None = None, resolver: str | None = None) -> dict[str, Any]:
        """The status of a target's circuits, in the form of the contract. While the store is lost, `storage_lost_since_ms` says since
        when."""
        return self._status(self._key(host, role, resolver))

    def circuits(self, **filter: str) -> Iterator[dict[str, Any]]:
        """All circuits that have a stored record. `kind` and `phase` select some of them."""
        cursor: str | None = None
        while True:
            page = from_json(self._board.list(to_json(filter), cursor))
            yield from page["circuits"]
            cursor = page.get("next")
            if cursor is None:
                return

    def list(self, **filter: str) -> tuple[dict[str, Any], ...]:
        """All of `circuits` at once."""
        return tuple(self.circuits(**filter))

    def explain(self, host: str, *, role: str | None = None, resolver: str | None = None) -> dict[str, Any]:
        """Each effective setting of a target, and where it comes from."""
        explanation: dict[str, Any] = from_json(self._board.explain(self._key(host, role, resolver).document()))
        return explanation

    def flush(self) -> int:
        """Reports everything that is batched or kept, after what coroutines have begun to report. Returns how many outcomes could not
        be written."""
        finish_requests()
        return self._board.flush()

    def close(self) -> None:
        """Reports everything that is batched or kept. The registry stays usable."""
        self.flush()

    def _follow_switch(self) -> None:
        """Configures the board again, because the switch may have changed."""
        self._configure(with_a_setting(self._document))

    def _configure(self, document: str) -> None:
        self._board.configure([("config", to_json(OFF_DOCUMENT) if is_off() else document)], "", [], [])

    def _key(self, host: str, role: str | None, resolver: str | None) -> TargetKey:
        return TargetKey(normalize_host(host), role, resolver)

    def _find_target(self, host: str, role: str | None, resolver: str | None) -> Target:
        if role is not None and len(self._roles) < _ROLES_MAX:
            self._roles.add(str(role))
        return self._new_target("host", self._key(host, role, resolver))

    def _new_target(self, kind: str, key: TargetKey) -> Target:
        if self._listeners is None:
            return self._board.target(kind, key.host, key.role, key.resolver)
        listeners = CallListeners(self._board, kind, key, self._listeners)
        return self._board.target(kind, key.host, key.role, key.resolver, listeners)

    def _warn_of_second_report(self, host: str) -> None:
        if not self._warned:
            import warnings

            self._warned = True
            warnings.warn(
                f"a second report for {host} without a new allow() counts nothing; report each call once", stacklevel=2
            )

    def _watched(self, scope: str, name: str, role: str | None) -> WatchedBreaker:
        return watched_breaker(self._board, scope, name, role)

    def _status(self, key: TargetKey) -> dict[str, Any]:
        status: dict[str, Any] = from_json(self._board.status(key.document()))
        return status

    def _known_roles(self, host: str) -> tuple[str | None, ...]:
        """The roles that calls to a host may have, and none for the circuit without a role."""
        from .roles import RequestRole

        config = self.config
        configured = [config.defaults, config.hosts.get(host)]
        roles = {str(role) for policy in configured if policy is not None for role in policy.roles}
        roles.update(self._asked_roles(host), self._roles, map(str, RequestRole))
        return (None, *sorted(roles))
