//! Plays every story on the native engine, and compares the answers and records with the `must` and `expect` of the story.

use host_test::story::{InSteps, NativeEngine, Played, Story, Table, folder, load_all, play};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

const STORIES_MIN: usize = 120;

fn bless() -> bool {
    std::env::var_os("BLESS").is_some_and(|bless| bless == "1")
}

fn stories() -> Vec<(PathBuf, Story)> {
    load_all(&folder()).expect("the stories can be read")
}

/// Whether `part` is contained in `whole`. Of an object only the keys of `part` are compared, and `null` means that the key is absent.
/// Lists must have the same length and order. All other values must be equal.
fn is_part_of(part: &Value, whole: Option<&Value>) -> bool {
    match (part, whole) {
        (Value::Null, None) => true,
        (Value::Object(part), Some(Value::Object(whole))) => part.iter().all(|(key, part)| is_part_of(part, whole.get(key))),
        (Value::Array(part), Some(Value::Array(whole))) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(part, whole)| is_part_of(part, Some(whole)))
        }
        (part, Some(whole)) => part == whole,
        (_, None) => false,
    }
}

/// The differences between a story and what was played.
fn differences(story: &Story, played: &Played) -> Vec<String> {
    let mut differences = Vec::new();
    for (index, step) in story.steps.iter().enumerate() {
        let answer = played.answers[index].as_ref();
        if let Some(must) = &step.must
            && !is_part_of(must, answer)
        {
            differences.push(format!("step {index}: must be {must}\n    but is {}", answer.unwrap_or(&Value::Null)));
        }
        // A step without an answer, and an answer without content, are both `null` in the file.
        let (expected, answer) = (step.expect.clone().unwrap_or_default(), answer.unwrap_or(&Value::Null));
        if !bless() && expected != *answer {
            differences.push(format!("step {index}: expected {expected}\n    but is {answer}"));
        }
    }
    if !bless() && story.records != played.records {
        let (expected, is) = (Value::Object(story.records.clone()), Value::Object(played.records.clone()));
        differences.push(format!("records: expected {expected}\n    but are {is}"));
    }
    differences
}

fn write(path: &Path, story: &Story, played: &Played) {
    let mut story = story.clone();
    for (step, answer) in story.steps.iter_mut().zip(&played.answers) {
        step.expect.clone_from(answer);
    }
    story.records.clone_from(&played.records);
    std::fs::write(path, lay_out(&story)).expect("the story can be written");
}

/// One line for each step and record, so that a diff shows which one changed.
fn lay_out(story: &Story) -> String {
    let Value::Object(fields) = serde_json::to_value(story).expect("a story is JSON") else { panic!("a story is an object") };
    let mut text = String::from("{\n");
    let last = fields.len() - 1;
    for (index, (key, value)) in fields.iter().enumerate() {
        let value = match value {
            Value::Array(steps) if key == "steps" => {
                let lines: Vec<String> = steps.iter().map(step_lines).collect();
                format!("[\n{}\n  ]", lines.join(",\n"))
            }
            Value::Object(records) if key == "records" => record_lines(records),
            value => value.to_string(),
        };
        text += &format!("  \"{key}\": {value}{}\n", if index == last { "" } else { "," });
    }
    text + "}\n"
}

fn step_lines(step: &Value) -> String {
    let Value::Object(fields) = step else { return format!("    {step}") };
    let mut front = fields.clone();
    let tail: Vec<String> =
        ["must", "expect"].iter().filter_map(|key| front.shift_remove(*key).map(|value| format!(",\n     \"{key}\": {value}"))).collect();
    let front = Value::Object(front).to_string();
    format!(
        "    {}{}}}",
        front.trim_end_matches('}').to_owned() + &"}".repeat(front.len() - front.trim_end_matches('}').len() - 1),
        tail.concat()
    )
}

fn record_lines(records: &Map<String, Value>) -> String {
    let lines: Vec<String> = records.iter().map(|(key, record)| format!("    {}: {record}", Value::from(key.as_str()))).collect();
    format!("{{\n{}\n  }}", lines.join(",\n"))
}

#[test]
fn every_story_has_its_expected_answers_and_records() {
    let mut failed = Vec::new();
    for (path, story) in stories() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let differences = match play::<NativeEngine>(&story, |_, _, _| {}) {
            Ok(played) => {
                let differences = differences(&story, &played);
                if bless() && differences.is_empty() {
                    write(&path, &story, &played);
                }
                differences
            }
            Err(error) => vec![error],
        };
        failed.extend(differences.into_iter().map(|difference| format!("{name} ({}): {difference}", story.name)));
    }
    assert!(failed.is_empty(), "{} differences:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_story_has_equal_answers_and_records_in_steps() {
    for (path, story) in stories() {
        let (at_once, in_steps) = (play::<NativeEngine>(&story, |_, _, _| {}), play::<InSteps<NativeEngine>>(&story, |_, _, _| {}));
        let (at_once, in_steps) = (at_once.expect("it is played"), in_steps.expect("it is played"));
        assert_eq!(in_steps.answers, at_once.answers, "{}", path.display());
        assert_eq!(in_steps.records, at_once.records, "{}", path.display());
    }
}

#[test]
fn the_stories_cover_every_phase_input_and_promise() {
    let mut table = Table::default();
    let stories = stories();
    for (path, story) in &stories {
        table.add(story).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let page = folder().join("TABLE.md");
    if bless() {
        std::fs::write(&page, table.page()).expect("the table can be written");
    }
    assert_eq!(table.empty(), Vec::<String>::new(), "no story shows this");
    assert!(stories.len() >= STORIES_MIN, "{} stories, at least {STORIES_MIN} are required", stories.len());
    let written = std::fs::read_to_string(&page).expect("tests/scenarios/TABLE.md: BLESS=1 writes it");
    assert_eq!(written, table.page(), "TABLE.md is out of date: BLESS=1 writes it");
}

#[test]
fn every_cause_of_an_event_is_in_the_must_of_a_story() {
    let contract = include_str!("../../wit/board.wit");
    let (_, after) = contract.split_once("enum cause {").expect("the contract has the causes");
    let (causes, _) = after.split_once('}').expect("the enum ends");
    let mut missing: Vec<&str> = causes.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("///")).collect();
    let musts: Vec<String> =
        stories().into_iter().flat_map(|(_, story)| story.steps).filter_map(|step| step.must).map(|must| must.to_string()).collect();
    missing.retain(|cause| {
        let wanted = format!(r#""cause":"{}""#, cause.trim_end_matches(','));
        !musts.iter().any(|must| must.contains(&wanted))
    });
    assert_eq!(missing, Vec::<&str>::new(), "no story has this cause in a `must`");
}

#[test]
fn the_names_of_stories_are_unique() {
    let mut names: Vec<String> = stories().into_iter().map(|(_, story)| story.name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}
