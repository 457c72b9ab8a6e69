//! The live view: a line every half second, and between the lines the events of the boards.

use crate::counts::{Counts, total};
use crate::script::{SCRIPT, length, stage_at};
use crate::traffic::{ROLES, Side};
use crate::workers::WorkerEvent;
use fuseboard_host::{Board, Event, EventKind, Phase, Target};
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(500);

/// What the timeline shows.
pub struct Timeline<'a> {
    pub start: Instant,
    pub board: &'a Board,
    pub targets: &'a [Target],
    pub guarded: &'a Side,
    pub unguarded: &'a Side,
    pub events: &'a Receiver<WorkerEvent>,
}

/// A circuit that changed its phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub role: String,
    pub to: Phase,
    pub at: Duration,
}

impl Timeline<'_> {
    /// Writes the timeline until the script ends. Returns the phase changes.
    pub fn run(&self, out: &mut impl Write) -> io::Result<Vec<Change>> {
        let mut changes = Vec::new();
        let mut before = Counts::default();
        let mut due = TICK;
        write_head(out)?;
        while due <= length() {
            self.write_events_until(due, out, &mut changes)?;
            let now = total(&self.guarded.counters.read());
            let sent_unguarded = total(&self.unguarded.counters.read()).sent();
            self.write_line(out, due, &now, &before, sent_unguarded)?;
            before = now;
            due += TICK;
        }
        Ok(changes)
    }

    /// Writes the events that arrived after the last line.
    pub fn write_remaining_events(&self, out: &mut impl Write, changes: &mut Vec<Change>) -> io::Result<()> {
        self.events.try_iter().try_for_each(|event| self.write_event(out, &event, changes))
    }

    /// Writes events as they arrive, until this time after the start.
    fn write_events_until(&self, until: Duration, out: &mut impl Write, changes: &mut Vec<Change>) -> io::Result<()> {
        loop {
            match self.events.recv_timeout(until.saturating_sub(self.start.elapsed())) {
                Ok(event) => self.write_event(out, &event, changes)?,
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                // All boards were dropped. The timeline still runs to its end.
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(until.saturating_sub(self.start.elapsed()));
                    return Ok(());
                }
            }
        }
    }

    fn write_event(&self, out: &mut impl Write, received: &WorkerEvent, changes: &mut Vec<Change>) -> io::Result<()> {
        let at = received.at.saturating_duration_since(self.start);
        if let Some(text) = describe(&received.event) {
            writeln!(out, "  {:>6.2} s    worker {}: {text}", at.as_secs_f64(), received.worker)?;
        }
        changes.extend(phase_change(&received.event, at));
        Ok(())
    }

    fn write_line(&self, out: &mut impl Write, at: Duration, now: &Counts, before: &Counts, sent_unguarded: u64) -> io::Result<()> {
        let health = stage_at(at.saturating_sub(TICK)).and_then(|stage| SCRIPT.get(stage)).map_or("", |stage| stage.health.label());
        write!(out, "{:>6.1} s  {health:<9}", at.as_secs_f64())?;
        let statuses: Vec<_> = self.targets.iter().map(|target| self.board.status(target).ok().map(|status| status.circuit)).collect();
        for status in &statuses {
            write!(out, " {:<11}", status.as_ref().map_or("?", |status| phase_name(status.phase)))?;
        }
        let cooldown = statuses.iter().flatten().find_map(|status| status.cooldown.as_ref());
        let cooldown =
            cooldown.map_or("-".to_owned(), |cooldown| format!("{:.1} s", Duration::from_millis(cooldown.remaining_ms).as_secs_f64()));
        let (admitted, refused) = (now.sent() - before.sent(), now.refused - before.refused);
        let avoided = sent_unguarded.saturating_sub(now.sent());
        writeln!(out, " {cooldown:>8} {admitted:>9} {refused:>8} {avoided:>8}")?;
        out.flush()
    }
}

fn write_head(out: &mut impl Write) -> io::Result<()> {
    write!(out, "{:>8}  {:<9}", "time", "server")?;
    for role in &ROLES {
        write!(out, " {:<11}", role.name)?;
    }
    writeln!(out, " {:>8} {:>9} {:>8} {:>8}", "cooldown", "admitted", "refused", "avoided")
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Closed => "closed",
        Phase::Open => "open",
        Phase::HalfOpen => "half-open",
    }
}

/// The text of an event that has a line of its own.
fn describe(event: &Event) -> Option<String> {
    let circuit = event.circuit.as_ref()?;
    let scope = circuit.role.as_deref().unwrap_or("the host");
    let last = event.last_failure.as_ref().map_or(String::new(), |last| format!(", last {}", last.what));
    match (event.kind, event.from, event.to) {
        (EventKind::PhaseChanged, Some(from), Some(to)) => {
            let last = if to == Phase::Open { last } else { String::new() };
            Some(format!("{scope}: {} -> {} ({}{last})", phase_name(from), phase_name(to), event.detail))
        }
        (EventKind::CooldownSet, ..) => Some(format!("{scope}: cooldown ({})", event.detail)),
        (EventKind::CooldownEnded, ..) => Some(format!("{scope}: cooldown ended ({})", event.detail)),
        _ => None,
    }
}

fn phase_change(event: &Event, at: Duration) -> Option<Change> {
    let role = event.circuit.as_ref()?.role.clone()?;
    Some(Change { role, to: event.to.filter(|_| event.kind == EventKind::PhaseChanged)?, at })
}
