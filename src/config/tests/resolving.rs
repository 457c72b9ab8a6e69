//! Precedence of layers, and origins of values.

use super::*;

#[test]
fn reference_configuration_gives_its_values() {
    let (config, warnings) = Config::read(&sources(&[REFERENCE])).expect("good");
    assert_eq!(shown(&warnings), Vec::<String>::new());
    let metadata = policy(&config, &Scope::host("api.crossref.org").role("metadata"));
    assert_eq!((metadata.fail_max, metadata.reset_timeout, metadata.success_threshold), (Some(6), Millis(90_000), 2));
    assert_eq!((metadata.retry_after_cap, metadata.stagger), (Millis(600_000), Millis(150)));
    assert_eq!(metadata.rolling, Some(Rolling { window: Millis(10_000), threshold: 3, cooldown: Millis(30_000) }));
    assert_eq!(fail_max(&config, &Scope::host("other.org").role("metadata")), Some(3));
}

#[test]
fn example_with_every_key_is_valid() {
    let (config, warnings) = Config::read(&sources(&[EVERY_KEY])).expect("good");
    assert_eq!(warnings, []);
    let artifact = policy(&config, &Scope::host("api.crossref.org").role("artifact"));
    assert_eq!((artifact.fail_max, artifact.reset_timeout, artifact.trial_calls), (Some(6), Millis(90_000), 1));
    assert_eq!(policy(&config, &Scope::host("x").role("artifact")).trial_calls, 2);
    assert_eq!(fail_max(&config, &Scope::name("orders-db")), Some(3));
    assert_eq!(policy(&config, &Scope::resolver("wayback")).reset_timeout, Millis(120_000));
}

#[test]
fn host_role_then_host_then_default_role_then_defaults_take_precedence() {
    let defaults = r#""fail_max": 1, "trial_calls": 1, "success_threshold": 1, "trial_failures": 1"#;
    let role = r#""fail_max": 2, "trial_calls": 2, "success_threshold": 2"#;
    let text = format!(
        r#"{{"defaults": {{{defaults}, "roles": {{"r": {{{role}}}}}}},
            "hosts": {{"h": {{"fail_max": 3, "trial_calls": 3, "roles": {{"r": {{"fail_max": 4}}}}}}}}}}"#
    );
    let config = loaded(&[&text]);
    let numbers = |circuit: &Scope| {
        let policy = policy(&config, circuit);
        (policy.fail_max, policy.trial_calls, policy.success_threshold, policy.trial_failures)
    };
    assert_eq!(numbers(&Scope::host("h").role("r")), (Some(4), 3, 2, 1));
    assert_eq!(numbers(&Scope::host("h").role("other")), (Some(3), 3, 1, 1));
    assert_eq!(numbers(&Scope::host("other").role("r")), (Some(2), 2, 2, 1));
    assert_eq!(numbers(&host("other")), (Some(1), 1, 1, 1));
}

#[test]
fn host_takes_precedence_over_a_later_default() {
    let config = loaded(&[r#"{"hosts": {"h": {"fail_max": 2}}}"#, r#"{"defaults": {"fail_max": 9}}"#]);
    assert_eq!(fail_max(&config, &host("h")), Some(2));
}

#[test]
fn names_and_resolvers_take_precedence_over_defaults() {
    let text = r#"{"defaults": {"fail_max": 2, "roles": {"n": {"fail_max": 9}}}, "hosts": {"n": {"fail_max": 8}},
                   "names": {"n": {"trial_calls": 7}}, "resolvers": {"n": {"trial_calls": 6}}}"#;
    let config = loaded(&[text]);
    let name = policy(&config, &Scope::name("n"));
    assert_eq!((name.fail_max, name.trial_calls), (Some(2), 7));
    assert_eq!(policy(&config, &Scope::resolver("n")).trial_calls, 6);
}

#[test]
fn host_with_port_then_host_then_longest_pattern_applies() {
    let text = r#"{"hosts": {"a.b.example:8080": {"fail_max": 1}, "https://A.b.example/": {"fail_max": 2, "trial_calls": 9},
                   "*.b.example": {"fail_max": 3}, "*.example": {"fail_max": 4, "trial_calls": 8}, "[::1]": {"fail_max": 11}}}"#;
    let config = loaded(&[text]);
    for (name, expected) in [
        ("a.b.example:8080", 1),
        ("a.b.example:8081", 2),
        ("a.b.example", 2),
        ("x.y.b.example:99", 3),
        ("b.example", 4),
        ("example", 5),
        ("[::1]:8080", 11),
    ] {
        assert_eq!(fail_max(&config, &host(name)), Some(expected), "{name}");
    }
    assert_eq!(policy(&config, &host("a.b.example:8080")).trial_calls, 1, "only one entry applies");
    assert_eq!(policy(&config, &host("x.b.example")).trial_calls, 1, "only one entry applies");
}

