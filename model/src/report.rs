//! Configurations and results as text.

use crate::checking::{Checked, Coverage, Violation};
use crate::configuration::{Configuration, Replies, When};
use crate::left::Left;
use crate::memory;
use std::fmt::Write;

/// One line about a configuration.
#[must_use]
pub fn described(configuration: &Configuration) -> String {
    let Configuration { name, about, when, replies, processes, requests, at_most, .. } = configuration;
    let when = if *when == When::EveryTest { "every test" } else { "on request" };
    let replies = if *replies == Replies::AtOnce { "at once" } else { "later" };
    let limits = limits(at_most);
    format!("{name:<22} {when:<10} {about}: {processes} processes, {requests} requests each, replies {replies}, {limits}")
}

fn limits(left: &Left) -> String {
    let all = [
        ("calls", left.allows),
        ("ticks", left.ticks),
        ("lost answers", left.losses),
        ("failed operations", left.failures),
        ("crashes", left.crashes),
        ("wipes", left.wipes),
        ("rollbacks", left.rollbacks),
        ("clock jumps", left.clock_jumps),
        ("policy changes", left.policy_changes),
        ("abandoned requests", left.abandons),
        ("flushes", left.flushes),
    ];
    let used = all.iter().filter(|(_, times)| *times > 0).map(|(what, times)| format!("{times} {what}"));
    used.collect::<Vec<_>>().join(", ")
}

/// The result of a run, with the actions of each violation.
#[must_use]
pub fn result(checked: &Checked) -> String {
    let Checked { configuration, distinct_states, steps, depth, histories, took, .. } = checked;
    let coverage = if checked.coverage == Coverage::Complete { "complete" } else { "NOT COMPLETE" };
    let mut text = format!(
        "{configuration}: {coverage}, {distinct_states} distinct states, {steps} steps, depth {depth}, {histories} histories, {:.1} s",
        took.as_secs_f64()
    );
    if let Some(mib) = memory::peak_mib() {
        let _ = write!(text, ", peak memory so far {mib} MiB");
    }
    for missing in &checked.missing {
        let _ = write!(text, "\n  NOT REACHED: {missing}");
    }
    for Violation { property, actions } in &checked.violations {
        let _ = write!(text, "\n  VIOLATED: {property}\n    {}", actions.join("\n    "));
    }
    text
}
