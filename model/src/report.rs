//! Configurations and results as text.

use crate::action_limits::ActionLimits;
use crate::configuration::{Configuration, Explored, Replies};
use crate::exploration::{Coverage, Exploration, Violation};
use crate::memory;
use std::fmt::Write;

/// One line about a configuration.
#[must_use]
pub fn describe(configuration: &Configuration) -> String {
    let Configuration { name, description, explored, replies, processes, requests, limits, .. } = configuration;
    let explored = if *explored == Explored::InEveryTest { "every test" } else { "on request" };
    let replies = if *replies == Replies::AtOnce { "at once" } else { "later" };
    let limits = describe_limits(limits);
    format!("{name:<22} {explored:<10} {description}: {processes} processes, {requests} requests each, replies {replies}, {limits}")
}

fn describe_limits(limits: &ActionLimits) -> String {
    let all = [
        ("calls", limits.allows),
        ("ticks", limits.ticks),
        ("lost answers", limits.losses),
        ("failed operations", limits.failures),
        ("crashes", limits.crashes),
        ("wipes", limits.wipes),
        ("rollbacks", limits.rollbacks),
        ("clock jumps", limits.clock_jumps),
        ("policy changes", limits.policy_changes),
        ("abandoned requests", limits.abandons),
        ("flushes", limits.flushes),
    ];
    let used = all.iter().filter(|(_, times)| *times > 0).map(|(name, times)| format!("{times} {name}"));
    used.collect::<Vec<_>>().join(", ")
}

/// The result of a run, with the actions that lead to each violation.
#[must_use]
pub fn result(exploration: &Exploration) -> String {
    let Exploration { configuration, distinct_states, steps, depth, histories, elapsed, .. } = exploration;
    let coverage = if exploration.coverage == Coverage::Complete { "complete" } else { "NOT COMPLETE" };
    let mut text = format!(
        "{configuration}: {coverage}, {distinct_states} distinct states, {steps} steps, depth {depth}, {histories} histories, {:.1} s",
        elapsed.as_secs_f64()
    );
    if let Some(mib) = memory::peak_mib() {
        let _ = write!(text, ", peak memory so far {mib} MiB");
    }
    for name in &exploration.not_reached {
        let _ = write!(text, "\n  NOT REACHED: {name}");
    }
    for Violation { property, actions } in &exploration.violations {
        let _ = write!(text, "\n  VIOLATED: {property}\n    {}", actions.join("\n    "));
    }
    text
}
