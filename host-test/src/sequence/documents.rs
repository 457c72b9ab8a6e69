//! Random configurations and patches. Most let circuits open and close within a short sequence; some are invalid.

use super::random::Random;
use crate::story::Config;
use serde_json::{Map, Value, json};

/// Settings of a circuit by path, with values. The last value of most lists is invalid.
const SETTINGS: &[(&str, &[&str])] = &[
    ("mode", &[r#""enforce""#, r#""observe""#]),
    ("fail_max", &["1", "2", "3", "1", "2", "10000", "null", "0"]),
    ("fail_gap_s", &["0.05", "1", "null", "0"]),
    ("reset_timeout_s", &["0", "0.05", "0.1", "1", "5", "86400", "-1"]),
    ("success_threshold", &["1", "2", "3", "101"]),
    ("trial_failures", &["0", "1", "100"]),
    ("trial_calls", &["1", "2", "3", "0"]),
    ("probe_timeout_s", &["0.001", "0.1", "60"]),
    ("retry_after_cap_s", &["0", "1", "900", "86401"]),
    ("open_backoff", &[r#"{"multiplier": 2, "max_s": 10, "jitter": 0.5}"#, r#"{"multiplier": 1.5}"#, r#"{"multiplier": 11}"#]),
    (
        "window",
        &[
            r#"{"kind": "count", "size": 4, "minimum_calls": 2}"#,
            r#"{"kind": "time", "size": 2, "minimum_calls": 2, "failure_rate": 0.4, "slow_call_rate": 0.5, "slow_call_ms": 100}"#,
            r#"{"kind": "time", "size": 60, "failure_count": 2}"#,
            "{}",
            "null",
            r#"{"kind": "count", "size": 2, "minimum_calls": 5}"#,
        ],
    ),
    (
        "classify",
        &[r#"{"failure_statuses": ["4xx", 503], "neutral_exceptions": ["*Timeout"]}"#, r#"{"neutral_statuses": ["5xx"]}"#, r#"{"x": 1}"#],
    ),
    ("half_open", &[r#"{"jitter_ms": 500}"#]),
];
const SHARED: &[(&str, &[&str])] = &[
    ("lease_ms", &["0", "50", "10000"]),
    ("lease_calls", &["0", "3", "100000"]),
    ("clock_skew_ms", &["0", "1000", "60000"]),
    ("storage_budget_ms", &["1", "100", "10000"]),
    ("on_storage_error", &[r#""local""#, r#""reject""#]),
];
const TEXTS: &[&str] = &[
    "",
    "null",
    "[]",
    "{",
    "{\"defaults\": {\"fail_max\": 1}} x",
    "{\"a\": 1, \"a\": 2}",
    "\u{feff}{}",
    "7",
    "{\"defaults\": {\"fail_max\": 1e3}}",
];

/// One in this many settings may have the last value of its list.
const FAULT_ONE_IN: u32 = 30;

fn settings(random: &mut Random, of: &[(&str, &[&str])], about: u32) -> Map<String, Value> {
    let mut settings = Map::new();
    for (path, values) in of {
        if random.one_in(about) {
            let usual = if random.one_in(FAULT_ONE_IN) || values.len() < 2 { values } else { &values[..values.len() - 1] };
            settings.insert((*path).to_owned(), serde_json::from_str(random.pick(usual)).unwrap_or_default());
        }
    }
    settings
}

/// A configuration, which may be invalid.
pub(super) fn configuration(random: &mut Random) -> Map<String, Value> {
    let mut defaults = settings(random, SETTINGS, 3);
    if random.one_in(2) {
        defaults.insert("sharing".to_owned(), Value::Object(settings(random, SHARED, 3)));
    }
    if random.one_in(4) {
        defaults
            .insert("roles".to_owned(), json!({ "metadata": settings(random, SETTINGS, 8), "artifact": settings(random, SETTINGS, 8) }));
    }
    let mut document = Map::from_iter([("defaults".to_owned(), Value::Object(defaults))]);
    if random.one_in(3) {
        document
            .insert("hosts".to_owned(), json!({ "a.example": settings(random, SETTINGS, 6), "*.example": settings(random, SETTINGS, 6) }));
    }
    if random.one_in(4) {
        document.insert("names".to_owned(), json!({ "db": settings(random, SETTINGS, 6) }));
        document.insert("resolvers".to_owned(), json!({ "wayback": settings(random, SETTINGS, 6) }));
    }
    if random.one_in(3) {
        document.insert(
            "advanced".to_owned(),
            json!({ "rolling": { "enabled": true, "window_s": 5, "threshold_failures": 2, "cooldown_s": 1 } }),
        );
    }
    document
}

/// A configuration, or sometimes a text that is none.
pub(super) fn document(random: &mut Random) -> Config {
    if random.one_in(8) { Config::Yaml(random.pick(TEXTS).to_owned()) } else { Config::Json(configuration(random)) }
}

pub(super) fn patch(random: &mut Random) -> Option<Value> {
    match random.below(10) {
        0..3 => None,
        3 => Some(Value::from(random.pick(TEXTS))),
        4 => Some(json!({ "roles": { "metadata": settings(random, SETTINGS, 6) } })),
        _ => Some(Value::Object(settings(random, SETTINGS, 6))),
    }
}
