//! Live patches.

use super::*;

const CONFIG: &str = r#"{"defaults": {"roles": {"r": {"fail_max": 2}}},
    "hosts": {"h": {"fail_max": 3, "roles": {"s": {"fail_max": 4}}}, "*.example": {"fail_max": 6, "trial_calls": 7}},
    "names": {"n": {"fail_max": 8}}}"#;

fn patched(circuit: &Scope, whole: Option<&str>, role: Option<&str>) -> Policy {
    loaded(&[CONFIG]).policy(circuit, Patches { whole, role })
}

#[track_caller]
fn refused(scope: &Scope, text: &str, expected: &str) {
    assert_eq!(loaded(&[CONFIG]).check_patch(scope, text), Err(expected.to_owned()));
}

#[test]
fn patch_of_a_host_overrides_its_entry() {
    let whole = Some(r#"{"fail_max": 30}"#);
    assert_eq!(patched(&host("h"), whole, None).fail_max, Some(30));
    assert_eq!(patched(&Scope::host("h").role("r"), whole, None).fail_max, Some(30));
    assert_eq!(patched(&Scope::host("h").role("s"), whole, None).fail_max, Some(4), "a role takes precedence over its host");
}

#[test]
fn patch_of_a_role_overrides_the_role() {
    let (whole, role) = (Some(r#"{"roles": {"s": {"fail_max": 40, "trial_calls": 2}}}"#), Some(r#"{"fail_max": 50}"#));
    let both = patched(&Scope::host("h").role("s"), whole, role);
    assert_eq!((both.fail_max, both.trial_calls), (Some(50), 2));
    assert_eq!(patched(&Scope::host("h").role("s"), whole, None).fail_max, Some(40));
    assert_eq!(patched(&host("h"), whole, role).fail_max, Some(3), "a role's patch does not apply to the circuit without a role");
}

#[test]
fn patch_overrides_the_entry_of_a_pattern() {
    let policy = patched(&host("a.example"), Some(r#"{"fail_max": 60}"#), None);
    assert_eq!((policy.fail_max, policy.trial_calls), (Some(60), 7));
}

#[test]
fn names_and_resolvers_can_be_patched() {
    assert_eq!(patched(&Scope::name("n"), Some(r#"{"fail_max": null}"#), None).fail_max, None);
    assert_eq!(patched(&Scope::resolver("n"), Some(r#"{"fail_max": 9}"#), None).fail_max, Some(9));
}

#[test]
fn invalid_patch_is_ignored() {
    for bad in ["", "{", "[]", "null", r#"{"fail_max": 0}"#, r#"{"fail_max": 30, "from_the_future": 1}"#] {
        assert_eq!(patched(&host("h"), Some(bad), None).fail_max, Some(3), "{bad}");
        let kept = patched(&Scope::host("h").role("s"), Some(bad), Some(r#"{"fail_max": 50}"#));
        assert_eq!(kept.fail_max, Some(50), "the other patch applies");
    }
}

#[test]
fn patch_with_a_conflict_is_ignored() {
    let config = loaded(&[r#"{"hosts": {"h": {"window": {"kind": "count", "minimum_calls": 60}, "roles": {"r": {}}}}}"#]);
    let patch = r#"{"fail_max": 30, "window": {"size": 50}}"#;
    assert_eq!(config.policy(&host("h"), Patches { whole: Some(patch), role: None }), policy(&config, &host("h")));
    let message = "window.minimum_calls (for host h): must be at most 50, which is the size of the window in calls, is 60";
    assert_eq!(config.check_patch(&Scope::host("h"), patch), Err(message.to_owned()));
    assert_eq!(config.check_patch(&Scope::host("g"), patch), Ok(()));
}

#[test]
fn valid_patch_is_accepted_at_every_scope() {
    let config = loaded(&[CONFIG]);
    let plain = r#"{"reset": 5, "window": {"kind": "time"}, "sharing": {"lease_ms": 0}}"#;
    for scope in [Scope::host("h"), Scope::host("h").role("s"), Scope::name("n"), Scope::resolver("x")] {
        assert_eq!(config.check_patch(&scope, plain), Ok(()), "{scope}");
    }
    assert_eq!(config.check_patch(&Scope::host("h"), r#"{"roles": {"meta": {"fail_max": 1}}}"#), Ok(()));
}

#[test]
fn setting_that_is_not_allowed_at_the_scope_is_refused() {
    let roles = r#"{"roles": {"s": {}}}"#;
    refused(&Scope::name("n"), roles, "roles: must be under `defaults` or a host: nothing else has roles");
    refused(&Scope::host("h").role("s"), roles, "roles: must be under `defaults` or a host: nothing else has roles");
    refused(&Scope::host("h").role("default"), "{}", "the role `default` has no settings of its own: patch the whole host");
    refused(&Scope::host("h"), "[]", "must be a JSON object, is a list");
    refused(&Scope::host("h"), "null", "must be a JSON object, is null");
}

#[test]
fn all_errors_of_a_patch_are_in_one_text() {
    refused(
        &Scope::host("h"),
        "{\"fail_max\": 0,\n \"reset\": -1, \"sharing\": {\"storage_budget_ms\": 5}}",
        "fail_max: must be between 1 and 10000, is 0; reset: must be between 0 and 86400, is -1; \
         sharing.storage_budget_ms: must be under `defaults`: it applies to the whole board",
    );
}

#[test]
fn patch_cannot_exceed_the_number_of_roles() {
    let roles = (0..16).map(|role| format!(r#""p{role}": {{}}"#)).collect::<Vec<_>>().join(",");
    let patch = format!(r#"{{"roles": {{{roles}}}}}"#);
    refused(&Scope::host("h"), &patch, "roles: must have at most 16 with the configured ones, has 17");
    assert_eq!(loaded(&[CONFIG]).check_patch(&Scope::host("g"), &patch), Ok(()));
}

#[test]
fn explanation_shows_patched_values() {
    let config = loaded(&[CONFIG]);
    let origin = |patch: &str| {
        let settings = config.explain(&host("h"), Patches { whole: Some(patch), role: None });
        settings.into_iter().find(|setting| setting.path == "fail_max").map(|setting| (setting.value, setting.origin))
    };
    assert_eq!(origin(r#"{"fail_max": 30}"#), Some(("30".into(), "patch".into())));
    assert_eq!(origin(r#"{"fail_max": 0}"#), Some(("3".into(), "1.json:2".into())));
}
