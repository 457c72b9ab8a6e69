"""A registry for coroutines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import aio
from ._core import Permit

if TYPE_CHECKING:
    from .registry import BreakerRegistry


class AsyncRegistry:
    """The methods of a registry that may wait for its store, as coroutines. None of them blocks the event loop."""

    def __init__(self, registry: BreakerRegistry) -> None:
        self._registry = registry
        self.is_open = aio.on_thread(registry.is_open)
        self.current_state = aio.on_thread(registry.current_state)
        self.cooldown_remaining_ms = aio.on_thread(registry.cooldown_remaining_ms)
        self.update_host_policy = aio.on_thread(registry.update_host_policy)
        self.status = aio.on_thread(registry.status)
        self.list = aio.on_thread(registry.list)
        self.explain = aio.on_thread(registry.explain)
        self.flush = aio.on_thread(registry.flush)
        self.close = aio.on_thread(registry.close)
        self.set_cooldown_until = aio.on_thread(registry.cooldowns.set_until)
        self.clear_cooldown = aio.on_thread(registry.cooldowns.clear)

    async def allow(self, host: str, *, role: str | None = None, resolver: str | None = None) -> Permit:
        """Asks for one call. Raises `BreakerOpenError` if it is refused. The permit is also kept in the context."""
        target = self._registry._target(host, role, resolver)
        unreported = self._registry._take(target)
        if unreported is not None:
            await aio.report_neutral(unreported, target)
        permit = await aio.allow(target)
        self._registry._keep(permit)
        return permit

    async def on_success(
        self, host: str, *, role: str | None = None, resolver: str | None = None, status: int | None = None
    ) -> None:
        """Reports a success. A status that the policy classifies otherwise, such as 404 or 429, counts as what it is."""
        await self.report(host, role=role, resolver=resolver, status=status)

    async def on_failure(self, host: str, *, role: str | None = None, resolver: str | None = None, **end: Any) -> None:
        """Reports a failure. It counts whatever the status. The other arguments are those of the registry's method."""
        target = self._registry._target(host, role, resolver)
        permit = self._registry._kept(target)
        counts = await (aio.run(target.failure, **end) if permit is None else aio.run(permit.failure, **end))
        self._warn_unless(counts, host)

    async def report(self, host: str, *, role: str | None = None, resolver: str | None = None, **end: Any) -> None:
        """Reports how a call ended. The policy decides what it counts as."""
        target = self._registry._target(host, role, resolver)
        permit = self._registry._kept(target)
        counts = await (aio.run(target.report, **end) if permit is None else aio.report(permit, target, **end))
        self._warn_unless(counts, host)

    async def call(self, host: str, role: str | None, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Awaits a coroutine function if the call is admitted, and settles the call by what it raised."""
        return await self._registry.guard(host, role=role).call_async(function, *args, **kwargs)

    def _warn_unless(self, counts: bool | None, host: str) -> None:
        if counts is False:
            self._registry._warn_of_second_report(host)
