//! Environment variables and flags.

use super::*;
use fuseboard::policy::{Mode, Rolling, WindowShape};
use fuseboard::time::Millis;

#[test]
fn variables_set_the_documented_settings() {
    let config = loaded(&from_environment(&[
        ("FUSEBOARD_DEFAULTS", "fail_max:7,reset:30,retry_after_cap:100,window.size:30,window.kind:count,fail_gap_s:null,mode:observe"),
        ("FUSEBOARD__API_CROSSREF_ORG", "fail_max=6, reset=0.5,"),
        ("FUSEBOARD_ROLE__API_CROSSREF_ORG__ARTIFACT", "trial_calls:2,success_threshold:3"),
        ("FUSEBOARD_RESOLVER__WAYBACK", "fail_max:4,reset:120"),
        ("FUSEBOARD_CLASSIFY", "failure=429,500-504 neutral=401, 403"),
        ("FUSEBOARD_ROLLING", "enabled:true,window:20,thresh:5,cooldown:40"),
        ("FUSEBOARD_HOSTS", "export.arxiv.org=fail_max:9,reset:60; h-1.example:8080=fail_max:8; [::1]=fail_max:3;"),
        ("FUSEBOARD_CONFIG", "ignored.yaml"),
        ("FUSEBOARDS_YAML", "ignored.yaml"),
        ("PATH", "/bin"),
    ]));
    let any = policy(&config, &host("a.example"));
    assert_eq!((any.fail_max, any.reset_timeout, any.retry_after_cap, any.mode), (Some(7), Millis(30_000), Millis(100_000), Mode::Observe));
    assert_eq!(any.window.map(|window| window.shape), Some(WindowShape::Count(30)));
    assert_eq!(any.rolling, Some(Rolling { window: Millis(20_000), threshold: 5, cooldown: Millis(40_000) }));
    explains(&config, &host("a.example"), "classify.failure_statuses", "[429, 500-504]", "FUSEBOARD_CLASSIFY");
    explains(&config, &host("a.example"), "classify.neutral_statuses", "[401, 403]", "FUSEBOARD_CLASSIFY");
    let crossref = policy(&config, &Scope::host("api.crossref.org").role("artifact"));
    assert_eq!((crossref.fail_max, crossref.reset_timeout), (Some(6), Millis(500)));
    assert_eq!((crossref.trial_calls, crossref.success_threshold), (2, 3));
    explains(&config, &host("api.crossref.org"), "fail_max", "6", "FUSEBOARD__API_CROSSREF_ORG");
    assert_eq!(policy(&config, &Scope::resolver("wayback")).fail_max, Some(4));
    let fail_max = |name: &str| policy(&config, &host(name)).fail_max;
    assert_eq!((fail_max("export.arxiv.org"), fail_max("h-1.example:8080"), fail_max("[::1]")), (Some(9), Some(8), Some(3)));
}

#[test]
fn flags_set_the_documented_settings() {
    let config = loaded(&from_flags(&[
        ("config", "ignored.yaml"),
        ("breaker-defaults", "fail_max:7"),
        ("breaker", "api.crossref.org=fail_max=6,reset=90"),
        ("breaker", "h.example:8080=fail_max:8"),
        ("breaker", "[2001:db8::1]:8080=fail_max:2"),
        ("breaker-role", "api.crossref.org:meta=trial_calls:2"),
        ("breaker-role", "[2001:db8::1]:8080:artifact=trial_calls:3"),
        ("breaker-resolver", "Way back=fail_max:4"),
        ("breaker-classify", "failure=500 neutral=404"),
        ("breaker-rolling", "enabled:on"),
        ("breaker", "api.crossref.org=fail_max:5"),
    ]));
    let metadata = policy(&config, &Scope::host("api.crossref.org").role("metadata"));
    assert_eq!((metadata.fail_max, metadata.reset_timeout, metadata.trial_calls), (Some(5), Millis(90_000), 2));
    assert_eq!(policy(&config, &host("h.example:8080")).fail_max, Some(8));
    let address = policy(&config, &Scope::host("[2001:db8::1]:8080").role("artifact"));
    assert_eq!((address.fail_max, address.trial_calls), (Some(2), 3));
    assert_eq!(policy(&config, &Scope::resolver("Way back")).fail_max, Some(4));
    assert!(policy(&config, &host("a.example")).rolling.is_some());
    explains(&config, &host("a.example"), "fail_max", "7", "--breaker-defaults");
    explains(&config, &host("a.example"), "classify.neutral_statuses", "[404]", "--breaker-classify");
}

