//! `cargo xtask bench-redis`: counts what calls cost a Redis server, beside pybreaker, and writes docs/stores.md.

use crate::generated::{self, END};
use crate::{Failure, debian, python, run, workspace};
use serde_json::Value;
use std::fs;

const BEGIN: &str = "<!-- begin: written by `cargo xtask bench-redis` -->\n";

/// What the figures should be. A missed target is no error.
const TARGETS: &[Target] = &[
    Target { case: "healthy", figure: Figure::RoundTrips, at_most: 0.05 },
    Target { case: "healthy without leases", figure: Figure::RoundTripsOfCalls, at_most: 0.001 },
    Target { case: "failing", figure: Figure::RoundTrips, at_most: 2.0 },
    Target { case: "failing at once", figure: Figure::Swaps, at_most: 0.5 },
];

/// Of a sum of floats.
const ROUNDING: f64 = 1e-9;

struct Target {
    case: &'static str,
    figure: Figure,
    at_most: f64,
}

#[derive(Clone, Copy)]
enum Figure {
    RoundTrips,
    /// Without the `PING`s, which come with time.
    RoundTripsOfCalls,
    Swaps,
}

/// Builds the program, counts, and writes the page. It takes four minutes.
///
/// # Errors
/// When a program cannot be built or installed, or fails.
pub fn task() -> Result<(), Failure> {
    debian::install_redis_if_missing()?;
    let python = python::interpreter()?;
    let advice = "see the first error above";
    run::stream(run::cargo().args(["build", "--package", "process-test", "--bins"]), advice)?;
    let mut count = run::program(workspace::builds().join("debug/redis-cost"));
    count.arg(python).arg(workspace::root().join("process-test/pybreaker_cost.py"));
    let Some(output) = run::read(&mut count) else {
        return Err(Failure::new("target/debug/redis-cost failed", "run it by hand with its two arguments to see why"));
    };
    let unusable = |why: String| Failure::new(why, "this is a fault of process-test/src/bin/redis-cost.rs");
    let cases: Result<Vec<Value>, _> = output.lines().map(serde_json::from_str).collect();
    let cases = cases.map_err(|error| unusable(format!("redis-cost printed no JSON: {error}")))?;
    let table = table(&cases).ok_or_else(|| unusable("redis-cost left out a figure".to_owned()))?;
    let path = workspace::root().join("docs/stores.md");
    let restore = |why: String| Failure::new(format!("{}: {why}", path.display()), "restore it from git");
    let old = fs::read_to_string(&path).map_err(|error| restore(error.to_string()))?;
    let page = generated::replace_block(&old, BEGIN, &table)
        .ok_or_else(|| restore(format!("the lines {} and {} are missing", BEGIN.trim(), END.trim())))?;
    fs::write(&path, page).map_err(|error| restore(error.to_string()))?;
    println!("written: {}", path.display());
    Ok(())
}

fn table(cases: &[Value]) -> Option<String> {
    let mut lines = vec![
        format!("{}.", generated::commit_and_machine()),
        String::new(),
        "| call | calls | commands | round trips | swaps | pybreaker: commands | round trips | target |".to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for case in cases {
        lines.push(row(case)?);
    }
    lines.push(String::new());
    Some(lines.join("\n"))
}

fn row(case: &Value) -> Option<String> {
    let name = case.get("case")?.as_str()?;
    let (ours, theirs) = (case.get("fuseboard")?, case.get("pybreaker")?);
    let calls = case.get("calls")?.as_u64()?;
    let pace = case.get("per_second")?.as_u64().map_or_else(
        || case.get("threads").map(|threads| format!("{calls} by {threads} threads")),
        |per_second| Some(format!("{calls}, {per_second} a second")),
    )?;
    let [commands, round_trips, swaps] = ["commands", "round_trips", "swaps"].map(|figure| ours.get(figure).and_then(Value::as_f64));
    let [their_commands, their_round_trips] = ["commands", "round_trips"].map(|figure| theirs.get(figure).and_then(Value::as_f64));
    Some(format!(
        "| {name} | {pace} | {:.4} | {:.4} | {:.4} | {:.4} | {:.4} | {} |",
        commands?,
        round_trips?,
        swaps?,
        their_commands?,
        their_round_trips?,
        verdict(name, ours, calls)?
    ))
}

/// Whether the case's target is met. Empty: it has none.
fn verdict(case: &str, ours: &Value, calls: u64) -> Option<String> {
    let Some(target) = TARGETS.iter().find(|target| target.case == case) else { return Some(String::new()) };
    let pings = ours.get("names")?.get("PING").and_then(Value::as_f64).unwrap_or(0.0);
    #[expect(clippy::cast_precision_loss, reason = "there are fewer calls than a float counts exactly")]
    let calls = calls as f64;
    let (measured, shown) = match target.figure {
        Figure::RoundTrips => (ours.get("round_trips")?.as_f64()?, format!("round trips ≤ {}", target.at_most)),
        Figure::RoundTripsOfCalls => {
            (ours.get("round_trips")?.as_f64()? - pings / calls, format!("round trips except `PING` ≤ {}", target.at_most))
        }
        Figure::Swaps => (ours.get("swaps")?.as_f64()?, format!("swaps ≤ {}", target.at_most)),
    };
    Some(format!("{shown}: {}", if measured <= target.at_most + ROUNDING { "met" } else { "**missed**" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn case(name: &str, round_trips: f64, pings: u64) -> Value {
        let ours = json!({"commands": 1.0, "round_trips": round_trips, "swaps": 0.25, "names": {"PING": pings}});
        let theirs = json!({"commands": 4.0, "round_trips": 3.0, "swaps": 1.0, "names": {}});
        json!({"case": name, "calls": 1_000, "per_second": 5, "threads": 1, "fuseboard": ours, "pybreaker": theirs})
    }

    #[test]
    fn a_case_is_a_row_with_its_target() {
        let row = row(&case("healthy", 0.02, 20));
        let expected = "| healthy | 1000, 5 a second | 1.0000 | 0.0200 | 0.2500 | 4.0000 | 3.0000 | round trips ≤ 0.05: met |";
        assert_eq!(row.as_deref(), Some(expected));
    }

    #[test]
    fn pings_are_left_out_where_the_target_is_about_calls() {
        let is_met = |round_trips, pings| row(&case("healthy without leases", round_trips, pings)).is_some_and(|row| row.contains("met"));
        assert!(is_met(0.02, 19) && !is_met(0.02, 18));
    }
}
