"""Loading of a configuration from documents, environment variables and command-line overrides."""

from __future__ import annotations

import os
import warnings as python_warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._core import built_in_document, from_json, to_json
from .config import BreakerConfig, merged
from .switch import OFF_VARIABLE

Path_ = str | os.PathLike[str]


def load_breaker_config(
    yaml_path: Path_ | None = None,
    *,
    env: Mapping[str, str] | None = None,
    prefix: str = "FUSEBOARD",
    base_doc: Mapping[str, Any] | None = None,
    extra_yaml_paths: Iterable[Path_] = (),
    cli_defaults_override: str | None = None,
    cli_host_overrides: Sequence[str] = (),
    cli_role_overrides: Sequence[str] = (),
    cli_resolver_overrides: Sequence[str] = (),
    cli_classify_override: str | None = None,
    cli_rolling_override: str | None = None,
) -> BreakerConfig:
    """Loads a configuration. Later sources win: `base_doc`, the documents, `env`, the overrides.

    `<prefix>_CONFIG` or `<prefix>S_YAML` in `env` names the document and replaces `yaml_path`. Without `env`, the environment
    of the process is read.

    Raises `ValueError` with all faults of a bad configuration, and `FileNotFoundError` for a missing file.
    """
    environment = dict(os.environ if env is None else env)
    _warn_of_another_prefix(environment, prefix)
    documents = [] if base_doc is None else [("base_doc", to_json(base_doc))]
    path = environment.get(f"{prefix}_CONFIG") or environment.get(f"{prefix}S_YAML") or yaml_path
    paths = [*([] if path is None else [path]), *extra_yaml_paths]
    documents += [(os.fspath(path), _text(path)) for path in paths]
    given = {
        "breaker-defaults": [cli_defaults_override],
        "breaker": cli_host_overrides,
        "breaker-role": cli_role_overrides,
        "breaker-resolver": cli_resolver_overrides,
        "breaker-classify": [cli_classify_override],
        "breaker-rolling": [cli_rolling_override],
    }
    flags = [(name, value) for name, values in given.items() for value in values if value is not None]
    # The off switch is not a setting of the configuration.
    environment.pop(OFF_VARIABLE, None)
    of_prefix = [(name, value) for name, value in environment.items() if name.startswith(prefix)]
    sources = {"documents": documents, "prefix": prefix, "environment": of_prefix, "flags": flags}
    document = _checked(sources)
    # The defaults show what applies where nothing else is set.
    document = _merged_over(from_json(built_in_document()), document)
    return BreakerConfig.from_document(document)


def merge_breaker_docs(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Merges two documents as `load_breaker_config` does: maps are merged, lists and single values are replaced."""
    documents = [("base", to_json(base)), ("override", to_json(override))]
    return _checked({"documents": documents, "prefix": "", "environment": [], "flags": []})


def _text(path: Path_) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _checked(sources: Mapping[str, Any]) -> dict[str, Any]:
    document, warnings = merged(sources)
    for warning in warnings:
        python_warnings.warn(warning, stacklevel=4)
    return document


def _merged_over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in above.items():
        inner = below.get(key)
        below[key] = _merged_over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return below


def _warn_of_another_prefix(environment: Mapping[str, str], prefix: str) -> None:
    other = "DOCSTOKG_BREAKER"
    if prefix != other and any(name.startswith(other) for name in environment):
        python_warnings.warn(
            f"variables that begin with {other} are not read; pass prefix={other!r} to read them", stacklevel=3
        )
