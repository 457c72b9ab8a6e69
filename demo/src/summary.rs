//! The summary: the guarded side beside the unguarded side.

use crate::counts::{Counts, total, while_faulty};
use crate::script::{SCRIPT, STAGES, ServerHealth};
use crate::server::Server;
use crate::timeline::Change;
use crate::traffic::{ROLES, Side};
use fuseboard_host::Phase;
use std::io::{self, Write};
use std::time::Duration;

/// The counts of one side at the end.
pub struct SideResult {
    pub stages: [Counts; STAGES],
    /// The server's own count.
    pub answered: u64,
    /// Time from the start until the server's port was open again.
    pub reopened_at: Option<Duration>,
}

impl SideResult {
    pub fn of(side: &Side, server: &Server) -> SideResult {
        SideResult { stages: side.counters.read(), answered: server.answered(), reopened_at: server.reopened_at() }
    }
}

/// When a circuit closed after the server's recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    /// This long after the server's port was open again.
    After(Duration),
    /// It never opened, or closed before.
    WasClosed,
    /// It was not closed at the end.
    NotClosed,
}

pub fn write(out: &mut impl Write, guarded: &SideResult, unguarded: &SideResult, changes: &[Change]) -> io::Result<()> {
    let sides = [guarded, unguarded];
    let all = sides.map(|result| total(&result.stages));
    let faulty = sides.map(|result| while_faulty(&result.stages));
    writeln!(out, "\n{:<44} {:>10} {:>10}", "", "guarded", "unguarded")?;
    row(out, "calls offered", all.map(|counts| counts.offered().to_string()))?;
    row(out, "sent to the server", all.map(|counts| counts.sent().to_string()))?;
    row(out, "  while it was faulty", faulty.map(|counts| counts.sent().to_string()))?;
    for (index, stage) in SCRIPT.iter().enumerate().filter(|(_, stage)| stage.health.is_faulty()) {
        let sent = sides.map(|result| result.stages.get(index).map_or(0, Counts::sent).to_string());
        row(out, &format!("    {}", stage.health.label()), sent)?;
    }
    row(out, "answered by the server, by its own count", sides.map(|result| result.answered.to_string()))?;
    row(out, "good answers", all.map(|counts| counts.succeeded.to_string()))?;
    row(out, "failed calls", all.map(|counts| counts.failed.to_string()))?;
    row(out, "refused calls", all.map(|counts| counts.refused.to_string()))?;
    row(out, "mean time of a refusal", all.map(|counts| counts.mean_refusal().map_or("-".to_owned(), micros)))?;
    row(out, "total time of all calls", all.map(|counts| seconds(counts.waited)))?;
    row(out, "  while it was faulty", faulty.map(|counts| seconds(counts.waited)))?;
    row(
        out,
        "first good answer after the recovery",
        sides.map(|result| first_success_after_recovery(result).map_or("none".to_owned(), seconds)),
    )?;
    for role in &ROLES {
        let closed = match closing(role.name, guarded.reopened_at, changes) {
            Closing::After(time) => seconds(time),
            Closing::WasClosed => "was closed".to_owned(),
            Closing::NotClosed => "not yet".to_owned(),
        };
        row(out, &format!("{} closed after the recovery", role.name), [closed, "-".to_owned()])?;
    }
    let opened = changes.iter().filter(|change| change.to == Phase::Open).count();
    row(out, "openings of circuits", [opened.to_string(), "-".to_owned()])?;
    write_verdict(out, faulty, all, missed(guarded, unguarded))
}

fn row(out: &mut impl Write, name: &str, [guarded, unguarded]: [String; 2]) -> io::Result<()> {
    writeln!(out, "{name:<44} {guarded:>10} {unguarded:>10}")
}

/// Writes what guarding avoided, and the good answers that it cost.
fn write_verdict(out: &mut impl Write, faulty: [Counts; 2], all: [Counts; 2], missed: [(&str, u64); 3]) -> io::Result<()> {
    let (avoided, percent) = avoided(faulty.map(|counts| counts.sent()));
    let [guarded, unguarded] = all;
    let waited = seconds(unguarded.waited.saturating_sub(guarded.waited));
    writeln!(out, "\nGuarding avoided {avoided} requests to the faulty server, {percent} % of them. The callers waited {waited} less.")?;
    let missed = missed.iter().filter(|(_, count)| *count > 0).map(|(when, count)| format!("{count} {when}"));
    writeln!(out, "Good answers that only the unguarded side received: {}.", missed.collect::<Vec<_>>().join(", "))
}

