//! Checks that the schema and the tables of docs/configuration.md are up to date. `BLESS=1` rewrites them.

use fuseboard::config::{reference, schema};
use std::path::{Path, PathBuf};

const BEGIN: &str = "<!-- generated: BLESS=1 cargo test -p fuseboard --test reference -->\n";
const END: &str = "<!-- end of what is generated -->\n";

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[track_caller]
fn is_current(path: &str, current: &str) {
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(at(path), current).expect("the file can be written");
    }
    let written = std::fs::read_to_string(at(path)).expect("BLESS=1 writes it");
    assert_eq!(written, current, "{path} is out of date: BLESS=1 writes it");
}

#[test]
fn the_schema_is_made_from_the_settings() {
    is_current("schema/breakers.schema.json", &schema());
}

#[test]
fn the_reference_is_made_from_the_settings() {
    let page = std::fs::read_to_string(at("docs/configuration.md")).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("where the tables begin");
    let (_, after) = rest.split_once(END).expect("where the tables end");
    is_current("docs/configuration.md", &[before, BEGIN, &reference(), END, after].concat());
}
