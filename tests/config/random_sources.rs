//! Random sources: arbitrary characters, and random sequences of words that the parsers know.

use fuseboard::{Document, Sources};
use proptest::collection::vec;
use proptest::prelude::*;

/// Words that the parsers and the table of settings know.
const WORDS: [&str; 64] = [
    "defaults",
    "hosts",
    "names",
    "resolvers",
    "advanced",
    "rolling",
    "roles",
    "window",
    "classify",
    "sharing",
    "fail_max",
    "reset",
    "reset_timeout_s",
    "kind",
    "count",
    "size",
    "failure_statuses",
    "metadata",
    "meta",
    "default",
    "enabled",
    "a.example",
    "*.example",
    "[::1]",
    "münchen",
    "xn--",
    ": ",
    ":",
    "=",
    ",",
    ";",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "? ",
    "| ",
    "> ",
    "#",
    "%YAML 1.2\n",
    "---\n",
    "...",
    "~",
    "null",
    "yes",
    "0",
    "5",
    "0.5",
    "1e999",
    ".nan",
    "5xx",
    "\t",
    "\u{feff}",
    "\0",
];

pub fn text() -> impl Strategy<Value = String> {
    let words = vec(prop::sample::select(&WORDS[..]), 0..60).prop_map(|words| words.concat());
    prop_oneof![4 => words, 1 => vec(any::<char>(), 0..80).prop_map(|letters| letters.into_iter().collect())]
}

fn variable() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] =
        &["P_DEFAULTS", "P_CLASSIFY", "P_ROLLING", "P_HOSTS", "P__A_EXAMPLE", "P_ROLE__A__META", "P_RESOLVER__W", "P_CONFIG", "PS_YAML"];
    prop_oneof![3 => prop::sample::select(KNOWN).prop_map(str::to_owned), 1 => text().prop_map(|text| format!("P__{text}")),
        1 => text().prop_map(|text| format!("P{text}"))]
}

fn flag() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] =
        &["breaker-defaults", "breaker", "breaker-role", "breaker-resolver", "breaker-classify", "breaker-rolling", "config"];
    prop_oneof![5 => prop::sample::select(KNOWN).prop_map(str::to_owned), 1 => text()]
}

/// Texts like `fail_max:5,window.size:30`.
fn short() -> impl Strategy<Value = String> {
    let pair = (
        prop::sample::select(&["fail_max", "reset", "window.size", "mode", "window", "failure", "enabled"][..]),
        prop::sample::select(&["5", "0", "null", "observe", "on", "429"][..]),
    );
    let pairs = vec(pair, 0..4).prop_map(|pairs| pairs.iter().map(|(key, value)| format!("{key}:{value}")).collect::<Vec<_>>().join(","));
    prop_oneof![2 => pairs.clone(), 1 => pairs.prop_map(|pairs| format!("a.example={pairs}")), 1 => text()]
}

pub fn sources() -> impl Strategy<Value = Sources> {
    let document = text().prop_map(|text| Document { name: "odd.yaml".to_owned(), text });
    (vec(document, 0..3), vec((variable(), short()), 0..5), vec((flag(), short()), 0..4))
        .prop_map(|(documents, environment, flags)| Sources { documents, prefix: "P".to_owned(), environment, flags })
}
