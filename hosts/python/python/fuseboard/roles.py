"""The usual roles of a host."""

from enum import Enum


class RequestRole(str, Enum):
    """What a request to a host is for. Each role of a host has a circuit of its own."""

    METADATA = "metadata"
    LANDING = "landing"
    ARTIFACT = "artifact"

    # That of an enumeration is a function in Python, which takes longer than the rest of a look-up.
    __hash__ = str.__hash__

    def __str__(self) -> str:
        return self.value
