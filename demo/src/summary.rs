//! What it came to: guarded beside unguarded.

use crate::counts::{Counts, total, while_sick};
use crate::script::{Health, SCRIPT, STAGES};
use crate::timeline::Change;
use crate::traffic::ROLES;
use fuseboard_host::Phase;
use std::io::{self, Write};
use std::time::Duration;

/// One side at the end.
pub struct Seen {
    pub stages: [Counts; STAGES],
    /// The server's own count.
    pub answered: u64,
    /// When the server listened again, from the start.
    pub back_at: Option<Duration>,
}

/// How a circuit came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    /// So long after the server.
    After(Duration),
    /// It was closed all the time.
    Never,
    /// Not before the end.
    Missing,
}

pub fn write(out: &mut impl Write, guarded: &Seen, unguarded: &Seen, changes: &[Change]) -> io::Result<()> {
    let sides = [guarded, unguarded];
    let all = sides.map(|seen| total(&seen.stages));
    let sick = sides.map(|seen| while_sick(&seen.stages));
    writeln!(out, "\n{:<44} {:>10} {:>10}", "", "guarded", "unguarded")?;
    row(out, "calls offered", all.map(|counts| counts.offered().to_string()))?;
    row(out, "sent to the server", all.map(|counts| counts.made().to_string()))?;
    row(out, "  while it was sick", sick.map(|counts| counts.made().to_string()))?;
    for (stage, told) in SCRIPT.iter().enumerate().filter(|(_, told)| told.health.is_sick()) {
        let sent = sides.map(|seen| seen.stages.get(stage).map_or(0, Counts::made).to_string());
        row(out, &format!("    {}", told.health.words()), sent)?;
    }
    row(out, "answered by the server, by its own count", sides.map(|seen| seen.answered.to_string()))?;
    row(out, "good answers", all.map(|counts| counts.well.to_string()))?;
    row(out, "failed for the caller", all.map(|counts| counts.badly.to_string()))?;
    row(out, "refused at once", all.map(|counts| counts.refused.to_string()))?;
    row(out, "a refusal took, on average", all.map(|counts| counts.refusal_took().map_or("-".to_owned(), micros)))?;
    row(out, "time callers spent waiting", all.map(|counts| seconds(counts.waited)))?;
    row(out, "  while it was sick", sick.map(|counts| seconds(counts.waited)))?;
    row(out, "first good answer after the recovery", sides.map(|seen| first_good(seen).map_or("none".to_owned(), seconds)))?;
    for role in &ROLES {
        let closed = match closing(role.name, guarded.back_at, changes) {
            Closing::After(time) => seconds(time),
            Closing::Never => "was closed".to_owned(),
            Closing::Missing => "not yet".to_owned(),
        };
        row(out, &format!("{} closed after the recovery", role.name), [closed, "-".to_owned()])?;
    }
    let opened = changes.iter().filter(|change| change.to == Phase::Open).count();
    row(out, "circuits opened, again included", [opened.to_string(), "-".to_owned()])?;
    write_verdict(out, sick, all, forgone(guarded, unguarded))
}

fn row(out: &mut impl Write, name: &str, [guarded, unguarded]: [String; 2]) -> io::Result<()> {
    writeln!(out, "{name:<44} {guarded:>10} {unguarded:>10}")
}

/// What was won, and what it cost.
fn write_verdict(out: &mut impl Write, sick: [Counts; 2], all: [Counts; 2], forgone: [(&str, u64); 3]) -> io::Result<()> {
    let (kept, share) = spared(sick.map(|counts| counts.made()));
    let [guarded, unguarded] = all;
    let waited = seconds(unguarded.waited.saturating_sub(guarded.waited));
    writeln!(out, "\nThe sick server was spared {kept} requests, {share} % of them; callers waited {waited} less.")?;
    let price = forgone.iter().filter(|(_, fewer)| *fewer > 0).map(|(words, fewer)| format!("{fewer} {words}"));
    writeln!(out, "The price in good answers: {}.", price.collect::<Vec<_>>().join(", "))
}

