"""Configurations: loading, and the dataclasses."""

import pickle
import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from fuseboard import (
    OFF,
    BreakerClassification,
    BreakerConfig,
    BreakerPolicy,
    BreakerRegistry,
    load_breaker_config,
    merge_breaker_docs,
    normalize_host,
)

DOCUMENT = """
defaults: {fail_max: 4, classify: {failure_statuses: [429, 5xx]}, roles: {metadata: {fail_max: 3}}}
hosts: {api.crossref.org: {reset_timeout_s: 90, fail_max: null, window: {kind: count, size: 50}}}
"""


def explained(config: BreakerConfig, host: str) -> dict[str, str]:
    settings = BreakerRegistry(config, engine="native").explain(host)["circuit"]
    return {setting["path"]: setting["value"] for setting in settings}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "breakers.yaml"
    path.write_text(DOCUMENT)
    return path


def test_a_loaded_configuration_shows_effective_defaults_and_open_fields(path: Path) -> None:
    config = load_breaker_config(
        path, env={"FUSEBOARD_DEFAULTS": "reset:45"}, cli_host_overrides=["a.example=fail_max:9"]
    )
    assert (config.defaults.fail_max, config.defaults.reset_timeout_s, config.defaults.retry_after_cap_s) == (
        4,
        45,
        900,
    )
    assert (
        config.hosts["api.crossref.org"].fail_max is OFF and config.hosts["api.crossref.org"].retry_after_cap_s is None
    )
    assert config.hosts["a.example"].fail_max == 9
    assert 503 in config.classify.failure_statuses and 404 not in config.classify.failure_statuses
    assert config.defaults.roles["metadata"].fail_max == 3


def test_a_registry_uses_what_the_dataclasses_say(path: Path) -> None:
    config = load_breaker_config(path, env={})
    assert explained(config, "api.crossref.org")["fail_max"] == "null"
    assert explained(config, "api.crossref.org")["window.size"] == "50"
    changed = replace(config, defaults=replace(config.defaults, fail_max=7))
    assert explained(changed, "other.example")["fail_max"] == "7"
    assert pickle.loads(pickle.dumps(changed)) == changed


def test_an_open_field_sets_nothing() -> None:
    config = BreakerConfig(hosts={"a.example": BreakerPolicy(retry_after_cap_s=10)})
    assert config.document() == {"hosts": {"a.example": {"retry_after_cap_s": 10}}}
    classify = BreakerClassification(failure_statuses=frozenset({500}), neutral_exceptions=(KeyError, "json.*"))
    assert BreakerConfig(classify=classify).document()["defaults"]["classify"] == {
        "failure_statuses": [500],
        "neutral_exceptions": ["builtins.KeyError", "json.*"],
    }


def test_a_mapping_may_have_types_and_other_mappings() -> None:
    mapping = MappingProxyType({"fail_max": OFF, "classify": {"neutral_exceptions": {KeyError}}})
    registry = BreakerRegistry({"hosts": {"API.example": mapping}}, engine="native")
    settings = {setting["path"]: setting["value"] for setting in registry.explain("api.example")["circuit"]}
    assert settings["fail_max"] == "null" and settings["classify.neutral_exceptions"] == '["builtins.KeyError"]'
    assert registry.config.hosts["api.example"].fail_max is OFF
    assert BreakerRegistry(registry.config, engine="native").config is registry.config


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"host": {}}, "host: unknown key: did you mean `hosts`?"),
        ({"defaults": {"classify": {"neutral": []}}}, "defaults.classify.neutral: unknown key"),
        ({"defaults": {"fail_max": float("inf")}}, "a number must be finite, is inf"),
    ],
)
def test_every_key_and_value_of_a_mapping_is_checked(document: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        BreakerRegistry(document, engine="native")


def test_what_is_no_document_is_refused() -> None:
    contains_itself: dict[str, object] = {}
    contains_itself["defaults"] = contains_itself
    with pytest.raises(ValueError, match="nested at most 128 deep"):
        BreakerRegistry(contains_itself, engine="native")
    with pytest.raises(TypeError, match="a key must be a str, is 5"):
        BreakerRegistry({"hosts": {5: {}}}, engine="native")
    with pytest.raises(TypeError, match="a value must be None, a bool, .*, is <object"):
        BreakerRegistry({"defaults": {"fail_max": object()}}, engine="native")


def test_all_faults_come_in_one_error(path: Path) -> None:
    path.write_text("defaults: {fail_max: 0, reset_timout_s: 3}")
    with pytest.raises(ValueError) as caught:
        load_breaker_config(path, env={})
    assert "fail_max: must be between 1 and 10000, is 0" in str(caught.value) and "reset_timeout_s" in str(caught.value)
    with pytest.raises(FileNotFoundError):
        load_breaker_config(path.with_name("missing.yaml"), env={})


def test_the_environment_names_the_document_and_a_foreign_prefix_brings_a_warning(path: Path) -> None:
    assert (
        load_breaker_config(env={"DOCSTOKG_BREAKERS_YAML": str(path)}, prefix="DOCSTOKG_BREAKER").defaults.fail_max == 4
    )
    with pytest.warns(UserWarning, match="prefix='DOCSTOKG_BREAKER'"):
        load_breaker_config(env={"DOCSTOKG_BREAKER_DEFAULTS": "fail_max:9"})


def test_documents_merge_and_hosts_are_normalized() -> None:
    merged = merge_breaker_docs({"hosts": {"A.example": {"fail_max": 3}}}, {"hosts": {"a.example": {"reset": 9}}})
    assert merged == {"hosts": {"a.example": {"fail_max": 3, "reset_timeout_s": 9}}}
    assert normalize_host("https://API.Crossref.org:443") == "api.crossref.org"
