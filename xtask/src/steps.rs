//! The steps of a task. Each is named and timed; a task ends at the first that fails.

use crate::Failure;
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Steps {
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Runs a step. The summary lists it even if it fails.
    pub fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        println!("\n== {name}");
        let start = Instant::now();
        let result = step();
        self.done.push((name, start.elapsed()));
        result
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        println!("\n== summary");
        for (name, took) in &self.done {
            println!("{name:<14} {:>7.1} s", took.as_secs_f64());
        }
    }
}
