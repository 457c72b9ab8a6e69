//! Compares the types and functions of the contract, without comments, with `wit/contract.golden`.
//! `BLESS=1 cargo test -p xtask --test contract` rewrites the golden file.
//!
//! The files are read as text. A WIT parser would share crates with wasmtime but enable other features of them, and wasmtime would be
//! compiled twice.

use std::fs;
use std::path::{Path, PathBuf};

fn wit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")
}

/// The `.wit` files in a folder and its subfolders.
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

/// The text without comments and empty lines. WIT has no string literals, so `//` always begins a comment.
fn without_comments(text: &str) -> String {
    assert!(!text.contains("/*"), "block comments are not supported: begin each line of a comment with `//`");
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim_end());
    lines.filter(|line| !line.is_empty()).fold(String::new(), |all, line| all + line + "\n")
}

fn contract() -> String {
    let root = wit();
    let part = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        format!("// {name}\n{}", without_comments(&fs::read_to_string(&path).unwrap()))
    };
    files(&root).into_iter().map(part).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_contract_equals_the_golden_file() {
    let golden = wit().join("contract.golden");
    let text = contract();
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        fs::write(&golden, &text).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        text == expected,
        "the contract differs from wit/contract.golden. If the change is intended, update every host, raise the package version if it \
         breaks old hosts, and run `BLESS=1 cargo test -p xtask --test contract`; `git diff wit` then shows the change"
    );
}

#[test]
fn comments_do_not_count() {
    assert_eq!(without_comments("/// Docs.\n\n  now: func() -> instant; // why\n"), "  now: func() -> instant;\n");
}
