//! Documents, and the errors of invalid sources.

use super::*;
use fuseboard::Severity;
use fuseboard::policy::Rolling;
use fuseboard::time::Millis;

#[test]
fn sources_cause_exactly_the_listed_errors() {
    let cases = table::cases();
    let actual: Vec<_> = cases.iter().map(|case| case.with_result(read(&case.sources()))).collect();
    assert!(actual.iter().filter(|case| !case.faults.is_empty()).count() >= 80);
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        table::bless(&actual);
    } else {
        for (expected, actual) in cases.iter().zip(&actual) {
            assert_eq!(actual, expected);
        }
    }
}

const REFERENCE: &str = include_str!("../config/reference-breakers.yaml");

#[test]
fn reference_configuration_gives_its_values() {
    let config = of_yaml(REFERENCE);
    let metadata = policy(&config, &Scope::host("api.crossref.org").role("metadata"));
    assert_eq!((metadata.fail_max, metadata.reset_timeout, metadata.success_threshold), (Some(6), Millis(90_000), 2));
    assert_eq!((metadata.retry_after_cap, metadata.stagger), (Millis(600_000), Millis(150)));
    let elsewhere = policy(&config, &Scope::host("a.example").role("metadata"));
    assert_eq!((elsewhere.fail_max, elsewhere.reset_timeout, elsewhere.success_threshold), (Some(3), Millis(45_000), 2));
    let artifact = policy(&config, &Scope::host("export.arxiv.org").role("artifact"));
    assert_eq!((artifact.fail_max, artifact.reset_timeout, artifact.success_threshold), (Some(10), Millis(120_000), 1));
    let without_role = policy(&config, &host("a.example"));
    assert_eq!((without_role.fail_max, without_role.reset_timeout, without_role.window), (Some(5), Millis(60_000), None));
    assert_eq!(without_role.rolling, Some(Rolling { window: Millis(10_000), threshold: 3, cooldown: Millis(30_000) }));
    assert_eq!(policy(&config, &Scope::resolver("wayback")).fail_max, Some(5));
    let circuit = Scope::host("unpaywall.org").role("landing");
    explains(&config, &circuit, "fail_max", "8", "breakers.yaml:22");
    explains(&config, &circuit, "half_open.jitter_ms", "150", "breakers.yaml:10");
    explains(&config, &circuit, "trial_calls", "1", "built-in");
}

/// The example with every key has built-in values under `defaults`, except for the window and the roles.
#[test]
fn example_with_every_key_has_built_in_values() {
    let (example, bare) = (of_yaml(include_str!("../config/every-key.yaml")), of_yaml("defaults: {window: {}}"));
    for circuit in [host("a.example"), Scope::host("a.example").role("landing"), Scope::name("db"), Scope::resolver("crossref")] {
        let (of_example, of_bare) = (policy(&example, &circuit), policy(&bare, &circuit));
        assert_eq!(of_example, of_bare, "{circuit}");
    }
    assert_eq!(example.sharing(), bare.sharing());
    let fail_max = |circuit: &Scope| policy(&example, circuit).fail_max;
    assert_eq!(fail_max(&Scope::host("a.example").role("artifact")), Some(8));
    assert_eq!((fail_max(&host("a.b.example.org")), fail_max(&host("example.org"))), (Some(10), Some(5)));
    assert_eq!((fail_max(&Scope::name("orders-db")), fail_max(&Scope::resolver("wayback"))), (Some(3), Some(4)));
    assert_eq!(policy(&example, &Scope::host("api.crossref.org").role("artifact")).trial_calls, 1);
}

#[test]
fn yaml_and_json_give_the_same_configuration() {
    let yaml = "defaults:\n  reset: .5\n  window: {kind: count, minimum_calls: 5}\n  classify:\n    failure_statuses: [429, 5xx, 421-423]\nadvanced:\n  rolling: {enabled: yes}\nhosts:\n  \"*.example.org\": {fail_max: ~}\nnames:\nresolvers: {wayback: {fail_max: 4}}\n";
    let json = r#"{"defaults": {"reset_timeout_s": 0.5, "window": {"kind": "count", "minimum_calls": 5},
        "classify": {"failure_statuses": [429, "5xx", "421-423"]}}, "advanced": {"rolling": {"enabled": true}},
        "hosts": {"*.example.org": {"fail_max": null}}, "names": {}, "resolvers": {"wayback": {"fail_max": 4}}}"#;
    let (of_yaml, of_json) = (of_yaml(yaml), of_yaml(json));
    for circuit in [host("a.b.example.org"), host("example.org"), Scope::name("db"), Scope::resolver("wayback")] {
        assert_eq!(policy(&of_yaml, &circuit), policy(&of_json, &circuit), "{circuit}");
    }
    assert_eq!(policy(&of_yaml, &host("a.example.org")).fail_max, None);
}

#[test]
fn booleans_can_be_words() {
    for (word, expected) in
        [("yes", true), ("On", true), ("TRUE", true), ("\"true\"", true), ("no", false), ("off", false), ("False", false)]
    {
        let config = of_yaml(&format!("advanced: {{rolling: {{enabled: {word}}}}}"));
        assert_eq!(policy(&config, &host("h")).rolling.is_some(), expected, "{word}");
    }
}

#[test]
fn anchors_and_merges_share_settings_and_own_settings_take_precedence() {
    let text = "x-strict: &strict\n  fail_max: 2\n  reset: 5\nhosts:\n  a.example: *strict\n  b.example:\n    <<: *strict\n    reset_timeout_s: 7\n";
    let config = of_yaml(text);
    let (a, b) = (policy(&config, &host("a.example")), policy(&config, &host("b.example")));
    assert_eq!((a.fail_max, a.reset_timeout), (Some(2), Millis(5_000)));
    assert_eq!((b.fail_max, b.reset_timeout), (Some(2), Millis(7_000)), "the map's own setting, though under an alias");
    explains(&config, &host("b.example"), "fail_max", "2", "breakers.yaml:2");
    let whole = "x-h: &h {a.example: {fail_max: 1}, b.example: {fail_max: 2}}\nhosts:\n  <<: *h\n  A.example.: {fail_max: 3}\n";
    assert_eq!(policy(&of_yaml(whole), &host("a.example")).fail_max, Some(3));
    assert_eq!(policy(&of_yaml(whole), &host("b.example")).fail_max, Some(2));
}

#[test]
fn valid_configuration_returns_all_warnings() {
    let text = "defaults: {classify: {neutral_statuses: [500]}}";
    let sources =
        Sources { documents: vec![document("b.yaml", text)], ..from_environment(&[("FUSEBOARD_DEFAULT", "x"), ("FUSEBOARD_Y", "")]) };
    let warnings = Config::read(&sources).unwrap().1;
    assert_eq!(warnings.iter().map(|warning| warning.source.as_str()).collect::<Vec<_>>(), ["FUSEBOARD_DEFAULT", "FUSEBOARD_Y", "b.yaml"]);
    assert!(warnings.iter().all(|warning| warning.severity == Severity::Warning));
}

#[test]
fn errors_beyond_1000_are_counted() {
    let text = "defaults:\n".to_owned() + &(0..3_000).map(|key| format!("  k{key}: 1\n")).collect::<String>();
    let errors = Config::read(&Sources { documents: vec![document("b.yaml", &text)], ..Sources::default() }).unwrap_err();
    assert_eq!((errors.len(), errors[1_000].to_string()), (1_001, "all sources together: 2000 more errors".to_owned()));
}
