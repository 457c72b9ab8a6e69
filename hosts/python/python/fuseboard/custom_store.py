"""The interface of stores that are written in Python."""

from __future__ import annotations

from typing import Protocol


class Store(Protocol):
    """A key-value store with revisions: numbers from 0 to 2^64 - 1, never used twice for one key.

    Every method returns within `within_s` seconds, or raises. What it raises is an outage of the store and never fails a call; each
    process then decides by what it knows. `AnswerLostError` says that a write may have happened, every other exception that it has
    not. A store must not use a circuit breaker: it gets a `RuntimeError`.
    """

    def load(self, key: str, known: int | None, within_s: float) -> tuple[int, str | None] | None:
        """The revision and the value of a key. The value may be `None` if the revision is the known one. `None`: nothing is stored."""

    def compare_and_swap(
        self, key: str, expected: int | None, value: str, ttl_s: float | None, within_s: float
    ) -> int | tuple[int, str] | None:
        """Writes a value if the revision is still the expected one (`None`: if nothing is stored), in one atomic step.

        Returns the new revision if it was written, else the current revision and value, or `None` if nothing is stored. The key is
        absent again after `ttl_s` seconds.
        """

    def list_keys(self, prefix: str, cursor: str | None, limit: int, within_s: float) -> tuple[list[str], str | None]:
        """At most `limit` keys that begin with the prefix, and the cursor of the next page."""
