"""Results of coroutine functions, Tornado's included if it is there."""

from __future__ import annotations

import inspect
import sys
from typing import Any


async def awaited(result: Any) -> Any:
    """Awaits what a function returned. Tornado also takes lists, dicts and futures of threads; any other value is the result."""
    if inspect.isawaitable(result):
        return await result
    # A program that uses Tornado has imported it.
    gen = sys.modules.get("tornado.gen")
    if gen is None:
        return result
    try:
        future = gen.convert_yielded(result)
    except gen.BadYieldError:
        return result
    return await future
