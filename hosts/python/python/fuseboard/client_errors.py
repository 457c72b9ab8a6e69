"""Refusals that are also errors of an HTTP client, so that its users' handlers see them."""

from __future__ import annotations

import functools
from typing import Any

from ._core import Refusal
from .errors import BreakerOpenError


@functools.cache
def refusal_class(base: Any) -> type[BreakerOpenError]:
    """A `BreakerOpenError` that is also an instance of a client's base error.

    The base must be none that retry layers repeat: a refused call that is made again is refused again.
    """

    def __reduce__(self: BreakerOpenError) -> tuple[Any, ...]:
        refusal = self._refusal
        return _unpickle, (base, None if refusal is None else refusal.to_json(), self.__dict__)

    members = {"__doc__": "A call was refused.", "__module__": __name__, "__reduce__": __reduce__}
    return type("BreakerOpenError", (BreakerOpenError, base), members)


def client_refusal(refused: BreakerOpenError, base: Any, **attributes: Any) -> BreakerOpenError:
    """The refusal as an error of a client. `attributes` are those that the client's own constructor sets."""
    error = refusal_class(base)(*refused.args)
    error.__dict__.update(attributes)
    return error


def _unpickle(base: Any, refusal: str | None, attributes: dict[str, Any]) -> BreakerOpenError:
    error = refusal_class(base)(*(() if refusal is None else (Refusal.from_json(refusal),)))
    error.__dict__.update(attributes)
    return error
