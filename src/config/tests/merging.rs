//! Merging of sources, and conflicts between settings.

use super::*;
use crate::policy::WindowShape;

#[track_caller]
fn window(texts: &[&str], circuit: &Scope) -> crate::policy::WindowPolicy {
    policy(&loaded(texts), circuit).window.expect("a window")
}

#[test]
fn maps_merge_and_lists_and_scalars_replace() {
    let first = r#"{"defaults": {"fail_max": 2, "trial_calls": 4, "classify": {"failure_statuses": [500], "neutral_statuses": [404]}}}"#;
    let second = r#"{"defaults": {"fail_max": 3, "classify": {"failure_statuses": [503]}}, "hosts": {"h": {"fail_max": 9}}}"#;
    let config = loaded(&[first, second, r#"{"hosts": {"H.": {"trial_calls": 5}}}"#]);
    let merged = policy(&config, &host("h"));
    assert_eq!((merged.fail_max, merged.trial_calls), (Some(9), 5));
    let classify = policy(&config, &host("other")).classify;
    assert_eq!(
        (status_ranges::format(&classify.failure_statuses), status_ranges::format(&classify.neutral_statuses)),
        ("[503]".into(), "[404]".into())
    );
}

#[test]
fn alias_merges_with_its_setting() {
    let config = loaded(&[r#"{"defaults": {"reset_timeout_s": 5, "retry_after_cap": 6}}"#, r#"{"defaults": {"reset": 7}}"#]);
    assert_eq!(policy(&config, &host("h")).reset_timeout, Millis(7_000));
    assert_eq!(policy(&config, &host("h")).retry_after_cap, Millis(6_000));
    let rolling = loaded(&[r#"{"advanced": {"rolling": {"enabled": true, "window": 5, "thresh": 2, "cooldown": 0.5}}}"#]);
    assert_eq!(policy(&rolling, &host("h")).rolling, Some(Rolling { window: Millis(5_000), threshold: 2, cooldown: Millis(500) }));
}

#[test]
fn duplicate_key_or_alias_in_a_map_is_an_error() {
    let found = errors(&["{\"defaults\": {\"reset\": 1,\n\"reset_timeout_s\": 2,\n\"mode\": \"enforce\", \"mode\": \"enforce\"}}"]);
    let expected = [
        "1.json:2: defaults.reset_timeout_s: same setting as `reset`: keep one of them",
        "1.json:3: defaults.mode: duplicate key: keep one of them",
    ];
    assert_eq!(found, expected);
    assert_eq!(errors(&[r#"{"hosts": {"H": {}, "h.": {}}}"#]), ["1.json:1: hosts.h.: duplicate of \"h\": keep one of them"]);
    assert_eq!(errors(&[r#"{"hosts": {"h": {"roles": {"meta": {}, "Metadata": {}}}}}"#]).len(), 1);
    assert_eq!(errors(&[r#"{"names": {"a": {}, "a": {}}, "names": {}}"#]).len(), 2);
}

#[test]
fn null_for_a_map_removes_nothing() {
    let config = loaded(&[r#"{"hosts": {"h": {"fail_max": 2}}}"#, r#"{"hosts": null}"#, r#"{"hosts": {"h": null}}"#]);
    assert_eq!(fail_max(&config, &host("h")), Some(2));
}

#[test]
fn window_merges_with_the_inherited_one() {
    let text = r#"{"defaults": {"window": {"kind": "count", "size": 50, "minimum_calls": 5}}, "hosts": {"h": {"window": {"size": 30}}}}"#;
    assert_eq!(window(&[text], &host("h")).shape, WindowShape::Count(30));
    assert_eq!(window(&[text], &host("h")).minimum_calls, 5);
}

#[test]
fn window_with_a_kind_replaces_the_inherited_one() {
    let inherited = r#"{"defaults": {"window": {"size": 50, "minimum_calls": 5, "slow_call_rate": 0.1}}}"#;
    let of_host = r#"{"hosts": {"h": {"window": {"kind": "time"}}}}"#;
    let window_of_host = window(&[inherited, of_host], &host("h"));
    assert_eq!(
        (window_of_host.shape, window_of_host.minimum_calls, window_of_host.slow_call_rate),
        (WindowShape::Time(Millis(60_000)), 20, None)
    );
    let later = window(&[inherited, r#"{"defaults": {"window": {"kind": "time"}}}"#], &host("h"));
    assert_eq!(later.minimum_calls, 20);
}

#[test]
fn window_that_is_off_can_be_turned_on_for_a_role() {
    let text = r#"{"defaults": {"window": {"size": 50}}, "hosts": {"h": {"window": null, "roles": {"r": {"window": {}}}}}}"#;
    let config = loaded(&[text]);
    assert_eq!(policy(&config, &host("h")).window, None);
    assert_eq!(window(&[text], &Scope::host("h").role("r")).shape, WindowShape::Time(Millis(60_000)));
}

#[test]
fn minimum_calls_above_the_size_of_a_count_window_is_an_error() {
    let found = errors(&[r#"{"defaults": {"window": {"kind": "count", "size": 10}}, "hosts": {"h": {"window": {"failure_rate": 0.1}}}}"#]);
    assert_eq!(found, ["1.json:1: defaults.window.minimum_calls: must be at most 10, which is the size of the window in calls, is 20"]);
    loaded(&[r#"{"defaults": {"window": {"kind": "time", "size": 10}}}"#]);
    loaded(&[r#"{"defaults": {"window": {"kind": "count", "size": 10, "minimum_calls": 10}}}"#]);
}

#[test]
fn conflicts_are_found_across_documents() {
    let first = r#"{"defaults": {"window": {"kind": "count", "size": 30}, "roles": {"r": {"window": {"minimum_calls": 25}}}}}"#;
    let second = "{\"hosts\": {\"*.example.org\":\n {\"window\": {\"size\": 22}}}}";
    let found = errors(&[first, second]);
    assert_eq!(
        found,
        ["1.json:1: hosts.*.example.org.roles.r.window.minimum_calls: must be at most 22, which is the size of the window in calls, is 25"]
    );
}

#[test]
fn count_window_has_at_most_1000_calls() {
    let found = errors(&[r#"{"names": {"n": {"window": {"kind": "count", "size": 1001}}}}"#]);
    assert_eq!(found, ["1.json:1: names.n.window.size: must be at most 1000 if the window counts calls, is 1001"]);
}

#[test]
fn invalid_window_causes_one_error() {
    assert_eq!(errors(&[r#"{"defaults": {"window": {"kind": "count", "size": 0, "minimum_calls": 90}}}"#]).len(), 1);
}

#[test]
fn status_in_both_lists_is_a_warning() {
    let text = r#"{"defaults": {"classify": {"neutral_statuses": [404, "50x", 429]}}}"#.replace("\"50x\"", "\"500-504\"");
    let (config, warnings) =
        Config::read(&sources(&[&text, r#"{"hosts": {"h": {"classify": {"failure_exceptions": []}}}}"#])).expect("good");
    assert_eq!(
        shown(&warnings),
        ["1.json:1: defaults.classify.neutral_statuses: [429, 500-504] is also in failure_statuses: neutral_statuses takes precedence"]
    );
    assert!(warnings.iter().all(|warning| warning.severity == Severity::Warning));
    assert_eq!(policy(&config, &host("h")).classify.neutral_statuses.len(), 3);
}

#[test]
fn merged_documents_have_at_most_16_roles() {
    let roles = |from: usize| {
        let roles = (from..from + 9).map(|role| format!(r#""r{role}": {{"fail_max": 1}}"#)).collect::<Vec<_>>().join(",");
        format!(r#"{{"hosts": {{"h": {{"roles": {{{roles}}}}}}}}}"#)
    };
    assert_eq!(errors(&[&roles(0), &roles(9)]), ["2.json:1: hosts.h.roles: must have at most 16 roles, has 18"]);
}

/// A host may merge documents before it passes them to the engine.
#[test]
fn merging_is_associative() {
    let settings = [
        r#"{"fail_max": 1}"#,
        r#"{"fail_max": null, "reset": 5}"#,
        r#"{"window": null}"#,
        r#"{"window": {}}"#,
        r#"{"window": {"size": 5, "failure_rate": 0.1}}"#,
        r#"{"window": {"kind": "count", "minimum_calls": 2}}"#,
        r#"{"window": {"kind": "time"}, "classify": {"failure_statuses": [500]}}"#,
        r#"{"classify": {"failure_statuses": []}, "open_backoff": {"jitter": 0.5}}"#,
        r#"{"roles": {"metadata": {"window": {"size": 7}}}}"#,
        r#"{"roles": {"meta": {"window": null, "fail_max": 2}}}"#,
    ];
    let layers = |settings: &str| {
        let text = format!(r#"{{"defaults": {settings}, "hosts": {{"h": {settings}}}}}"#);
        DocumentReader::new("x").document(&json::parse(&text, DOCUMENT_LIMITS).expect("JSON"))
    };
    let merged = |mut earlier: ConfigLayers, later: ConfigLayers| {
        earlier.merge(later);
        earlier
    };
    for number in 0..settings.len().pow(3) {
        let [a, b, c] = [1, 10, 100].map(|power| settings[number / power % settings.len()]);
        let from_left = merged(merged(layers(a), layers(b)), layers(c));
        let from_right = merged(layers(a), merged(layers(b), layers(c)));
        assert_eq!(from_left, from_right, "{a} {b} {c}");
    }
}
