"""A target in the form of the contract."""

from __future__ import annotations

from ._core import to_json


class TargetKey:
    """A host or a plain name, with the role and the resolver of its calls."""

    def __init__(self, host: str, role: str | None, resolver: str | None) -> None:
        self.host = host
        self.role = role
        self.resolver = resolver

    def document(self, kind: str = "host") -> str:
        """The target in the form of the contract."""
        target = {"kind": kind, "name": self.host, "role": self.role, "resolver": self.resolver}
        return to_json({name: value for name, value in target.items() if value is not None})
