//! Blank settings, empty lists, and documents that lost their settings.

use super::*;

fn yaml(text: &str) -> Sources {
    Sources { documents: vec![Document { name: "b.yaml".to_owned(), text: text.to_owned() }], ..Sources::default() }
}

#[track_caller]
fn read(text: &str) -> Config {
    Config::read(&yaml(text)).unwrap_or_else(|errors| panic!("{:?}", shown(&errors))).0
}

/// Errors of reading a text while the configuration of another one is in use.
fn errors_after(before: &str, text: &str) -> Vec<String> {
    read(before).read_again(&yaml(text)).map_or_else(|errors| shown(&errors), |_| Vec::new())
}

const EMPTIED: &str = "b.yaml: must still have a setting, has none since its last change: to go back to the built-in values, write one \
                       of them, as `defaults: {mode: enforce}`, or configure a new engine";

#[test]
fn blank_setting_is_an_error_and_null_is_off() {
    for blank in ["fail_max:", "fail_max: # 5", "fail_max:\r", "fail_max: !!int", "fail_max: &five"] {
        let errors = Config::read(&yaml(&format!("defaults:\n  {blank}\n"))).expect_err(blank);
        let message = "must be a whole number between 1 and 10000 (or null for off), is blank: write null to switch it off, or remove the \
                       key to inherit it";
        assert_eq!(shown(&errors), [format!("b.yaml:2: defaults.fail_max: {message}")], "{blank}");
    }
    for null in ["null", "~", "Null", "NULL", "!!null", "!!null ''"] {
        assert_eq!(fail_max(&read(&format!("defaults:\n  fail_max: {null}\n")), &host("h")), None, "{null}");
    }
}

#[test]
fn blank_window_is_an_error_and_null_and_an_empty_map_are_not() {
    let errors = Config::read(&yaml("defaults: {window: {}}\nhosts:\n  h:\n    window:\n")).expect_err("a blank window");
    assert!(shown(&errors)[0].starts_with("b.yaml:4: hosts.h.window: must be a map (or null for off), is blank: write null"), "{errors:?}");
    assert!(policy(&read("defaults: {window: {}}"), &host("h")).window.is_some());
    assert!(policy(&read("defaults: {window: {}}\nhosts: {h: {window: ~}}"), &host("h")).window.is_none());
}

#[test]
fn setting_that_cannot_be_off_asks_for_a_value() {
    let errors = Config::read(&yaml("defaults:\n  mode:\n")).expect_err("a blank mode");
    assert_eq!(
        shown(&errors),
        ["b.yaml:2: defaults.mode: must be enforce or observe, is blank: write a value, or remove the key to inherit it"]
    );
}

#[test]
fn every_setting_refuses_blank() {
    for row in SETTINGS {
        let group = if row.path.starts_with("advanced.") { row.path.to_owned() } else { format!("defaults.{}", row.path) };
        let keys: Vec<&str> = group.split('.').collect();
        let lines = keys.iter().enumerate().map(|(depth, key)| format!("{}{key}:\n", "  ".repeat(depth)));
        let text = lines.collect::<Vec<_>>().concat();
        let errors = Config::read(&yaml(&text)).expect_err(&text);
        assert_eq!(errors.len(), 1, "{text}");
        assert!(errors[0].path == group && errors[0].message.contains("is blank: write "), "{errors:?}");
    }
}

#[test]
fn other_blank_maps_are_empty() {
    let text = "defaults:\n  classify:\n  open_backoff:\n  roles:\n    landing:\nadvanced:\n  rolling:\nhosts:\n  h:\nnames:\nresolvers:\n";
    assert_eq!(policy(&read(text), &host("h")), policy(&read(""), &host("h")));
}

#[test]
fn status_in_quotes_means_the_same_as_without() {
    let lists = |text: &str| policy(&read(text), &host("h")).classify;
    assert_eq!(
        lists("defaults: {classify: {failure_statuses: [\"429\", ' 503 ', 5xx], neutral_statuses: ['404']}}"),
        lists("defaults: {classify: {failure_statuses: [429, 503, 5xx], neutral_statuses: [404]}}")
    );
    for bad in ["99", "1000", "4290", "+42", "-42", "42", "4 29", "429.0", "0x1ad", "", "４２９"] {
        let found = Config::read(&yaml(&format!("defaults: {{classify: {{failure_statuses: [\"{bad}\"]}}}}"))).expect_err(bad);
        assert!(found[0].message.starts_with("must be a status between 100 and 999"), "{found:?}");
    }
}

