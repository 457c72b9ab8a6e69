"""The interface of storages that users write."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime


class CircuitBreakerStorage:
    """The stored fields of one circuit. Subclasses override the properties and methods below.

    The engine decides over any storage: a record is made of the fields, and what changed is written back. Within one process each
    change is atomic. Between processes it is not, because the interface has no atomic step over several fields.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """A name of the storage, for people."""
        return self._name

    @property
    @abstractmethod
    def state(self) -> str:
        """`STATE_CLOSED`, `STATE_OPEN` or `STATE_HALF_OPEN`."""
        raise NotImplementedError

    @state.setter
    def state(self, state: str) -> None:
        raise NotImplementedError

    def increment_counter(self) -> None:
        """Adds one to the failure counter."""

    def reset_counter(self) -> None:
        """Sets the failure counter to zero."""

    def increment_success_counter(self) -> None:
        """Adds one to the success counter."""

    def reset_success_counter(self) -> None:
        """Sets the success counter to zero."""

    @property
    @abstractmethod
    def counter(self) -> int:
        """The failure counter."""
        raise NotImplementedError

    @property
    @abstractmethod
    def success_counter(self) -> int:
        """The success counter."""
        raise NotImplementedError

    @property
    @abstractmethod
    def opened_at(self) -> datetime | None:
        """When the circuit was opened last, in UTC."""
        raise NotImplementedError

    @opened_at.setter
    def opened_at(self, datetime: datetime) -> None:
        raise NotImplementedError
