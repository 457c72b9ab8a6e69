//! Tests of the configuration format that docs/configuration.md describes.

mod absence;
mod merging;
mod patching;
mod reading;
mod resolving;

use super::document_reader::{DOCUMENT_LIMITS, DocumentReader};
use super::layer::ConfigLayers;
use super::settings::SETTINGS;
use super::status_ranges;
use super::value::parse_value;
use super::*;
use crate::document_tree::json;
use crate::names::{DEFAULT_ROLE, Scope};
use crate::policy::{Policy, Rolling, Sharing};
use crate::sources::{Diagnostic, Document, Severity, Sources};
use crate::time::Millis;

fn sources(texts: &[&str]) -> Sources {
    let document = |(index, text): (usize, &&str)| Document { name: format!("{}.json", index + 1), text: (*text).to_owned() };
    Sources { documents: texts.iter().enumerate().map(document).collect(), ..Sources::default() }
}

#[track_caller]
fn loaded(texts: &[&str]) -> Config {
    match Config::read(&sources(texts)) {
        Ok((config, _)) => config,
        Err(errors) => panic!("{}", shown(&errors).join("\n")),
    }
}

/// All errors, as users see them.
#[track_caller]
fn errors(texts: &[&str]) -> Vec<String> {
    shown(&Config::read(&sources(texts)).expect_err("errors"))
}

fn shown(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(ToString::to_string).collect()
}

fn host(name: &str) -> Scope {
    Scope::host(name).role(DEFAULT_ROLE)
}

fn policy(config: &Config, circuit: &Scope) -> Policy {
    config.policy(circuit, Patches::default())
}

fn fail_max(config: &Config, circuit: &Scope) -> Option<u32> {
    policy(config, circuit).fail_max
}

/// The content of `reference-breakers.yaml` as JSON.
const REFERENCE: &str = r#"{
  "defaults": {
    "fail_max": 5, "reset_timeout_s": 60, "retry_after_cap_s": 900,
    "classify": {
      "failure_statuses": [500, 502, 503, 504],
      "neutral_statuses": [400, 401, 403, 404, 405, 406, 408, 410, 411, 413, 414, 415, 416, 418, 451]
    },
    "half_open": {"jitter_ms": 150},
    "roles": {
      "metadata": {"fail_max": 3, "reset_timeout_s": 45, "success_threshold": 2},
      "landing": {"fail_max": 5, "reset_timeout_s": 60},
      "artifact": {"fail_max": 8, "reset_timeout_s": 120}
    }
  },
  "advanced": {"rolling": {"enabled": true, "threshold_failures": 3, "window_s": 10, "cooldown_s": 30}},
  "hosts": {
    "api.crossref.org": {"fail_max": 6, "reset_timeout_s": 90, "retry_after_cap_s": 600},
    "export.arxiv.org": {"fail_max": 10, "reset_timeout_s": 120, "retry_after_cap_s": 600},
    "api.openalex.org": {"fail_max": 4, "reset_timeout_s": 45, "retry_after_cap_s": 300},
    "api.semanticscholar.org": {"fail_max": 7, "reset_timeout_s": 150, "retry_after_cap_s": 900},
    "unpaywall.org": {"fail_max": 8, "reset_timeout_s": 120, "retry_after_cap_s": 900}
  },
  "resolvers": null
}"#;

/// The example of the documentation, which has every key.
const EVERY_KEY: &str = r#"{
  "$schema": "https://fuseboard.example/schema.json", "x-note": {"anything": ["goes"]},
  "defaults": {
    "mode": "enforce", "fail_max": 5, "fail_gap_s": null, "reset_timeout_s": 60, "success_threshold": 1, "trial_failures": 0,
    "trial_calls": 1, "probe_timeout_s": 60, "retry_after_cap_s": 900,
    "open_backoff": {"multiplier": 1.0, "max_s": 900, "jitter": 0.0},
    "window": {
      "kind": "time", "size": 60, "minimum_calls": 20, "failure_rate": 0.5, "failure_count": null, "slow_call_rate": null,
      "slow_call_ms": 10000
    },
    "classify": {
      "failure_statuses": [408, 429, "5xx"], "neutral_statuses": [401, 403, 404, 410, 451],
      "failure_exceptions": ["*"], "neutral_exceptions": []
    },
    "half_open": {"jitter_ms": 0},
    "sharing": {
      "lease_ms": 100, "lease_calls": 1000, "clock_skew_ms": 1000, "storage_budget_ms": 250, "on_storage_error": "local"
    },
    "roles": {
      "metadata": {"fail_max": 3, "reset_timeout_s": 45, "success_threshold": 2},
      "landing": {},
      "artifact": {"fail_max": 8, "reset_timeout_s": 120, "trial_calls": 2}
    }
  },
  "advanced": {"rolling": {"enabled": false, "window_s": 30, "threshold_failures": 6, "cooldown_s": 60}},
  "hosts": {
    "api.crossref.org": {
      "fail_max": 6, "reset_timeout_s": 90, "retry_after_cap_s": 600, "roles": {"artifact": {"trial_calls": 1}}
    },
    "*.example.org": {"fail_max": 10}
  },
  "names": {"orders-db": {"fail_max": 3}},
  "resolvers": {"wayback": {"fail_max": 4, "reset_timeout_s": 120}}
}"#;
