"""Which breakers of this process use which namespace in Redis."""

from __future__ import annotations

import threading
import warnings

_lock = threading.Lock()
_names: dict[str | None, str] = {}


def warn_of_shared(namespace: str | None, name: str) -> None:
    """Warns if a breaker of another name uses the namespace: the two share one circuit, which is rarely meant."""
    with _lock:
        first = _names.setdefault(namespace, name)
    if first != name:
        where = "no namespace" if namespace is None else f"the namespace {namespace!r}"
        warnings.warn(
            f"the breakers {first!r} and {name!r} share one circuit, because both use {where} in Redis; "
            "give each CircuitRedisStorage a namespace of its own",
            stacklevel=4,
        )