/// Good answers that only the unguarded side had, by the stage in which they were asked for.
fn forgone(guarded: &Seen, unguarded: &Seen) -> [(&'static str, u64); 3] {
    let fewer = |chosen: fn(usize) -> bool| -> u64 {
        let stages = guarded.stages.iter().zip(&unguarded.stages).enumerate().filter(|(stage, _)| chosen(*stage));
        stages.map(|(_, (guarded, unguarded))| unguarded.well.saturating_sub(guarded.well)).sum()
    };
    [
        ("late ones while it was slow", fewer(is_slow)),
        ("after the recovery", fewer(|stage| stage + 1 == STAGES)),
        ("at other times", fewer(|stage| !is_slow(stage) && stage + 1 != STAGES)),
    ]
}

/// Of the requests that reached the sick server unguarded, how many the guard kept away, and in per cent.
fn spared([guarded, unguarded]: [u64; 2]) -> (u64, u64) {
    let kept = unguarded.saturating_sub(guarded);
    (kept, kept.saturating_mul(100).checked_div(unguarded).unwrap_or(0))
}

fn is_slow(stage: usize) -> bool {
    SCRIPT.get(stage).is_some_and(|stage| stage.health == Health::Slow)
}

fn first_good(seen: &Seen) -> Option<Duration> {
    let first = seen.stages.last()?.first_well?;
    Some(first.saturating_sub(seen.back_at?))
}

/// From the server's recovery to the circuit's closing, by the last change of its phase.
fn closing(role: &str, back_at: Option<Duration>, changes: &[Change]) -> Closing {
    match (changes.iter().rev().find(|change| change.role == role), back_at) {
        (None, Some(_)) => Closing::Never,
        (Some(last), Some(back)) if last.to == Phase::Closed => last.at.checked_sub(back).map_or(Closing::Never, Closing::After),
        _ => Closing::Missing,
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
    fn what_was_spared_is_the_difference() {
        assert_eq!(spared([25, 100]), (75, 75));
        assert_eq!(spared([1, 3]), (2, 66));
        assert_eq!(spared([0, 0]), (0, 0));
        assert_eq!(spared([5, 4]), (0, 0));
    }

    #[test]
    fn a_circuit_is_back_when_its_last_change_closed_it() {
        let changes =
            [change("a", Phase::Open, 1), change("b", Phase::Open, 2), change("a", Phase::HalfOpen, 19), change("a", Phase::Closed, 20)];
        assert_eq!(closing("a", Some(18 * S), &changes), Closing::After(2 * S));
        assert_eq!(closing("b", Some(18 * S), &changes), Closing::Missing);
        assert_eq!(closing("c", Some(18 * S), &changes), Closing::Never);
        assert_eq!(closing("a", Some(30 * S), &changes), Closing::Never);
        assert_eq!(closing("a", None, &changes), Closing::Missing);
    }

    #[test]
    fn the_first_good_answer_counts_from_the_recovery() {
        let mut stages = [Counts::default(); STAGES];
        stages[STAGES - 1].first_well = Some(20 * S);
        assert_eq!(first_good(&Seen { stages, answered: 0, back_at: Some(18 * S) }), Some(2 * S));
        assert_eq!(first_good(&Seen { stages, answered: 0, back_at: None }), None);
    }

    #[test]
    fn the_table_sets_both_sides_beside_each_other() -> io::Result<()> {
        let sick = Counts { well: 1, badly: 2, refused: 7, waited: 3 * S, ..Counts::default() };
        let guarded = Seen { stages: [sick; STAGES], answered: 9, back_at: Some(18 * S) };
        let plain = Counts { well: 4, badly: 6, refused: 0, waited: 5 * S, ..Counts::default() };
        let unguarded = Seen { stages: [plain; STAGES], answered: 30, back_at: Some(18 * S) };
        let mut out = Vec::new();
        write(&mut out, &guarded, &unguarded, &[change("landing", Phase::Closed, 20)])?;
        let text = String::from_utf8_lossy(&out);
        let cells = |name: &str| -> Vec<String> {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(cells("calls offered"), ["50", "50"]);
        assert_eq!(cells("sent to the server"), ["15", "50"]);
        assert_eq!(cells("  while it was sick"), ["9", "30"]);
        assert_eq!(cells("good answers"), ["5", "20"]);
        assert_eq!(cells("landing closed after the recovery"), ["2.00", "s", "-"]);
        assert!(text.contains("spared 21 requests, 70 % of them; callers waited 10.00 s less"), "{text}");
        assert!(text.contains("good answers: 3 late ones while it was slow, 3 after the recovery, 9 at other times."), "{text}");
        Ok(())
    }
}
