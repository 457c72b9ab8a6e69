//! Compares the JSON Schema of a story with every story, and with faults that it must refuse.

use jsonschema::Validator;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn json_at(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&json_at(&at("schema/story.schema.json"))).expect("a schema")
}

/// The stories in a folder and its subfolders.
fn stories(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of the stories") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(stories(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found
}

fn errors(validator: &Validator, story: &Value) -> Vec<String> {
    validator.iter_errors(story).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_schema_is_valid() {
    let schema = json_at(&at("schema/story.schema.json"));
    assert_eq!(jsonschema::draft202012::meta::validate(&schema).map_err(|error| error.to_string()), Ok(()));
}

#[test]
fn every_story_is_accepted() {
    let validator = validator();
    let paths = stories(&at("tests/scenarios"));
    assert!(paths.len() > 600, "{} stories", paths.len());
    let refused: Vec<String> = paths
        .iter()
        .flat_map(|path| errors(&validator, &json_at(path)).into_iter().map(move |error| format!("{}: {error}", path.display())))
        .collect();
    assert_eq!(refused, Vec::<String>::new());
}

#[test]
fn faults_of_a_story_are_refused() {
    let validator = validator();
    let step = |step: Value| json!({"name": "a story", "steps": [step]});
    let target = json!({"kind": "host", "name": "a.example"});
    assert_eq!(errors(&validator, &step(json!({"do": "allow", "target": target}))), Vec::<String>::new());
    let bad = [
        json!({"steps": [{"do": "wipe"}]}),
        json!({"name": "no steps", "steps": []}),
        json!({"name": "an unknown field", "boards": 1, "bord": 1, "steps": [{"do": "wipe"}]}),
        step(json!({"do": "alow", "target": target})),
        step(json!({"do": "allow"})),
        step(json!({"do": "allow", "target": target, "expects": null})),
        step(json!({"do": "allow", "target": {"kind": "hots", "name": "a.example"}})),
        step(json!({"do": "settle", "target": target, "report": {"end": "returnd"}})),
        step(json!({"do": "settle", "target": target, "report": {"end": "returned", "status": 70503}})),
        step(json!({"do": "settle", "target": target, "permit": {"circuit": {"probe": [1]}}, "report": {"end": "returned"}})),
        step(json!({"do": "command", "scope": target, "command": "open"})),
        step(json!({"do": "fault", "op": "swap", "kind": "lost"})),
        step(json!({"do": "wipe", "key": "h:a.example"})),
    ];
    let accepted: Vec<&Value> = bad.iter().filter(|story| validator.is_valid(story)).collect();
    assert_eq!(accepted, Vec::<&Value>::new());
}
