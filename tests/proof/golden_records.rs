//! Golden records: the records in the store at the end of each story, and a few with every kind of field.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Keys and texts, one of each shape. Records that differ only in numbers have the same shape.
pub fn records() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut shapes = BTreeMap::new();
    for story in files(&root.join("scenarios")).chain([root.join("proof/every_field.json")]) {
        let story: Value = serde_json::from_str(&std::fs::read_to_string(story).expect("a story")).expect("JSON");
        let Some(Value::Object(records)) = story.get("records") else { continue };
        for (key, record) in records.iter().filter(|(_, record)| record.is_object()) {
            let text = record.to_string();
            let shape: String = text.chars().filter(|letter| !letter.is_ascii_digit()).collect();
            shapes.entry(shape).or_insert((key.clone(), text));
        }
    }
    shapes.into_values().collect()
}

fn files(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("the stories").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
        .into_iter()
        .flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
}

fn files_in(folder: &Path) -> Vec<std::path::PathBuf> {
    files(folder).collect()
}
