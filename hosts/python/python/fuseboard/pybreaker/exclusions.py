"""Which exceptions do not count as failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Exclusion: TypeAlias = type[BaseException] | Callable[[Any], bool]


def is_excluded(exception: BaseException, exclusions: Iterable[Exclusion]) -> bool:
    """Whether one of the exclusions is a class of the exception, or a function that returns true for it."""
    return any(_matches(exception, exclusion) for exclusion in exclusions)


def _matches(exception: BaseException, exclusion: Exclusion) -> bool:
    if isinstance(exclusion, type):
        return isinstance(exception, exclusion)
    return callable(exclusion) and bool(exclusion(exception))
