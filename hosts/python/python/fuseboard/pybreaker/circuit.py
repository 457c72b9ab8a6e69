"""A breaker's circuit in the engine."""

from __future__ import annotations

import contextlib
import itertools
import logging
import weakref
from typing import Any

from .._core import Board, Permit, from_json, to_json
from ..errors import BreakerOpenError, EngineError
from . import transitions
from .transitions import Transition

_logger = logging.getLogger(__name__)
_numbers = itertools.count(1)
# A fault of the engine, and what it does not accept. Neither may fail a call.
_FAULTS = (EngineError, ValueError)


class Circuit:
    """One circuit of a board, under a name that no other breaker has."""

    def __init__(self, board: Board, settings: dict[str, Any]) -> None:
        self._board = board
        self._name = f"breaker-{next(_numbers)}"
        self._scope = to_json({"kind": "name", "name": self._name})
        self.define(settings)
        self.target = board.target("name", self._name)
        weakref.finalize(self, _forget, board, self._scope).atexit = False

    def define(self, settings: dict[str, Any]) -> None:
        """Sets the policy, or replaces it."""
        self._board.define(self._scope, to_json(settings))

    def allow(self) -> Permit | None:
        """Asks for one call. Raises `BreakerOpenError` if it is refused. A fault of the engine admits it, without a permit."""
        try:
            return self.target.allow()
        except _FAULTS:
            _logger.exception("the circuit breaker admits a call that it could not decide about")
            return None

    def succeed(self, permit: Permit | None) -> None:
        """Reports a success."""
        try:
            if permit is not None:
                permit.success()
        except _FAULTS:
            _logger.exception("the circuit breaker lost a success")

    def fail(self, permit: Permit | None, exception: BaseException) -> None:
        """Reports a failure."""
        try:
            if permit is not None:
                permit.failure(exception=exception)
        except _FAULTS:
            _logger.exception("the circuit breaker lost a failure")

    def cancel(self, permit: Permit | None) -> None:
        """Gives a permit back: the call was not made, or nothing is known about it."""
        try:
            if permit is not None:
                permit.cancel()
        except _FAULTS:
            _logger.exception("the circuit breaker keeps the slot of a call until its time limit")

    def status(self) -> dict[str, Any]:
        """The status in the form of the contract."""
        status: dict[str, Any] = from_json(self._board.status(self._scope))["circuit"]
        return status

    def command(self, command: str) -> None:
        """Carries out `trip`, `half-open` or `close`."""
        self._board.command(self._scope, to_json(command))

    def shorten_wait(self) -> None:
        """Lets the engine store the wait of an open circuit as the policy bounds it now."""
        if self.status()["phase"] == "open":
            # It is refused, unless the wait ends just now.
            with contextlib.suppress(BreakerOpenError):
                self.cancel(self.allow())

    def take_transitions(self) -> list[Transition]:
        """The changes of state that the last request of this thread caused or found."""
        return transitions.take(self._name)


def _forget(board: Board, scope: str) -> None:
    """Removes the policy of a breaker that does not exist any more. The collector may run this within a store."""
    with contextlib.suppress(RuntimeError, ValueError):
        board.define(scope)