#[test]
fn specific_place_takes_precedence_over_later_source() {
    let sources = |environment: &[(&str, &str)], flags: &[(&str, &str)]| Sources {
        documents: vec![
            document("a.yaml", "defaults: {fail_max: 1}\nhosts: {h: {trial_calls: 1}}"),
            document("b.yaml", "defaults: {fail_max: 2}"),
        ],
        flags: pairs(flags),
        ..from_environment(environment)
    };
    let of =
        |environment: &[(&str, &str)], flags: &[(&str, &str)]| explained(&loaded(&sources(environment, flags)), &host("h"), "fail_max").1;
    assert_eq!(of(&[], &[]), "b.yaml:1");
    assert_eq!(of(&[("FUSEBOARD_DEFAULTS", "fail_max:3")], &[]), "FUSEBOARD_DEFAULTS");
    assert_eq!(of(&[("FUSEBOARD_DEFAULTS", "fail_max:3")], &[("breaker-defaults", "fail_max:4")]), "--breaker-defaults");
    assert_eq!(of(&[("FUSEBOARD__H", "fail_max:5")], &[("breaker-defaults", "fail_max:4")]), "FUSEBOARD__H");
    assert_eq!(of(&[("FUSEBOARD_HOSTS", "h=fail_max:5"), ("FUSEBOARD__H", "fail_max:6")], &[]), "FUSEBOARD__H");
    assert_eq!(of(&[("FUSEBOARD__H", "fail_max:6"), ("FUSEBOARD_HOSTS", "h=fail_max:5")], &[("breaker", "h=fail_max:7")]), "--breaker");
    let of_file = "hosts: {h: {fail_max: 9}}";
    let sources = Sources { documents: vec![document("c.yaml", of_file)], ..from_flags(&[("breaker-defaults", "fail_max:4")]) };
    explains(&loaded(&sources), &host("h"), "fail_max", "9", "c.yaml:1");
}

#[test]
fn variable_name_stands_for_a_known_name_or_a_name_with_dots() {
    let documents = vec![document("b.yaml", "resolvers: {Semantic_Scholar: {}}\nhosts: {a.example: {roles: {full_text: {}}}}")];
    let variables = [
        ("FUSEBOARD__a_b.Example", "fail_max:2"),
        ("FUSEBOARD__LOCALHOST", "fail_max:3"),
        ("FUSEBOARD_RESOLVER__SEMANTIC_SCHOLAR", "fail_max:4"),
        ("FUSEBOARD_RESOLVER__DATA_CITE", "fail_max:5"),
        ("FUSEBOARD_ROLE__A_EXAMPLE__FULL_TEXT", "fail_max:6"),
        ("FUSEBOARD_ROLE__B_EXAMPLE__META", "fail_max:7"),
    ];
    let config = loaded(&Sources { documents, ..from_environment(&variables) });
    for (circuit, expected) in [
        (host("a_b.example"), 2),
        (host("localhost"), 3),
        (Scope::resolver("Semantic_Scholar"), 4),
        (Scope::resolver("data.cite"), 5),
        (Scope::host("a.example").role("full_text"), 6),
        (Scope::host("b.example").role("metadata"), 7),
    ] {
        assert_eq!(policy(&config, &circuit).fail_max, Some(expected), "{circuit}");
    }
}

#[test]
fn order_of_variables_does_not_matter() {
    let mut variables = vec![
        ("FUSEBOARD__B", "fail_max:0"),
        ("FUSEBOARD__A", "fail_max:0"),
        ("FUSEBOARD_HOSTS", "a=fail_max:0"),
        ("FUSEBOARD__a", "reset:1"),
        ("FUSEBOARD_X", ""),
        ("FUSEBOARD_DEFAULTS", "mode:x"),
    ];
    let expected = Config::read(&from_environment(&variables)).unwrap_err();
    for _ in 0..variables.len() {
        variables.rotate_left(1);
        assert_eq!(Config::read(&from_environment(&variables)).unwrap_err(), expected);
    }
    assert_eq!(expected.len(), 5);
}

#[test]
fn prefix_of_docstokg_works() {
    let variables = [
        ("DOCSTOKG_BREAKERS_YAML", "breakers.yaml"),
        ("DOCSTOKG_BREAKER_DEFAULTS", "fail_max:5,reset:60,retry_after_cap:900"),
        ("DOCSTOKG_BREAKER__API_CROSSREF_ORG", "fail_max:6"),
        ("DOCSTOKG_BREAKER_ROLE__API_CROSSREF_ORG__METADATA", "success_threshold:2"),
    ];
    let sources = Sources { prefix: "DOCSTOKG_BREAKER".to_owned(), ..from_environment(&variables) };
    let metadata = policy(&loaded(&sources), &Scope::host("api.crossref.org").role("metadata"));
    assert_eq!((metadata.fail_max, metadata.success_threshold), (Some(6), 2));
}