/// Good answers that only the unguarded side received, by the stage in which the calls began.
fn missed(guarded: &SideResult, unguarded: &SideResult) -> [(&'static str, u64); 3] {
    let fewer = |chosen: fn(usize) -> bool| -> u64 {
        let stages = guarded.stages.iter().zip(&unguarded.stages).enumerate().filter(|(stage, _)| chosen(*stage));
        stages.map(|(_, (guarded, unguarded))| unguarded.succeeded.saturating_sub(guarded.succeeded)).sum()
    };
    [
        ("late ones while it was slow", fewer(is_slow)),
        ("after the recovery", fewer(|stage| stage + 1 == STAGES)),
        ("at other times", fewer(|stage| !is_slow(stage) && stage + 1 != STAGES)),
    ]
}

/// The number of requests to the faulty server that guarding avoided, and their share of the unguarded ones in per cent.
fn avoided([guarded, unguarded]: [u64; 2]) -> (u64, u64) {
    let avoided = unguarded.saturating_sub(guarded);
    (avoided, avoided.saturating_mul(100).checked_div(unguarded).unwrap_or(0))
}

fn is_slow(stage: usize) -> bool {
    SCRIPT.get(stage).is_some_and(|stage| stage.health == ServerHealth::Slow)
}

fn first_success_after_recovery(result: &SideResult) -> Option<Duration> {
    let first = result.stages.last()?.first_success?;
    Some(first.saturating_sub(result.reopened_at?))
}

/// The time from the server's recovery to the closing of the circuit, taken from the circuit's last phase change.
fn closing(role: &str, reopened_at: Option<Duration>, changes: &[Change]) -> Closing {
    match (changes.iter().rev().find(|change| change.role == role), reopened_at) {
        (None, Some(_)) => Closing::WasClosed,
        (Some(last), Some(back)) if last.to == Phase::Closed => last.at.checked_sub(back).map_or(Closing::WasClosed, Closing::After),
        _ => Closing::NotClosed,
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn change(role: &str, to: Phase, at: u32) -> Change {
        Change { role: role.to_owned(), to, at: S * at }
    }

    #[test]
    fn avoided_requests_are_the_difference_of_both_sides() {
        assert_eq!(avoided([25, 100]), (75, 75));
        assert_eq!(avoided([1, 3]), (2, 66));
        assert_eq!(avoided([0, 0]), (0, 0));
        assert_eq!(avoided([5, 4]), (0, 0));
    }

    #[test]
    fn a_circuit_is_closed_if_its_last_phase_change_closed_it() {
        let changes =
            [change("a", Phase::Open, 1), change("b", Phase::Open, 2), change("a", Phase::HalfOpen, 19), change("a", Phase::Closed, 20)];
        assert_eq!(closing("a", Some(18 * S), &changes), Closing::After(2 * S));
        assert_eq!(closing("b", Some(18 * S), &changes), Closing::NotClosed);
        assert_eq!(closing("c", Some(18 * S), &changes), Closing::WasClosed);
        assert_eq!(closing("a", Some(30 * S), &changes), Closing::WasClosed);
        assert_eq!(closing("a", None, &changes), Closing::NotClosed);
    }

    #[test]
    fn the_first_success_is_timed_from_the_recovery() {
        let mut stages = [Counts::default(); STAGES];
        stages[STAGES - 1].first_success = Some(20 * S);
        assert_eq!(first_success_after_recovery(&SideResult { stages, answered: 0, reopened_at: Some(18 * S) }), Some(2 * S));
        assert_eq!(first_success_after_recovery(&SideResult { stages, answered: 0, reopened_at: None }), None);
    }

    #[test]
    fn the_table_shows_both_sides() -> io::Result<()> {
        let faulty = Counts { succeeded: 1, failed: 2, refused: 7, waited: 3 * S, ..Counts::default() };
        let guarded = SideResult { stages: [faulty; STAGES], answered: 9, reopened_at: Some(18 * S) };
        let plain = Counts { succeeded: 4, failed: 6, refused: 0, waited: 5 * S, ..Counts::default() };
        let unguarded = SideResult { stages: [plain; STAGES], answered: 30, reopened_at: Some(18 * S) };
        let mut out = Vec::new();
        write(&mut out, &guarded, &unguarded, &[change("landing", Phase::Closed, 20)])?;
        let text = String::from_utf8_lossy(&out);
        let cells = |name: &str| -> Vec<String> {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(cells("calls offered"), ["50", "50"]);
        assert_eq!(cells("sent to the server"), ["15", "50"]);
        assert_eq!(cells("  while it was faulty"), ["9", "30"]);
        assert_eq!(cells("good answers"), ["5", "20"]);
        assert_eq!(cells("landing closed after the recovery"), ["2.00", "s", "-"]);
        assert!(text.contains("avoided 21 requests to the faulty server, 70 % of them. The callers waited 10.00 s less"), "{text}");
        assert!(text.contains("received: 3 late ones while it was slow, 3 after the recovery, 9 at other times."), "{text}");
        Ok(())
    }
}
