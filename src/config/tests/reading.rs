//! Valid and invalid documents.

use super::*;
use crate::policy::{Mode, OnStorageError, PerMille};
use crate::status_range::StatusRange;

fn defaults(settings: &str) -> String {
    format!(r#"{{"defaults": {{{settings}}}}}"#)
}

#[track_caller]
fn invalid(settings: &str, expected: &str) {
    assert_eq!(errors(&[&defaults(settings)]), [format!("1.json:1: defaults.{expected}")]);
}

#[track_caller]
fn valid(settings: &str) -> Policy {
    policy(&loaded(&[&defaults(settings)]), &host("h"))
}

#[test]
fn empty_configuration_has_built_in_values() {
    let every_key = loaded(&[EVERY_KEY]);
    let bare = loaded(&[r#"{"defaults": {"window": {}}}"#]);
    assert_eq!(policy(&bare, &host("h")), policy(&every_key, &host("h")));
    assert_eq!(bare.sharing(), every_key.sharing());
    assert_eq!(policy(&loaded(&[]), &host("h")), Policy { window: None, ..policy(&every_key, &host("h")) });
    assert_eq!(loaded(&["null"]), loaded(&[""]));
}

#[test]
fn every_built_in_value_is_valid() {
    for row in SETTINGS {
        let node = json::parse(row.built_in, DOCUMENT_LIMITS).expect("JSON");
        assert!(parse_value(row, &node).is_ok(), "{}", row.path);
    }
    assert!(SETTINGS.is_sorted_by_key(|row| row.key), "explanations have the order of the table");
}

#[test]
fn error_has_source_line_path_range_and_value() {
    let text = "{\"hosts\": {\n  \"api.crossref.org\": {\n    \"fail_max\": 0}}}";
    assert_eq!(errors(&[text]), ["1.json:3: hosts.api.crossref.org.fail_max: must be between 1 and 10000, is 0"]);
}

#[test]
fn all_errors_are_returned_together() {
    let second = r#"{"names": {"": {"mode": 1}}, "hosts": {"a b": 5}, "typo": 1}"#;
    assert_eq!(errors(&["{", &defaults(r#""fail_max": 0, "reset": "x""#), second]).len(), 8);
}

#[test]
fn numbers_out_of_range_are_errors() {
    for (key, min, max) in [("fail_max", 1, 10_000), ("success_threshold", 1, 100), ("trial_calls", 1, 100), ("trial_failures", 0, 100)] {
        valid(&format!(r#""{key}": {min}"#));
        valid(&format!(r#""{key}": {max}"#));
        invalid(&format!(r#""{key}": {}"#, min - 1), &format!("{key}: must be between {min} and {max}, is {}", min - 1));
        invalid(&format!(r#""{key}": {}"#, max + 1), &format!("{key}: must be between {min} and {max}, is {}", max + 1));
    }
    invalid(r#""reset_timeout_s": 86400.001"#, "reset_timeout_s: must be between 0 and 86400, is 86400.001");
    invalid(r#""probe_timeout_s": 0.0004"#, "probe_timeout_s: must be between 0.001 and 86400, is 0.0004");
    invalid(r#""fail_gap_s": 0"#, "fail_gap_s: must be between 0.001 and 86400, is 0");
    invalid(r#""open_backoff": {"multiplier": 10.5}"#, "open_backoff.multiplier: must be between 1 and 10, is 10.5");
    invalid(r#""open_backoff": {"jitter": -0.1}"#, "open_backoff.jitter: must be between 0 and 1, is -0.1");
    invalid(r#""window": {"size": 3601}"#, "window.size: must be between 1 and 3600, is 3601");
    invalid(r#""window": {"minimum_calls": 0}"#, "window.minimum_calls: must be between 1 and 10000, is 0");
    invalid(r#""window": {"failure_rate": 1.001}"#, "window.failure_rate: must be between 0.001 and 1, is 1.001");
    invalid(r#""window": {"slow_call_ms": 3600001}"#, "window.slow_call_ms: must be between 1 and 3600000, is 3600001");
    invalid(r#""half_open": {"jitter_ms": 60001}"#, "half_open.jitter_ms: must be between 0 and 60000, is 60001");
    invalid(r#""sharing": {"lease_ms": 10001}"#, "sharing.lease_ms: must be between 0 and 10000, is 10001");
    invalid(r#""sharing": {"lease_calls": 100001}"#, "sharing.lease_calls: must be between 0 and 100000, is 100001");
    invalid(r#""sharing": {"clock_skew_ms": 60001}"#, "sharing.clock_skew_ms: must be between 0 and 60000, is 60001");
    invalid(r#""fail_max": 18446744073709551616"#, "fail_max: must be between 1 and 10000, is 18446744073709551616");
    let rolling = errors(&[r#"{"advanced": {"rolling": {"threshold_failures": 1001}}}"#]);
    assert_eq!(rolling, ["1.json:1: advanced.rolling.threshold_failures: must be between 1 and 1000, is 1001"]);
}

#[test]
fn fractions_become_integers() {
    let policy = valid(r#""reset_timeout_s": 0.1, "retry_after_cap_s": 0, "open_backoff": {"multiplier": 1.5, "jitter": 0.25}"#);
    assert_eq!((policy.reset_timeout, policy.retry_after_cap), (Millis(100), Millis::ZERO));
    assert_eq!((policy.backoff.multiplier, policy.backoff.jitter), (1_500, 250));
    let window = valid(r#""window": {"failure_rate": 0.3333, "slow_call_rate": 1}"#).window.expect("a window");
    assert_eq!((window.failure_rate, window.slow_call_rate), (Some(PerMille(333)), Some(PerMille(1_000))));
    assert_eq!(valid(r#""fail_max": 5.0"#).fail_max, Some(5));
}

#[test]
fn value_of_another_type_is_an_error() {
    invalid(r#""fail_max": 2.5"#, "fail_max: must be a whole number between 1 and 10000, is 2.5");
    invalid(r#""fail_max": "five""#, "fail_max: must be a whole number between 1 and 10000 (or null for off), is \"five\"");
    invalid(r#""success_threshold": true"#, "success_threshold: must be a whole number between 1 and 100, is true");
    invalid(r#""reset_timeout_s": [1]"#, "reset_timeout_s: must be a number between 0 and 86400, is a list");
    invalid(r#""mode": "watch""#, "mode: must be enforce or observe, is \"watch\"");
    invalid(r#""window": 5"#, "window: must be a map (or null for off), is 5");
    invalid(r#""open_backoff": 5"#, "open_backoff: must be a map, is 5");
    assert_eq!(errors(&["[]"]), ["1.json:1: must be a map, is a list"]);
}

#[test]
fn texts_that_are_not_decimal_numbers_are_errors() {
    invalid(r#""fail_max": 1e999"#, "fail_max: must be between 1 and 10000, is 1e999");
    invalid(r#""fail_max": NaN"#, "fail_max: must be a whole number between 1 and 10000 (or null for off), is \"NaN\"");
    for number in [".nan", "-.inf", "0x10", "0o7"] {
        invalid(
            &format!(r#""trial_calls": {number}"#),
            &format!("trial_calls: must be a whole number between 1 and 100 in decimal digits, is {number}"),
        );
        invalid(&format!(r#""reset": {number}"#), &format!("reset: must be a number between 0 and 86400 in decimal digits, is {number}"));
    }
    invalid(r#""fail_max": "NaN""#, "fail_max: must be a whole number between 1 and 10000 (or null for off), is \"NaN\"");
    let huge = errors(&[&defaults(r#""fail_max": 1e300"#)]);
    assert!(huge[0].len() < 120, "{huge:?}");
}

#[test]
fn null_means_off_for_settings_that_can_be_off() {
    let window =
        valid(r#""fail_max": null, "fail_gap_s": null, "window": {"failure_rate": null, "failure_count": null, "slow_call_rate": null}"#);
    assert_eq!((window.fail_max, window.fail_gap), (None, None));
    assert_eq!(window.window.map(|window| (window.failure_rate, window.failure_count, window.slow_call_rate)), Some((None, None, None)));
    assert_eq!(valid(r#""window": null"#).window, None);
    invalid(r#""reset_timeout_s": null"#, "reset_timeout_s: must be a number between 0 and 86400, is null");
    invalid(r#""mode": null"#, "mode: must be enforce or observe, is null");
}

#[test]
fn null_is_an_empty_map() {
    let nothing = r#"{"defaults": null, "advanced": {"rolling": null}, "hosts": {"h": null}, "names": null, "resolvers": null}"#;
    assert_eq!(policy(&loaded(&[nothing]), &host("h")), policy(&loaded(&[]), &host("h")));
    assert_eq!(valid(r#""open_backoff": null, "classify": null, "roles": null"#), policy(&loaded(&[]), &host("h")));
}

#[test]
fn words_yes_no_on_and_off_are_booleans() {
    for (text, expected) in [("true", true), ("\"yes\"", true), ("\"ON\"", true), ("\"no\"", false), ("\"off\"", false), ("false", false)] {
        let config = loaded(&[&format!(r#"{{"advanced": {{"rolling": {{"enabled": {text}}}}}}}"#)]);
        assert_eq!(policy(&config, &host("h")).rolling.is_some(), expected, "{text}");
    }
    let found = errors(&[r#"{"advanced": {"rolling": {"enabled": 1}}}"#]);
    assert_eq!(found, ["1.json:1: advanced.rolling.enabled: must be true or false, is 1"]);
}

#[test]
fn unknown_key_gives_the_nearest_known_one() {
    invalid(r#""fail-max": 3"#, "fail-max: unknown key: did you mean `fail_max`?");
    invalid(r#""sharing": {"lease": 3}"#, "sharing.lease: unknown key: did you mean `lease_ms`?");
    invalid(r#""half_open": {"zzzzzzzz": 3}"#, "half_open.zzzzzzzz: unknown key: must be one of neutral, jitter_ms");
    assert_eq!(errors(&[r#"{"host": {}}"#]), ["1.json:1: host: unknown key: did you mean `hosts`?"]);
    assert!(errors(&[r#"{"fail_max": 3}"#])[0].contains("must be under `defaults`"));
}

#[test]
fn schema_and_x_keys_are_ignored_except_as_names() {
    valid(r#""x-base": {"nonsense": 1}, "$schema": "s", "window": {"x-": 1}"#);
    let config = loaded(&[r#"{"names": {"x-ray": {"fail_max": 2}}, "hosts": {"x-ray.example": {"fail_max": 2}}}"#]);
    assert_eq!((fail_max(&config, &Scope::name("x-ray")), fail_max(&config, &host("x-ray.example"))), (Some(2), Some(2)));
}

#[test]
fn board_settings_are_allowed_under_defaults_only() {
    let sharing =
        loaded(&[&defaults(r#""sharing": {"clock_skew_ms": 5, "storage_budget_ms": 50, "on_storage_error": "reject"}"#)]).sharing();
    assert_eq!(sharing, Sharing { clock_skew: Millis(5), storage_budget: Millis(50), on_storage_error: OnStorageError::Reject });
    let found = errors(&[r#"{"hosts": {"h": {"sharing": {"lease_ms": 0, "clock_skew_ms": 5}}}}"#]);
    assert_eq!(found, ["1.json:1: hosts.h.sharing.clock_skew_ms: must be under `defaults`: it applies to the whole board"]);
    invalid(r#""roles": {"r": {"roles": {}}}"#, "roles.r.roles: must be under `defaults` or a host: nothing else has roles");
}

#[test]
fn status_lists_accept_numbers_classes_and_ranges() {
    let classify = valid(r#""classify": {"failure_statuses": ["5xx", 429, 408, "500-504", "597-601"], "neutral_statuses": []}"#).classify;
    let range = |first, last| StatusRange { first, last };
    assert_eq!(classify.failure_statuses, [range(408, 408), range(429, 429), range(500, 601)]);
    assert_eq!(classify.neutral_statuses, []);
    for bad in ["99", "1000", "\"0xx\"", "\"xx\"", "\"55xx\"", "\"5x\"", "\"504-500\"", "null", "[500]", "4.5", "-500"] {
        let found = errors(&[&defaults(&format!(r#""classify": {{"failure_statuses": [200, {bad}]}}"#))]);
        assert!(found[0].starts_with("1.json:1: defaults.classify.failure_statuses[1]: must be a status between 100 and 999"), "{found:?}");
    }
}

#[test]
fn type_names_must_be_texts() {
    assert_eq!(valid(r#""classify": {"neutral_exceptions": ["a.B", "*C"]}"#).classify.neutral_exceptions, ["a.B", "*C"]);
    invalid(r#""classify": {"neutral_exceptions": [1]}"#, "classify.neutral_exceptions[0]: must be a type name such as \"*Timeout\", is 1");
    invalid(
        r#""classify": {"neutral_exceptions": "*"}"#,
        "classify.neutral_exceptions: must be a list of type names such as [\"*Timeout\"], is \"*\"",
    );
}

#[test]
fn mode_can_be_observe() {
    assert_eq!(valid(r#""mode": "observe""#).mode, Mode::Observe);
}

#[test]
fn numbers_of_roles_and_lengths_of_names_are_limited() {
    let roles = |count: usize| (0..count).map(|role| format!(r#""r{role}": {{}}"#)).collect::<Vec<_>>().join(",");
    valid(&format!(r#""roles": {{{}}}"#, roles(16)));
    invalid(&format!(r#""roles": {{{}}}"#, roles(17)), "roles: must have at most 16 roles, has 17");
    let long = "n".repeat(129);
    assert!(errors(&[&format!(r#"{{"names": {{"{long}": {{}}}}}}"#)])[0].contains("at most 128 bytes"));
    assert!(errors(&[r#"{"resolvers": {"": {}}}"#])[0].contains("the name is empty"));
}

#[test]
fn url_names_the_host_of_its_authority() {
    let text = r#"{"hosts": {"https://me:pass@H.example:443/path?q=*": {"fail_max": 7}}}"#;
    assert_eq!(policy(&loaded(&[text]), &host("h.example")).fail_max, Some(7));
    let error = errors(&[r#"{"hosts": {"https://me:pass@h:0/path": {"fail_max": 0}}}"#]).join(" ");
    assert!(error.contains("hosts.h:0.fail_max") && !error.contains("pass") && !error.contains("path"), "{error}");
}

#[test]
fn role_default_has_no_settings() {
    assert!(errors(&[&defaults(r#""roles": {"Default": {}}"#)])[0].contains("has no settings of its own"));
}

#[test]
fn pattern_has_one_star_at_its_start_and_no_port() {
    for bad in ["*", "a.*.example", "*example.org", "*.example.org:80", "*.u@example.org", "*.", "*.*.a"] {
        assert_eq!(errors(&[&format!(r#"{{"hosts": {{"{bad}": {{}}}}}}"#)]).len(), 1, "{bad}");
    }
}

#[test]
fn no_value_of_any_key_panics() {
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
        let texts = [format!(r#"{{"defaults": {nested}, "hosts": {{"h": {nested}}}}}"#), nested.clone()];
        for text in texts {
            if let Ok((config, _)) = Config::read(&sources(&[&text])) {
                policy(&config, &host("h"));
            }
        }
        let patches = Patches { whole: Some(&nested), role: Some(&nested) };
        let policy = loaded(&[]).policy(&Scope::host("h").role("r"), patches);
        assert!(policy.open_max() <= Millis(2 * 86_400_000), "{nested}");
    }
}
