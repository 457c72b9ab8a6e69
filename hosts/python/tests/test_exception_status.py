"""The status that an exception carries, wherever its class keeps it."""

from types import SimpleNamespace

import pytest

from fuseboard import BreakerRegistry

HOST = "api.crossref.org"


class OfInstance(Exception):
    def __init__(self, status: object) -> None:
        self.status = status


class OfResponse(Exception):
    def __init__(self, status: object) -> None:
        self.response = SimpleNamespace(status_code=status)


class OfClass(Exception):
    def __init__(self, status: object) -> None:
        self.given = status

    @property
    def status(self) -> object:
        return self.given


class MadeUp(Exception):
    def __getattr__(self, name: str) -> object:
        if name == "response":
            return SimpleNamespace(status=self.args[0])
        raise AttributeError(name)


class Slotted(Exception):
    __slots__ = ("status",)

    def __init__(self, status: object) -> None:
        self.status = status


@pytest.fixture
def registry() -> BreakerRegistry:
    return BreakerRegistry(engine="native")


@pytest.mark.parametrize("kind", [OfInstance, OfResponse, OfClass, MadeUp, Slotted])
def test_a_status_decides_wherever_it_is(registry: BreakerRegistry, kind: type[Exception]) -> None:
    assert registry.classify(HOST, exception=kind(404)) == "neutral"
    assert registry.classify(HOST, exception=kind(503)) == "failure"
    # The type is known by now, and the other instances still have their own.
    assert registry.classify(HOST, exception=kind(404)) == "neutral"


@pytest.mark.parametrize("status", [None, "404", -1, 70_000])
def test_what_is_no_status_says_nothing(registry: BreakerRegistry, status: object) -> None:
    assert registry.classify(HOST, exception=OfInstance(status)) == "failure"


def test_a_status_that_raises_says_nothing(registry: BreakerRegistry) -> None:
    class Raising(Exception):
        @property
        def status(self) -> int:
            raise RuntimeError("a fault of the exception")

    assert registry.classify(HOST, exception=Raising()) == "failure"
