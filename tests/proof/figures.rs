//! The figures of a test, for the reliability page: `target/proof/NAME.json` with
//! `{"name", "promises": [..], "figures": {NAME: NUMBER, ..}}`.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FailurePersistence, FileFailurePersistence, TestRunner};
use serde_json::{Map, json};
use std::cell::RefCell;
use std::path::Path;
use std::time::Instant;

pub struct Figures {
    name: &'static str,
    promises: &'static [u8],
    figures: Map<String, serde_json::Value>,
    start: Instant,
}

impl Figures {
    pub fn new(name: &'static str, promises: &'static [u8]) -> Figures {
        Figures { name, promises, figures: Map::new(), start: Instant::now() }
    }

    pub fn add(&mut self, what: &str, count: u64) {
        let sum = self.figures.get(what).and_then(serde_json::Value::as_u64).unwrap_or(0) + count;
        self.figures.insert(what.to_owned(), sum.into());
    }

    /// Adds how often each promise was asserted.
    pub fn add_assertions(&mut self, assertions: &[u64]) {
        for (promise, count) in assertions.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.add(&format!("assertions of promise {promise}"), *count);
        }
    }

    /// Writes the figures, and prints them (visible with `--nocapture`).
    pub fn write(mut self) {
        let took = u64::try_from(self.start.elapsed().as_millis()).expect("a test ends");
        self.figures.insert("ms".to_owned(), took.into());
        let page = json!({ "name": self.name, "promises": self.promises, "figures": self.figures });
        println!("{page}");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/proof");
        std::fs::create_dir_all(&folder).expect("the folder for figures can be made");
        std::fs::write(folder.join(self.name).with_extension("json"), format!("{page}\n")).expect("figures can be written");
    }
}

/// Returns the number in an environment variable, or the usual number. The planted-fault runs set smaller numbers.
pub fn number_from_env(variable: &str, usual: u64) -> u64 {
    let Some(value) = std::env::var_os(variable) else { return usual };
    value.to_str().and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{variable} is not a number"))
}

/// Plays `usual` random sequences, or as many as `PROOF_CASES` says, and adds up the counts that each returns. Seeds of failures are
/// stored, and tried first the next time.
pub fn at_random<S: Strategy>(
    name: &'static str,
    promises: &'static [u8],
    usual: u64,
    sequences: &S,
    play: impl Fn(S::Value) -> Vec<(&'static str, u64)>,
) -> Figures {
    let cases = u32::try_from(number_from_env("PROOF_CASES", usual)).expect("a number of cases");
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct("tests/proof/seeds.txt")) as Box<dyn FailurePersistence>);
    let figures = RefCell::new(Figures::new(name, promises));
    let played = TestRunner::new(Config { cases, failure_persistence, ..Config::default() }).run(sequences, |sequence| {
        let counts = play(sequence);
        let mut figures = figures.borrow_mut();
        figures.add("sequences", 1);
        counts.into_iter().for_each(|(what, count)| figures.add(what, count));
        Ok(())
    });
    played.unwrap_or_else(|failure| panic!("{failure}"));
    figures.into_inner()
}
