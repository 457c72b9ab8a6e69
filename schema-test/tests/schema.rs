//! Compares a JSON Schema validator with the engine. The schema accepts every document that the engine accepts, and refuses errors that
//! one document shows by itself.

use fuseboard::config::Config;
use fuseboard::{Document, Sources};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json_of(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).expect("YAML")
}

fn schema() -> Value {
    serde_json::from_str(&text("schema/breakers.schema.json")).expect("JSON")
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).expect("a schema")
}

/// Returns the errors of the schema and those of the engine.
fn errors(validator: &Validator, document: &Value) -> (Vec<String>, Vec<String>) {
    let shown = |error: jsonschema::ValidationError| format!("{}: {error}", error.instance_path());
    let by_schema = validator.iter_errors(document).map(shown).collect();
    let document = Document { name: "test.json".to_owned(), text: document.to_string() };
    let read = Config::read(&Sources { documents: vec![document], ..Sources::default() });
    (by_schema, read.err().unwrap_or_default().iter().map(ToString::to_string).collect())
}

#[track_caller]
fn accepts(validator: &Validator, document: &Value) {
    let none: (Vec<String>, Vec<String>) = Default::default();
    assert_eq!(errors(validator, document), none, "{document}");
}

#[test]
fn schema_is_valid() {
    assert_eq!(jsonschema::draft202012::meta::validate(&schema()).map_err(|error| error.to_string()), Ok(()));
}

#[test]
fn reference_configuration_is_accepted() {
    accepts(&validator(), &json_of(&text("tests/config/reference-breakers.yaml")));
}

#[test]
fn example_with_every_key_is_accepted() {
    let page = text("docs/configuration.md");
    let (_, rest) = page.split_once("```yaml\n# yaml-language-server").expect("the example");
    let (example, _) = rest.split_once("```").expect("its end");
    let (_, example) = example.split_once('\n').expect("the rest of its first line");
    let document = json_of(example);
    for place in ["defaults", "advanced", "hosts", "names", "resolvers"] {
        assert!(document[place].is_object(), "{place}");
    }
    accepts(&validator(), &document);
}

/// Collects every document of the stories, valid or not.
fn documents_of_stories(folder: &Path, found: &mut Vec<Value>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            documents_of_stories(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let story: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a story")).expect("JSON");
            let steps = story["steps"].as_array().into_iter().flatten();
            found.extend(std::iter::once(&story).chain(steps).map(|from| from["config"].clone()).filter(Value::is_object));
        }
    }
}

#[test]
fn schema_accepts_what_the_engine_accepts() {
    let validator = validator();
    let mut documents = Vec::new();
    documents_of_stories(&at("tests/scenarios"), &mut documents);
    let (mut good, mut bad) = (0, 0);
    for document in &documents {
        let (by_schema, by_engine) = errors(&validator, document);
        if by_engine.is_empty() {
            assert_eq!(by_schema, Vec::<String>::new(), "{document}");
            good += 1;
        } else if !by_schema.is_empty() {
            bad += 1;
        }
    }
    assert!(good >= 200 && bad >= 5, "{good} valid documents, {bad} refused by both");
}

#[test]
fn unusual_documents_are_accepted() {
    let validator = validator();
    for document in [
        json!(null),
        json!({ "$schema": "../schema/breakers.schema.json", "x-note": [1], "defaults": { "x-a": {}, "window": { "$schema": 1 } } }),
        json!({ "defaults": null, "hosts": null, "names": null, "resolvers": null, "advanced": { "rolling": null } }),
        json!({ "defaults": { "fail_max": null, "fail_gap_s": null, "window": null, "roles": { "meta": null, " Full Text ": {} } } }),
        json!({ "defaults": { "fail_max": 5.0, "reset": 0.1, "retry_after_cap": 0, "window": { "kind": "count", "size": 1000 } } }),
        json!({ "defaults": { "classify": { "failure_statuses": [429, "5xx", "5XX", "500-504", " 500 - 504 "] } } }),
        json!({ "advanced": { "rolling": { "enabled": "Yes", "window": 1, "thresh": 1, "cooldown": 1 } } }),
        json!({ "hosts": { "https://A.example:443/x@y z": {}, "*.b.example": {}, "[2001:db8::1]:8080": {}, " c_d.example. ": {} } }),
        json!({ "names": { "x-orders": {}, "Orders DB": { "sharing": { "lease_ms": 0 } } } }),
    ] {
        accepts(&validator, &document);
    }
}

#[test]
fn invalid_documents_are_refused() {
    let validator = validator();
    let defaults = |settings: Value| json!({ "defaults": settings });
    let bad = [
        json!([]),
        json!({ "default": {} }),
        defaults(json!({ "fail_maxx": 1 })),
        defaults(json!({ "fail_max": 0 })),
        defaults(json!({ "fail_max": 10_001 })),
        defaults(json!({ "fail_max": 1.5 })),
        defaults(json!({ "fail_max": "5" })),
        defaults(json!({ "mode": "maybe" })),
        defaults(json!({ "mode": null })),
        defaults(json!({ "reset_timeout_s": -1 })),
        defaults(json!({ "reset_timeout_s": 86_400.5 })),
        defaults(json!({ "probe_timeout_s": 0 })),
        defaults(json!({ "reset": 1, "reset_timeout": 1 })),
        defaults(json!({ "retry_after_cap": 1, "retry_after_cap_s": 1 })),
        defaults(json!({ "open_backoff": { "multiplier": 0.5 } })),
        defaults(json!({ "open_backoff": 2 })),
        defaults(json!({ "window": [] })),
        defaults(json!({ "window": { "kind": "count", "size": 1_001 } })),
        defaults(json!({ "window": { "failure_rate": 0 } })),
        defaults(json!({ "classify": { "failure_statuses": [99] } })),
        defaults(json!({ "classify": { "failure_statuses": ["0xx"] } })),
        defaults(json!({ "classify": { "failure_exceptions": [""] } })),
        defaults(json!({ "sharing": { "on_storage_error": "panic" } })),
        defaults(json!({ "roles": { "default": {} } })),
        defaults(json!({ "roles": { " ": {} } })),
        defaults(json!({ "roles": { "a": { "roles": {} } } })),
        defaults(json!({ "roles": (0..17).map(|role| (role.to_string(), json!({}))).collect::<serde_json::Map<_, _>>() })),
        json!({ "advanced": { "rolling": { "enabled": "maybe" } } }),
        json!({ "advanced": { "rolling": { "thresh": 1, "threshold_failures": 1 } } }),
        json!({ "hosts": { "a b": {} } }),
        json!({ "hosts": { "a.*": {} } }),
        json!({ "hosts": { "*.a:80": {} } }),
        json!({ "hosts": { "user@": {} } }),
        json!({ "hosts": { "a": { "sharing": { "clock_skew_ms": 1 } } } }),
        json!({ "hosts": { "a": 5 } }),
        json!({ "names": { "": {} } }),
        json!({ "names": { "a": { "roles": {} } } }),
        json!({ "resolvers": { "r": { "reset": true } } }),
    ];
    for document in &bad {
        let (by_schema, by_engine) = errors(&validator, document);
        assert!(!by_schema.is_empty(), "the schema accepts {document}");
        assert!(!by_engine.is_empty(), "the engine accepts {document}");
    }
}
