"""The configuration as frozen dataclasses.

A field that is `None` is open: a less specific setting, or the built-in value, applies. `OFF` is the configuration's `null`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, Final

from ._core import from_json, merge_documents


class Off(Enum):
    """The type of `OFF`."""

    OFF = None

    def __bool__(self) -> bool:
        return False


OFF: Final = Off.OFF
"""Switches a setting off that can be off, such as `fail_max`."""


@dataclass(frozen=True)
class Statuses:
    """A list of HTTP statuses, with classes such as `5xx` and ranges such as `500-504`."""

    items: tuple[int | str, ...]

    def __contains__(self, status: object) -> bool:
        return isinstance(status, int) and any(status in _range(item) for item in self.items)

    def __iter__(self) -> Iterator[int | str]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


def _range(item: int | str) -> range:
    text = str(item).lower()
    if text.endswith("xx"):
        first = int(text[:-2]) * 100
        return range(first, first + 100)
    first_text, _, last_text = text.partition("-")
    return range(int(first_text), int(last_text or first_text) + 1)


StatusList = Statuses | frozenset[int] | tuple[int | str, ...] | list[int | str] | set[int] | None


@dataclass(frozen=True)
class BreakerClassification:
    """What a status or an exception counts as. Exceptions are given by type or by name."""

    failure_statuses: StatusList = None
    neutral_statuses: StatusList = None
    failure_exceptions: tuple[type[BaseException] | str, ...] | None = None
    neutral_exceptions: tuple[type[BaseException] | str, ...] | None = None
    cancelled_after_ms: int | Off | None = None


@dataclass(frozen=True)
class HalfOpenPolicy:
    jitter_ms: int | None = None
    neutral: str | None = None


@dataclass(frozen=True)
class RollingWindowPolicy:
    enabled: bool | None = None
    window_s: float | None = None
    threshold_failures: int | None = None
    cooldown_s: float | None = None


@dataclass(frozen=True)
class BreakerRolePolicy:
    """The settings of one role. `extra` holds settings that have no field here, by their path in a document."""

    fail_max: int | Off | None = None
    reset_timeout_s: float | None = None
    retry_after_cap_s: float | None = None
    success_threshold: int | None = None
    trial_calls: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BreakerPolicy(BreakerRolePolicy):
    """The settings of `defaults`, of a host, a name or a resolver."""

    roles: Mapping[str, BreakerRolePolicy] = field(default_factory=dict)


@dataclass(frozen=True)
class BreakerConfig:
    """A whole configuration."""

    defaults: BreakerPolicy = BreakerPolicy()
    classify: BreakerClassification = BreakerClassification()
    half_open: HalfOpenPolicy = HalfOpenPolicy()
    rolling: RollingWindowPolicy = RollingWindowPolicy()
    hosts: Mapping[str, BreakerPolicy] = field(default_factory=dict)
    resolvers: Mapping[str, BreakerPolicy] = field(default_factory=dict)
    names: Mapping[str, BreakerPolicy] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The configuration as a document, in the form that `docs/configuration.md` describes."""
        defaults = _circuit(self.defaults)
        _put(defaults, "classify", _section(self.classify))
        _put(defaults, "half_open", _section(self.half_open))
        document: dict[str, Any] = {}
        _put(document, "defaults", defaults)
        rolling = _section(self.rolling)
        if rolling:
            document["advanced"] = {"rolling": rolling}
        for key, entries in (("hosts", self.hosts), ("names", self.names), ("resolvers", self.resolvers)):
            _put(document, key, {name: _circuit(policy) for name, policy in entries.items()})
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> BreakerConfig:
        """The configuration of a merged document."""
        defaults = dict(document.get("defaults", {}))
        classify = defaults.pop("classify", {})
        half_open = defaults.pop("half_open", {})
        entries = {key: {name: _policy(entry) for name, entry in document.get(key, {}).items()} for key in _ENTRIES}
        return cls(
            defaults=_policy(defaults),
            classify=BreakerClassification(**{key: _read(key, value) for key, value in classify.items()}),
            half_open=HalfOpenPolicy(**half_open),
            rolling=RollingWindowPolicy(**document.get("advanced", {}).get("rolling", {})),
            **entries,
        )


_ENTRIES = ("hosts", "names", "resolvers")


def config_of(document: str) -> BreakerConfig:
    """The configuration of a document that the engine has accepted."""
    canonical, _ = merged({"documents": [("config", document)], "prefix": "", "environment": [], "flags": []})
    return BreakerConfig.from_document(canonical)


def merged(sources: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Merges documents, environment and flags. Returns the document and the warnings."""
    text, warnings = merge_documents(**sources)
    return from_json(text), warnings


def _policy(entry: Mapping[str, Any]) -> BreakerPolicy:
    values = _known(entry, BreakerPolicy)
    roles = {
        name: BreakerRolePolicy(**_known(role, BreakerRolePolicy)) for name, role in entry.get("roles", {}).items()
    }
    return BreakerPolicy(**{**values, "roles": roles})


def _known(entry: Mapping[str, Any], cls: type) -> dict[str, Any]:
    names = {known.name for known in fields(cls)} - {"extra", "roles"}
    values: dict[str, Any] = {key: _read(key, value) for key, value in entry.items() if key in names}
    values["extra"] = {key: value for key, value in entry.items() if key not in names and key != "roles"}
    return values


def _read(key: str, value: Any) -> Any:
    if value is None:
        return OFF
    if key.endswith("_statuses"):
        return Statuses(tuple(value))
    return tuple(value) if isinstance(value, list) else value


def _circuit(policy: BreakerRolePolicy) -> dict[str, Any]:
    values = {key: value for key, value in _section(policy).items() if key not in ("extra", "roles")}
    values.update(policy.extra)
    if isinstance(policy, BreakerPolicy):
        _put(values, "roles", {name: _circuit(role) for name, role in policy.roles.items()})
    return values


def _section(values: object) -> dict[str, Any]:
    section: dict[str, Any] = {}
    for known in fields(values):  # type: ignore[arg-type]
        value = getattr(values, known.name)
        if value is not None:
            section[known.name] = _written(value)
    return section


def _written(value: Any) -> Any:
    if value is OFF:
        return None
    if isinstance(value, (Statuses, tuple, list, set, frozenset)):
        return [_type_name(item) if isinstance(item, type) else item for item in value]
    return value


def _type_name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _put(section: dict[str, Any], key: str, value: dict[str, Any]) -> None:
    if value:
        section[key] = value