#[test]
fn roles_do_not_apply_to_the_circuit_without_a_role() {
    let config = loaded(&[EVERY_KEY]);
    assert_eq!(fail_max(&config, &host("x")), Some(5));
    assert_eq!(fail_max(&config, &Scope::host("x").role("metadata")), Some(3));
}

#[test]
fn backoff_max_is_at_least_reset_timeout() {
    let config = loaded(&[r#"{"defaults": {"reset_timeout_s": 1000, "open_backoff": {"max_s": 10}}}"#]);
    assert_eq!(policy(&config, &host("h")).backoff.max, Millis(1_000_000));
}

#[test]
fn only_hosts_have_a_rolling_window_if_it_is_enabled() {
    let config = loaded(&[r#"{"advanced": {"rolling": {"enabled": true}}}"#]);
    assert_eq!(policy(&config, &host("h")).rolling, Some(Rolling { window: Millis(30_000), threshold: 6, cooldown: Millis(60_000) }));
    assert_eq!(policy(&config, &Scope::name("n")).rolling, None);
    assert_eq!(policy(&loaded(&[]), &host("h")).rolling, None);
}

#[test]
fn retry_after_cap_max_is_the_largest_of_all_roles() {
    let text = r#"{"defaults": {"retry_after_cap_s": 1, "roles": {"a": {"retry_after_cap_s": 5}}},
                   "hosts": {"h": {"roles": {"b": {"retry_after_cap_s": 7}}}, "g": {"retry_after_cap_s": 3}}}"#;
    let config = loaded(&[text]);
    let cap = |circuit: &Scope, patches| config.policy(circuit, patches).retry_after_cap_max;
    assert_eq!(cap(&host("h"), Patches::default()), Millis(7_000));
    assert_eq!(cap(&host("g"), Patches::default()), Millis(3_000));
    assert_eq!(cap(&host("x"), Patches::default()), Millis(5_000));
    assert_eq!(cap(&Scope::name("n"), Patches::default()), Millis(1_000));
    let role = Patches { whole: None, role: Some(r#"{"retry_after_cap_s": 9}"#) };
    assert_eq!(cap(&Scope::host("h").role("c"), role), Millis(9_000));
    let lower = Patches { whole: None, role: Some(r#"{"retry_after_cap_s": 0}"#) };
    assert_eq!(cap(&Scope::host("h").role("b"), lower), Millis(5_000));
    let whole = Patches { whole: Some(r#"{"roles": {"d": {"retry_after_cap_s": 8}}}"#), role: None };
    assert_eq!(cap(&host("h"), whole), Millis(8_000));
}

#[test]
fn explanation_has_the_origin_of_every_value() {
    let config = loaded(&["{\"defaults\": {\n\"trial_calls\": 2, \"window\": {}}}", "{\n\n\"hosts\": {\"h\": {\"reset\": 0.5}}}"]);
    let settings = config.explain(&host("h"), Patches { whole: Some("{\n\n\"fail_max\": null}"), role: None });
    let of =
        |path: &str| settings.iter().find(|setting| setting.path == path).map(|setting| (setting.value.as_str(), setting.origin.as_str()));
    assert_eq!(of("fail_max"), Some(("null", "patch")));
    assert_eq!(of("trial_calls"), Some(("2", "1.json:2")));
    assert_eq!(of("reset_timeout_s"), Some(("0.5", "2.json:3")));
    assert_eq!(of("open_backoff.multiplier"), Some(("1", "built-in")));
    assert_eq!(of("window"), Some(("on", "1.json:2")));
    assert_eq!(of("window.size"), Some(("60", "built-in")));
    assert_eq!(of("classify.failure_statuses"), Some(("[408, 429, 5xx]", "built-in")));
    assert_eq!(of("classify.failure_exceptions"), Some(("[\"*\"]", "built-in")));
    assert_eq!(of("advanced.rolling.enabled"), Some(("false", "built-in")));
    assert_eq!(settings.len(), SETTINGS.len());
}

#[test]
fn explanation_leaves_out_settings_that_do_not_apply() {
    let paths: Vec<_> = loaded(&[]).explain(&Scope::name("n"), Patches::default()).into_iter().map(|setting| setting.path).collect();
    assert!(paths.contains(&"window".to_owned()) && !paths.contains(&"window.size".to_owned()));
    assert!(!paths.iter().any(|path| path.starts_with("advanced.")));
}
