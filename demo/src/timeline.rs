//! The live view: a line every half second, and between the lines what the boards did.

use crate::counts::{Counts, total};
use crate::script::{SCRIPT, length, stage_at};
use crate::traffic::{ROLES, Side};
use crate::workers::WorkerEvent;
use fuseboard_host::{Board, CircuitStatus, Event, EventKind, Phase, Target};
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(500);

/// What is looked at.
pub struct Timeline<'a> {
    pub start: Instant,
    pub board: &'a Board,
    pub targets: &'a [Target],
    pub guarded: &'a Side,
    pub unguarded: &'a Side,
    pub told: &'a Receiver<WorkerEvent>,
}

/// A circuit that changed its phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub role: String,
    pub to: Phase,
    pub at: Duration,
}

impl Timeline<'_> {
    /// Shows the run to the script's end, and answers the phase changes seen.
    pub fn show(&self, out: &mut impl Write) -> io::Result<Vec<Change>> {
        let mut changes = Vec::new();
        let mut before = Counts::default();
        let mut due = TICK;
        write_head(out)?;
        while due <= length() {
            self.hear(out, &mut changes, due)?;
            let now = total(&self.guarded.counters.read());
            let sent_unguarded = total(&self.unguarded.counters.read()).made();
            self.write_line(out, due, &now, &before, sent_unguarded)?;
            before = now;
            due += TICK;
        }
        Ok(changes)
    }

    /// What was told after the last line.
    pub fn rest(&self, out: &mut impl Write, changes: &mut Vec<Change>) -> io::Result<()> {
        self.told.try_iter().try_for_each(|told| self.note(out, &told, changes))
    }

    fn hear(&self, out: &mut impl Write, changes: &mut Vec<Change>, until: Duration) -> io::Result<()> {
        loop {
            match self.told.recv_timeout(until.saturating_sub(self.start.elapsed())) {
                Ok(told) => self.note(out, &told, changes)?,
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                // The boards are gone; the clock goes on.
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(until.saturating_sub(self.start.elapsed()));
                    return Ok(());
                }
            }
        }
    }

    fn note(&self, out: &mut impl Write, told: &WorkerEvent, changes: &mut Vec<Change>) -> io::Result<()> {
        let at = told.at.saturating_duration_since(self.start);
        if let Some(text) = words(&told.event) {
            writeln!(out, "  {:>6.2} s    worker {}: {text}", at.as_secs_f64(), told.worker)?;
        }
        changes.extend(change(&told.event, at));
        Ok(())
    }

    fn write_line(&self, out: &mut impl Write, at: Duration, now: &Counts, before: &Counts, sent_unguarded: u64) -> io::Result<()> {
        let health = stage_at(at.saturating_sub(TICK)).and_then(|stage| SCRIPT.get(stage)).map_or("", |stage| stage.health.words());
        write!(out, "{:>6.1} s  {health:<9}", at.as_secs_f64())?;
        let statuses: Vec<_> = self.targets.iter().map(|target| self.board.status(target).ok().map(|status| status.circuit)).collect();
        for status in &statuses {
            write!(out, " {:<11}", status.as_ref().map_or("?", shown))?;
        }
        let cooldown = statuses.iter().flatten().find_map(|status| status.cooldown.as_ref());
        let cooldown =
            cooldown.map_or("-".to_owned(), |cooldown| format!("{:.1} s", Duration::from_millis(cooldown.remaining_ms).as_secs_f64()));
        let (admitted, refused) = (now.made() - before.made(), now.refused - before.refused);
        let spared = sent_unguarded.saturating_sub(now.made());
        writeln!(out, " {cooldown:>8} {admitted:>9} {refused:>8} {spared:>8}")?;
        out.flush()
    }
}

fn write_head(out: &mut impl Write) -> io::Result<()> {
    write!(out, "{:>8}  {:<9}", "time", "server")?;
    for role in &ROLES {
        write!(out, " {:<11}", role.name)?;
    }
    writeln!(out, " {:>8} {:>9} {:>8} {:>8}", "cooldown", "admitted", "refused", "spared")
}

fn shown(status: &CircuitStatus) -> &'static str {
    phase(status.phase)
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Closed => "closed",
        Phase::Open => "open",
        Phase::HalfOpen => "half-open",
    }
}

/// What is worth a line of its own.
fn words(event: &Event) -> Option<String> {
    let circuit = event.circuit.as_ref()?;
    let who = circuit.role.as_deref().unwrap_or("the host");
    let last = event.last_failure.as_ref().map_or(String::new(), |last| format!(", last {}", last.what));
    match (event.kind, event.from, event.to) {
        (EventKind::PhaseChanged, Some(from), Some(to)) => {
            let last = if to == Phase::Open { last } else { String::new() };
            Some(format!("{who}: {} -> {} ({}{last})", phase(from), phase(to), event.detail))
        }
        (EventKind::CooldownSet, ..) => Some(format!("{who}: cooldown ({})", event.detail)),
        (EventKind::CooldownEnded, ..) => Some(format!("{who}: cooldown ended ({})", event.detail)),
        _ => None,
    }
}

fn change(event: &Event, at: Duration) -> Option<Change> {
    let role = event.circuit.as_ref()?.role.clone()?;
    Some(Change { role, to: event.to.filter(|_| event.kind == EventKind::PhaseChanged)?, at })
}
