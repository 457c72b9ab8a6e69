//! The generated part of docs/benchmarks.md.

use super::cases::{CASES, Case, Measured, Target};
use crate::Failure;
use crate::generated::{self, END};
use serde_json::Value;

const BEGIN: &str = "<!-- begin: written by `cargo xtask bench` -->\n";

/// The page with a new table.
pub fn replace_table(old: &str, table: &str) -> Result<String, Failure> {
    let remedy = || format!("add the lines\n{BEGIN}{END}");
    generated::replace_block(old, BEGIN, table).ok_or_else(|| Failure::new("docs/benchmarks.md has no generated part", remedy()))
}

pub fn table(measured: &Measured, bytes: &Value) -> Result<String, Failure> {
    let mut lines = vec![
        format!("{}; medians of one run.", generated::commit_and_machine()),
        String::new(),
        "| through | case | median | target |".into(),
        "|---|---|---:|---|".into(),
    ];
    for case in CASES {
        lines.push(row(case, measured)?);
    }
    lines.push("\nMemory of the process per target, after one call for each target (board and store, with full caches):\n".to_owned());
    for (targets, bytes) in bytes.as_object().into_iter().flatten() {
        lines.push(format!("- {targets} targets: {bytes} bytes each"));
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

fn row(case: &Case, measured: &Measured) -> Result<String, Failure> {
    let median = measured.median(case.id)?;
    let verdict = |most: f64| if median <= most { "met" } else { "**missed**" };
    let target = match case.target {
        Target::AtMost(most) if median > most => format!("≤ {}: {}, {:.2} × it", time(most), verdict(most), median / most),
        Target::AtMost(most) => format!("≤ {}: {}", time(most), verdict(most)),
        Target::Times(times, of) => {
            let base = measured.median(of)?;
            format!("≤ {times:.2} × the first: {}, {:.2} ×", verdict(times * base), median / base)
        }
        Target::None => String::new(),
    };
    Ok(format!("| {} | {} | {} | {target} |", case.through, case.what, time(median)))
}

/// A time with three digits, in ns, µs or ms.
fn time(ns: f64) -> String {
    let (number, unit) = match ns {
        _ if ns < 1e3 => (ns, "ns"),
        _ if ns < 1e6 => (ns / 1e3, "µs"),
        _ => (ns / 1e6, "ms"),
    };
    let digits = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
    format!("{number:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        assert_eq!(
            [7.234, 45.67, 999.4, 1_234.0, 45_678.0, 2.5e8].map(time),
            ["7.23 ns", "45.7 ns", "999 ns", "1.23 µs", "45.7 µs", "250 ms"]
        );
    }
}
