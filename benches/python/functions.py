"""What the measured calls do."""

from __future__ import annotations

from collections.abc import Callable


def page() -> str:
    return "page"


def raise_error() -> str:
    raise OSError("down")


def ignoring(call: Callable[[], object], error: type[Exception]) -> Callable[[], None]:
    """The call, without the error that it raises."""

    def ignored() -> None:
        try:
            call()
        except error:
            pass

    return ignored
