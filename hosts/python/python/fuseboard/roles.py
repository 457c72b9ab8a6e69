"""The usual roles of a host."""

from enum import Enum


class RequestRole(str, Enum):
    """What a request to a host is for. Each role of a host has a circuit of its own."""

    METADATA = "metadata"
    LANDING = "landing"
    ARTIFACT = "artifact"

    def __str__(self) -> str:
        return self.value
