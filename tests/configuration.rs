//! The configuration as its users see it: files and variables in, policies, explanations and diagnostics out.

#[path = "config/table.rs"]
mod table;

use fuseboard::config::{Config, Patches};
use fuseboard::machine::policy::{Mode, Policy, Rolling, WindowShape};
use fuseboard::time::Millis;
use fuseboard::{Diagnostic, Document, Scope, Severity, Sources};

fn read(sources: &Sources) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    Config::read(sources).map(|(_, warnings)| warnings)
}

#[test]
fn bad_sources_are_told_exactly_what_is_wrong() {
    let cases = table::cases();
    let told: Vec<_> = cases.iter().map(|case| case.told(read(&case.sources()))).collect();
    assert!(told.iter().filter(|case| !case.faults.is_empty()).count() >= 80);
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        table::bless(&told);
    } else {
        for (expected, told) in cases.iter().zip(&told) {
            assert_eq!(told, expected);
        }
    }
}

fn document(name: &str, text: &str) -> Document {
    Document { name: name.to_owned(), text: text.to_owned() }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn from_environment(variables: &[(&str, &str)]) -> Sources {
    Sources { prefix: "FUSEBOARD".to_owned(), environment: pairs(variables), ..Sources::default() }
}

fn from_flags(flags: &[(&str, &str)]) -> Sources {
    Sources { flags: pairs(flags), ..Sources::default() }
}

#[track_caller]
fn loaded(sources: &Sources) -> Config {
    match Config::read(sources) {
        Ok((config, warnings)) => {
            assert_eq!(warnings, []);
            config
        }
        Err(faults) => panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

#[track_caller]
fn of_yaml(text: &str) -> Config {
    loaded(&Sources { documents: vec![document("breakers.yaml", text)], ..Sources::default() })
}

fn host(name: &str) -> Scope {
    Scope::host(name).role("default")
}

fn policy(config: &Config, circuit: &Scope) -> Policy {
    config.policy(circuit, Patches::default())
}

/// A value and where it comes from.
#[track_caller]
fn explained(config: &Config, circuit: &Scope, path: &str) -> (String, String) {
    let settings = config.explain(circuit, Patches::default());
    let setting = settings.into_iter().find(|setting| setting.path == path).unwrap();
    (setting.value, setting.origin)
}

#[track_caller]
fn explains(config: &Config, circuit: &Scope, path: &str, value: &str, origin: &str) {
    assert_eq!(explained(config, circuit, path), (value.to_owned(), origin.to_owned()), "{circuit}: {path}");
}

const REFERENCE: &str = include_str!("config/reference-breakers.yaml");

#[test]
fn the_reference_loads_unchanged_and_gives_the_values_told() {
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

/// Everything under `defaults` in the documentation's example is built in, but the window and the roles.
#[test]
fn yaml_and_json_of_one_content_are_one_configuration() {
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
fn booleans_have_many_words() {
    for (word, expected) in
        [("yes", true), ("On", true), ("TRUE", true), ("\"true\"", true), ("no", false), ("off", false), ("False", false)]
    {
        let config = of_yaml(&format!("advanced: {{rolling: {{enabled: {word}}}}}"));
        assert_eq!(policy(&config, &host("h")).rolling.is_some(), expected, "{word}");
    }
}

#[test]
fn anchors_and_merges_share_settings_and_the_maps_own_win() {
    let text = "x-strict: &strict\n  fail_max: 2\n  reset: 5\nhosts:\n  a.example: *strict\n  b.example:\n    <<: *strict\n    reset_timeout_s: 7\n";
    let config = of_yaml(text);
    let (a, b) = (policy(&config, &host("a.example")), policy(&config, &host("b.example")));
    assert_eq!((a.fail_max, a.reset_timeout), (Some(2), Millis(5_000)));
    assert_eq!((b.fail_max, b.reset_timeout), (Some(2), Millis(7_000)), "own, though it is spelled another way");
    explains(&config, &host("b.example"), "fail_max", "2", "breakers.yaml:2");
    let whole = "x-h: &h {a.example: {fail_max: 1}, b.example: {fail_max: 2}}\nhosts:\n  <<: *h\n  A.example.: {fail_max: 3}\n";
    assert_eq!(policy(&of_yaml(whole), &host("a.example")).fail_max, Some(3));
    assert_eq!(policy(&of_yaml(whole), &host("b.example")).fail_max, Some(2));
}

#[test]
fn variables_set_what_the_table_says() {
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
fn flags_set_what_the_table_says() {
    let config = loaded(&from_flags(&[
        ("config", "ignored.yaml"),
        ("breaker-defaults", "fail_max:7"),
        ("breaker", "api.crossref.org=fail_max=6,reset=90"),
        ("breaker", "h.example:8080=fail_max:8"),
        ("breaker", "[2001:db8::1]:8080=fail_max:2"),
        ("breaker-role", "api.crossref.org:meta=trial_calls:2"),
        ("breaker-role", "[2001:db8::1]:8080:artifact=trial_calls:3"),
        ("breaker-resolver", "Way back=fail_max:4"),
        ("breaker-classify", "failure=500 neutral="),
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
    explains(&config, &host("a.example"), "classify.neutral_statuses", "[]", "--breaker-classify");
}

#[test]
fn later_sources_win_and_the_more_specific_place_wins_over_them() {
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
fn names_of_variables_stand_for_names_with_dots_or_for_known_ones() {
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
fn the_order_of_variables_says_nothing() {
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
fn the_pipelines_own_names_work() {
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

#[test]
fn a_good_configuration_tells_all_its_warnings() {
    let text = "defaults: {classify: {neutral_statuses: [500]}}";
    let sources =
        Sources { documents: vec![document("b.yaml", text)], ..from_environment(&[("FUSEBOARD_DEFAULT", "x"), ("FUSEBOARD_Y", "")]) };
    let warnings = Config::read(&sources).unwrap().1;
    assert_eq!(warnings.iter().map(|warning| warning.source.as_str()).collect::<Vec<_>>(), ["FUSEBOARD_DEFAULT", "FUSEBOARD_Y", "b.yaml"]);
    assert!(warnings.iter().all(|warning| warning.severity == Severity::Warning));
}

#[test]
fn a_flood_of_faults_is_cut() {
    let text = "defaults:\n".to_owned() + &(0..3_000).map(|key| format!("  k{key}: 1\n")).collect::<String>();
    let faults = Config::read(&Sources { documents: vec![document("b.yaml", &text)], ..Sources::default() }).unwrap_err();
    assert_eq!((faults.len(), faults[1_000].to_string()), (1_001, "all sources together: 2000 more faults".to_owned()));
}
