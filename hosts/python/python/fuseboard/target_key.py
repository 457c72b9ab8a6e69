"""A target in the form of the contract."""

from __future__ import annotations

import json
from typing import NamedTuple


class TargetKey(NamedTuple):
    """A host or a plain name, with the role and the resolver of its calls."""

    host: str
    role: str | None
    resolver: str | None

    def document(self, kind: str = "host") -> str:
        """The target in the form of the contract."""
        target = {"kind": kind, "name": self.host, "role": self.role, "resolver": self.resolver}
        return json.dumps({name: value for name, value in target.items() if value is not None})
