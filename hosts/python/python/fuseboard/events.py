"""Events: what happened to a circuit or to the store."""

from __future__ import annotations

from dataclasses import dataclass

from ._core import from_json

# The engine's name for the circuit of calls without a role.
_DEFAULT_ROLE = "default"


@dataclass(frozen=True)
class Event:
    """Something that an operator may want to know of. A refusal is no event."""

    kind: str
    """`phase-changed`, `cooldown-set`, `storage-lost` and others: the kinds of `wit/board.wit`."""
    cause: str
    """Why it happened: a word of a closed set, such as `streak` or `operator`."""
    detail: str
    """The cause in a few words, for people."""
    generation: int
    """The circuit's generation after the event."""
    at_ms: int
    """The time, in milliseconds since 1970."""
    here: bool
    """Whether this registry caused it. Otherwise it read another process's change in the store."""
    scope: str | None = None
    """`host`, `name` or `resolver`. `None`: the event concerns the whole store."""
    name: str | None = None
    """The name of the host or resolver, or the plain name."""
    role: str | None = None
    """`None` for the circuit of calls without a role."""
    old_state: str | None = None
    """`closed`, `open` or `half_open`, if the state changed."""
    new_state: str | None = None
    last_failure: str | None = None
    """The last failure that counted: a status or the name of an exception."""

    @classmethod
    def from_json(cls, text: str) -> Event:
        """Reads an event in the form of the contract."""
        document = from_json(text)
        circuit = document.get("circuit") or {}
        return cls(
            kind=document["kind"],
            cause=document["cause"],
            detail=document["detail"],
            generation=document["generation"],
            at_ms=document["at_ms"],
            here=document["here"],
            scope=circuit.get("kind"),
            name=circuit.get("name"),
            role=None if circuit.get("role") == _DEFAULT_ROLE else circuit.get("role"),
            old_state=_state(document.get("from")),
            new_state=_state(document.get("to")),
            last_failure=(document.get("last_failure") or {}).get("what"),
        )

    @property
    def is_transition(self) -> bool:
        """Whether a circuit changed its state."""
        return self.kind == "phase-changed"


def _state(phase: str | None) -> str | None:
    return None if phase is None else phase.replace("-", "_")
