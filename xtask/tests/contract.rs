//! The contract as tools see it: types and functions without the prose. It fails when these change, until
//! `BLESS=1 cargo test -p xtask --test contract` writes the new text.
//!
//! Read as text, not with a parser: that parser would share crates with wasmtime and ask other features of them, so that wasmtime
//! would be compiled once for all packages and once more for one.

use std::fs;
use std::path::{Path, PathBuf};

fn wit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")
}

/// Every `.wit` file beneath a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "wit") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text without comments and empty lines. WIT has no strings, so two slashes always begin a comment.
fn bare(text: &str) -> String {
    assert!(!text.contains("/*"), "block comments are not read here: begin each line of a comment with slashes");
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim_end());
    lines.filter(|line| !line.is_empty()).fold(String::new(), |all, line| all + line + "\n")
}

fn contract() -> String {
    let root = wit();
    let part = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        format!("// {name}\n{}", bare(&fs::read_to_string(&path).unwrap()))
    };
    files(&root).into_iter().map(part).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_contract_is_the_golden_one() {
    let golden = wit().join("contract.golden");
    let text = contract();
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        fs::write(&golden, &text).unwrap();
    }
    let wanted = fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        text == wanted,
        "the contract differs from wit/contract.golden. If that is meant, tell every host, raise the package's version where an old \
         host would break, and run `BLESS=1 cargo test -p xtask --test contract`; `git diff wit` then shows what changed"
    );
}

#[test]
fn prose_is_not_part_of_it() {
    assert_eq!(bare("/// Told.\n\n  now: func() -> instant; // why\n"), "  now: func() -> instant;\n");
}