#[test]
fn variable_or_flag_without_settings_sets_nothing() {
    let document = Document { name: "b.yaml".to_owned(), text: "hosts: {'*.example': {fail_max: 2}}".to_owned() };
    let flags = [("breaker", "a.example="), ("breaker-role", "a.example:metadata= "), ("breaker-defaults", "")];
    let variables = [("P__A_EXAMPLE", ""), ("P_HOSTS", " "), ("P_CLASSIFY", ""), ("P_ROLLING", ""), ("P_RESOLVER__W", "")];
    let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let sources = Sources { documents: vec![document], prefix: "P".to_owned(), environment: owned(&variables), flags: owned(&flags) };
    let (config, warnings) = Config::read(&sources).unwrap_or_else(|errors| panic!("{:?}", shown(&errors)));
    assert_eq!((fail_max(&config, &host("a.example")), warnings), (Some(2), vec![]), "the pattern applies");
}

#[test]
fn document_that_had_settings_and_now_has_none_is_an_error() {
    let before = "defaults: {fail_max: 3}";
    for emptied in [
        "",
        " \r\n\t\r\n",
        "\u{feff}",
        "\u{feff}\r\n# a comment\r\n",
        "---\n",
        "--- # a comment\n...\n",
        "null",
        "~",
        "{}",
        "defaults:\n",
        "defaults: {classify: {}}\n",
        "hosts:\n  h:\n",
        "hosts: {h: {roles: {r: }}}",
        "x-note: 1\n",
    ] {
        assert_eq!(errors_after(before, emptied), [EMPTIED], "{emptied:?}");
        assert_eq!(errors_after("hosts: {h: {roles: {r: {fail_max: 2}}}}", emptied), [EMPTIED], "{emptied:?}");
        assert_eq!(errors_after(emptied, emptied), [""; 0], "it had none before: {emptied:?}");
    }
}

#[test]
fn one_setting_anywhere_is_enough() {
    for kept in [
        "defaults: {mode: enforce}",
        "defaults: {fail_max: null}",
        "defaults: {window: {}}",
        "defaults: {roles: {r: {fail_max: 1}}}",
        "advanced: {rolling: {enabled: no}}",
        "hosts: {h: {fail_max: 1}}",
        "hosts: {h: {roles: {r: {fail_max: 1}}}}",
        "names: {n: {fail_max: 1}}",
        "resolvers: {r: {fail_max: 1}}",
    ] {
        assert_eq!(errors_after("defaults: {fail_max: 3}", kept), [""; 0], "{kept}");
        assert_eq!(errors_after(kept, ""), [EMPTIED], "{kept}");
    }
}

#[test]
fn emptied_document_is_found_by_its_name_among_others() {
    let before = loaded(&[r#"{"defaults": {"fail_max": 3}}"#, r#"{"hosts": {"h": {"fail_max": 2}}}"#]);
    let found = before.read_again(&sources(&["{}", r#"{"hosts": {"h": {"fail_max": 0}}}"#])).expect_err("errors");
    assert_eq!(
        shown(&found),
        ["2.json:1: hosts.h.fail_max: must be between 1 and 10000, is 0".to_owned(), EMPTIED.replace("b.yaml", "1.json")],
        "the second document is not emptied: it has an error"
    );
    assert!(before.read_again(&sources(&[r#"{"defaults": {"fail_max": 3}}"#])).is_ok(), "a document may be left out");
    assert!(before.read_again(&Sources::default()).is_ok());
    let mut twice = sources(&["{}", r#"{"defaults": {"fail_max": 3}}"#]);
    twice.documents.iter_mut().for_each(|document| "same.json".clone_into(&mut document.name));
    let (before, _) = Config::read(&twice).expect("valid");
    assert!(before.read_again(&twice).is_ok(), "two documents of one name");
}
