//! Replays the corpus of the fuzz targets, and some changes of each of its files.

mod change;
#[path = "../../fuzz/src/lib.rs"]
mod fuzz_targets;

use std::fs;
use std::path::{Path, PathBuf};

/// The number of changed inputs for each file of a corpus.
const CHANGES: u64 = 100;

/// The files of a target's corpus, sorted by name.
fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() >= 5, "{} has {} files", folder.display(), files.len());
    files
}

/// Runs a target with each file of its corpus, and with changes of it. The failure shows the input.
fn replay(target: &str, run: fn(&[u8])) {
    let files = corpus(target);
    let inputs: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).expect("a readable file")).collect();
    for (file, input) in files.iter().zip(&inputs) {
        check(&file.display().to_string(), input, run);
        for seed in 0..CHANGES {
            let changed = change::changed(input, &inputs, seed);
            check(&format!("{} changed by {seed}", file.display()), &changed, run);
        }
    }
}

fn check(name: &str, input: &[u8], run: fn(&[u8])) {
    let result = std::panic::catch_unwind(|| run(input));
    assert!(result.is_ok(), "{name}: {:?}", String::from_utf8_lossy(input));
}

#[test]
fn any_stored_text_is_answered() {
    replay("record", fuzz_targets::record::run);
}

#[test]
fn different_names_have_different_keys() {
    replay("keys", fuzz_targets::keys::run);
}

#[test]
fn any_document_is_accepted_or_refused_with_a_reason() {
    replay("configuration", fuzz_targets::configuration::run);
}

#[test]
fn each_request_of_any_sequence_ends() {
    replay("sequence", fuzz_targets::sequence::run);
}
