//! What may stand in a document, and how faults are told.

use super::*;
use crate::machine::policy::{Mode, OnStorageError, PerMille};
use crate::status_range::StatusRange;

fn defaults(settings: &str) -> String {
    format!(r#"{{"defaults": {{{settings}}}}}"#)
}

#[track_caller]
fn fault(settings: &str, expected: &str) {
    assert_eq!(faults(&[&defaults(settings)]), [format!("1.json:1: defaults.{expected}")]);
}

#[track_caller]
fn good(settings: &str) -> Policy {
    policy(&loaded(&[&defaults(settings)]), &host("h"))
}

#[test]
fn nothing_configured_is_the_built_in_defaults() {
    let every_key = loaded(&[EVERY_KEY]);
    let bare = loaded(&[r#"{"defaults": {"window": {}}}"#]);
    assert_eq!(policy(&bare, &host("h")), policy(&every_key, &host("h")));
    assert_eq!(bare.sharing(), every_key.sharing());
    assert_eq!(policy(&loaded(&[]), &host("h")), Policy { window: None, ..policy(&every_key, &host("h")) });
    assert_eq!(loaded(&["null"]), loaded(&[""]));
}

#[test]
fn every_built_in_value_is_one_that_may_be_configured() {
    for row in SETTINGS {
        let node = json::read(row.built_in, DOCUMENT).expect("JSON");
        assert!(value::read(row, &node).is_ok(), "{}", row.path);
    }
    assert!(SETTINGS.is_sorted_by_key(|row| row.key), "explanations go by the table");
}

#[test]
fn a_fault_names_source_line_path_bound_and_value() {
    let text = "{\"hosts\": {\n  \"api.crossref.org\": {\n    \"fail_max\": 0}}}";
    assert_eq!(faults(&[text]), ["1.json:3: hosts.api.crossref.org.fail_max: must be at least 1, is 0"]);
}

#[test]
fn all_faults_are_told_at_once() {
    let second = r#"{"names": {"": {"mode": 1}}, "hosts": {"a b": 5}, "typo": 1}"#;
    assert_eq!(faults(&["{", &defaults(r#""fail_max": 0, "reset": "x""#), second]).len(), 8);
}

#[test]
fn numbers_have_ranges() {
    for (key, min, max) in [("fail_max", 1, 10_000), ("success_threshold", 1, 100), ("trial_calls", 1, 100), ("trial_failures", 0, 100)] {
        good(&format!(r#""{key}": {min}"#));
        good(&format!(r#""{key}": {max}"#));
        fault(&format!(r#""{key}": {}"#, min - 1), &format!("{key}: must be at least {min}, is {}", min - 1));
        fault(&format!(r#""{key}": {}"#, max + 1), &format!("{key}: must be at most {max}, is {}", max + 1));
    }
    fault(r#""reset_timeout_s": 86400.001"#, "reset_timeout_s: must be at most 86400, is 86400.001");
    fault(r#""probe_timeout_s": 0.0004"#, "probe_timeout_s: must be at least 0.001, is 0.0004");
    fault(r#""fail_gap_s": 0"#, "fail_gap_s: must be at least 0.001, is 0");
    fault(r#""open_backoff": {"multiplier": 10.5}"#, "open_backoff.multiplier: must be at most 10, is 10.5");
    fault(r#""open_backoff": {"jitter": -0.1}"#, "open_backoff.jitter: must be at least 0, is -0.1");
    fault(r#""window": {"size": 3601}"#, "window.size: must be at most 3600, is 3601");
    fault(r#""window": {"minimum_calls": 0}"#, "window.minimum_calls: must be at least 1, is 0");
    fault(r#""window": {"failure_rate": 1.001}"#, "window.failure_rate: must be at most 1, is 1.001");
    fault(r#""window": {"slow_call_ms": 3600001}"#, "window.slow_call_ms: must be at most 3600000, is 3600001");
    fault(r#""half_open": {"jitter_ms": 60001}"#, "half_open.jitter_ms: must be at most 60000, is 60001");
    fault(r#""sharing": {"lease_ms": 10001}"#, "sharing.lease_ms: must be at most 10000, is 10001");
    fault(r#""sharing": {"lease_calls": 100001}"#, "sharing.lease_calls: must be at most 100000, is 100001");
    fault(r#""sharing": {"clock_skew_ms": 60001}"#, "sharing.clock_skew_ms: must be at most 60000, is 60001");
    fault(r#""fail_max": 18446744073709551616"#, "fail_max: must be at most 10000, is 18446744073709551616");
    let rolling = faults(&[r#"{"advanced": {"rolling": {"threshold_failures": 1001}}}"#]);
    assert_eq!(rolling, ["1.json:1: advanced.rolling.threshold_failures: must be at most 1000, is 1001"]);
}

#[test]
fn fractions_of_seconds_and_shares_become_integers() {
    let told = good(r#""reset_timeout_s": 0.1, "retry_after_cap_s": 0, "open_backoff": {"multiplier": 1.5, "jitter": 0.25}"#);
    assert_eq!((told.reset_timeout, told.retry_after_cap), (Millis(100), Millis::ZERO));
    assert_eq!((told.backoff.multiplier, told.backoff.jitter), (1_500, 250));
    let window = good(r#""window": {"failure_rate": 0.3333, "slow_call_rate": 1}"#).window.expect("a window");
    assert_eq!((window.failure_rate, window.slow_call_rate), (Some(PerMille(333)), Some(PerMille(1_000))));
    assert_eq!(good(r#""fail_max": 5.0"#).fail_max, Some(5));
}

#[test]
fn a_value_of_another_type_is_a_fault() {
    fault(r#""fail_max": 2.5"#, "fail_max: must be a whole number, is 2.5");
    fault(r#""fail_max": "five""#, "fail_max: must be a whole number (or null: off), is \"five\"");
    fault(r#""success_threshold": true"#, "success_threshold: must be a whole number, is true");
    fault(r#""reset_timeout_s": [1]"#, "reset_timeout_s: must be a number, is a list");
    fault(r#""mode": "watch""#, "mode: must be enforce or observe, is \"watch\"");
    fault(r#""window": 5"#, "window: must be a map (or null: off), is 5");
    fault(r#""open_backoff": 5"#, "open_backoff: must be a map, is 5");
    assert_eq!(faults(&["[]"]), ["1.json:1: must be a map, is a list"]);
}

#[test]
fn numbers_that_are_none_are_faults_and_no_traps() {
    fault(r#""fail_max": 1e999"#, "fail_max: must be at most 10000, is 1e999");
    fault(r#""fail_max": NaN"#, "fail_max: must be a whole number (or null: off), is \"NaN\"");
    for number in [".nan", "-.inf", "0x10", "0o7"] {
        fault(&format!(r#""trial_calls": {number}"#), &format!("trial_calls: must be a whole number in decimal digits, is {number}"));
        fault(&format!(r#""reset": {number}"#), &format!("reset: must be a number in decimal digits, is {number}"));
    }
    fault(r#""fail_max": "NaN""#, "fail_max: must be a whole number (or null: off), is \"NaN\"");
    let huge = faults(&[&defaults(r#""fail_max": 1e300"#)]);
    assert!(huge[0].len() < 120, "{huge:?}");
}

#[test]
fn null_means_off_where_there_is_an_off() {
    let window =
        good(r#""fail_max": null, "fail_gap_s": null, "window": {"failure_rate": null, "failure_count": null, "slow_call_rate": null}"#);
    assert_eq!((window.fail_max, window.fail_gap), (None, None));
    assert_eq!(window.window.map(|window| (window.failure_rate, window.failure_count, window.slow_call_rate)), Some((None, None, None)));
    assert_eq!(good(r#""window": null"#).window, None);
    fault(r#""reset_timeout_s": null"#, "reset_timeout_s: must be a number, is null");
    fault(r#""mode": null"#, "mode: must be enforce or observe, is null");
}

#[test]
fn null_for_a_map_is_an_empty_map() {
    let nothing = r#"{"defaults": null, "advanced": {"rolling": null}, "hosts": {"h": null}, "names": null, "resolvers": null}"#;
    assert_eq!(policy(&loaded(&[nothing]), &host("h")), policy(&loaded(&[]), &host("h")));
    assert_eq!(good(r#""open_backoff": null, "classify": null, "roles": null"#), policy(&loaded(&[]), &host("h")));
}

#[test]
fn yes_no_on_and_off_are_booleans() {
    for (text, expected) in [("true", true), ("\"yes\"", true), ("\"ON\"", true), ("\"no\"", false), ("\"off\"", false), ("false", false)] {
        let config = loaded(&[&format!(r#"{{"advanced": {{"rolling": {{"enabled": {text}}}}}}}"#)]);
        assert_eq!(policy(&config, &host("h")).rolling.is_some(), expected, "{text}");
    }
    let told = faults(&[r#"{"advanced": {"rolling": {"enabled": 1}}}"#]);
    assert_eq!(told, ["1.json:1: advanced.rolling.enabled: must be true or false, is 1"]);
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_known_one() {
    fault(r#""fail-max": 3"#, "fail-max: unknown key: was `fail_max` meant?");
    fault(r#""sharing": {"lease": 3}"#, "sharing.lease: unknown key: was `lease_ms` meant?");
    fault(r#""half_open": {"zzzzzzzz": 3}"#, "half_open.zzzzzzzz: unknown key: one of jitter_ms is expected");
    assert_eq!(faults(&[r#"{"host": {}}"#]), ["1.json:1: host: unknown key: was `hosts` meant?"]);
    assert!(faults(&[r#"{"fail_max": 3}"#])[0].contains("it may stand under `defaults`"));
}

#[test]
fn schema_and_x_keys_are_ignored_but_not_as_names() {
    good(r#""x-base": {"nonsense": 1}, "$schema": "s", "window": {"x-": 1}"#);
    let config = loaded(&[r#"{"names": {"x-ray": {"fail_max": 2}}, "hosts": {"x-ray.example": {"fail_max": 2}}}"#]);
    assert_eq!((fail_max(&config, &Scope::name("x-ray")), fail_max(&config, &host("x-ray.example"))), (Some(2), Some(2)));
}

#[test]
fn what_belongs_to_the_board_stands_under_defaults_alone() {
    let sharing =
        loaded(&[&defaults(r#""sharing": {"clock_skew_ms": 5, "storage_budget_ms": 50, "on_storage_error": "reject"}"#)]).sharing();
    assert_eq!(sharing, Sharing { clock_skew: Millis(5), storage_budget: Millis(50), on_storage_error: OnStorageError::Reject });
    let told = faults(&[r#"{"hosts": {"h": {"sharing": {"lease_ms": 0, "clock_skew_ms": 5}}}}"#]);
    assert_eq!(told, ["1.json:1: hosts.h.sharing.clock_skew_ms: one for the whole board: it may stand under `defaults` alone"]);
    fault(r#""roles": {"r": {"roles": {}}}"#, "roles.r.roles: only `defaults` and hosts have roles");
}

#[test]
fn status_lists_hold_numbers_classes_and_ranges() {
    let classify = good(r#""classify": {"failure_statuses": ["5xx", 429, 408, "500-504", "597-601"], "neutral_statuses": []}"#).classify;
    let range = |first, last| StatusRange { first, last };
    assert_eq!(classify.failure_statuses, [range(408, 408), range(429, 429), range(500, 601)]);
    assert_eq!(classify.neutral_statuses, []);
    for bad in ["99", "1000", "\"0xx\"", "\"xx\"", "\"55xx\"", "\"5x\"", "\"504-500\"", "null", "[500]", "4.5", "-500"] {
        let told = faults(&[&defaults(&format!(r#""classify": {{"failure_statuses": [200, {bad}]}}"#))]);
        assert!(told[0].starts_with("1.json:1: defaults.classify.failure_statuses[1]: must be a status from 100 to 999"), "{told:?}");
    }
}

#[test]
fn type_names_are_texts() {
    assert_eq!(good(r#""classify": {"neutral_exceptions": ["a.B", "*C"]}"#).classify.neutral_exceptions, ["a.B", "*C"]);
    fault(r#""classify": {"neutral_exceptions": [1]}"#, "classify.neutral_exceptions[0]: must be a type name, as \"*Timeout\", is 1");
    fault(
        r#""classify": {"neutral_exceptions": "*"}"#,
        "classify.neutral_exceptions: must be a list of type names, as [\"*Timeout\"], is \"*\"",
    );
}

#[test]
fn observe_is_a_mode() {
    assert_eq!(good(r#""mode": "observe""#).mode, Mode::Observe);
}

#[test]
fn roles_and_names_are_bounded() {
    let roles = |count: usize| (0..count).map(|role| format!(r#""r{role}": {{}}"#)).collect::<Vec<_>>().join(",");
    good(&format!(r#""roles": {{{}}}"#, roles(16)));
    fault(&format!(r#""roles": {{{}}}"#, roles(17)), "roles: must have at most 16 roles, has 17");
    let long = "n".repeat(129);
    assert!(faults(&[&format!(r#"{{"names": {{"{long}": {{}}}}}}"#)])[0].contains("at most 128 are allowed"));
    assert!(faults(&[r#"{"resolvers": {"": {}}}"#])[0].contains("an empty name"));
    assert!(faults(&[r#"{"hosts": {"u@h": {}}}"#])[0].contains("user information"));
}

#[test]
fn the_circuit_without_a_role_has_no_role_setting() {
    assert!(faults(&[&defaults(r#""roles": {"Default": {}}"#)])[0].contains("takes no role's setting"));
}

#[test]
fn patterns_have_their_star_at_the_start_and_no_port() {
    for bad in ["*", "a.*.example", "*example.org", "*.example.org:80", "*.", "*.*.a"] {
        assert_eq!(faults(&[&format!(r#"{{"hosts": {{"{bad}": {{}}}}}}"#)]).len(), 1, "{bad}");
    }
}

#[test]
fn no_value_of_any_key_is_a_trap() {
    let values = [
        "null",
        "true",
        "-1",
        "0",
        "0.5",
        "1e300",
        "-0.0",
        "18446744073709551615",
        "\"\"",
        "\"é5xx\"",
        "[]",
        "[[null]]",
        "{}",
        "{\"\": 1}",
    ];
    for (row, value) in SETTINGS.iter().flat_map(|row| values.map(|value| (row, value))) {
        let nested = row.path.rsplit('.').fold(value.to_owned(), |inner, key| format!(r#"{{"{key}": {inner}}}"#));
        let at_places = [format!(r#"{{"defaults": {nested}, "hosts": {{"h": {nested}}}}}"#), nested.clone()];
        for text in at_places {
            if let Ok((config, _)) = Config::read(&sources(&[&text])) {
                policy(&config, &host("h"));
            }
        }
        let patches = Patches { whole: Some(&nested), role: Some(&nested) };
        let told = loaded(&[]).policy(&Scope::host("h").role("r"), patches);
        assert!(told.open_max() <= Millis(2 * 86_400_000), "{nested}");
    }
}
