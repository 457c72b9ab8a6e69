//! The way of a call through a board: first what its line may do without asking, then the engine, then what that changed.

use super::admission::{Admission, Leases, Pass, Settlement};
use super::call_async::Pace;
use super::ledger::{Batch, Granted, Owing, Ticket, Touched};
use super::line::Line;
use super::lines::{Added, LINES_MAX, Lines};
use super::news::News;
use super::reload::Reloads;
use super::seats::{Exports, Seats};
use crate::error::Error;
use fuseboard::key;
use fuseboard::time::Mono;
use fuseboard::{Answer, Clock, Decision, Diagnostic, Event, Flushed, Lease, Permit, Report, Scope, Sources, Tally, Target};
use std::hash::BuildHasher;
use std::sync::Arc;

pub(super) struct Core<X: Exports> {
    pub(super) seats: Seats<X>,
    pub(super) lines: Lines,
    pub(super) news: News,
    pub(super) clock: Arc<dyn Clock + Send + Sync>,
    pub(super) leases: Leases,
    pub(super) pace: Pace,
    pub(super) reloads: Reloads,
    hasher: foldhash::fast::RandomState,
}

/// What answers told beside their answer.
#[derive(Default)]
struct Told {
    events: Vec<Event>,
    changed: Vec<Scope>,
}

impl<X: Exports> Core<X> {
    pub(super) fn new(seats: Seats<X>, news: News, clock: Arc<dyn Clock + Send + Sync>, leases: Leases, pace: Pace) -> Core<X> {
        let (lines, reloads, hasher) = (Lines::new(LINES_MAX), Reloads::default(), foldhash::fast::RandomState::default());
        Core { seats, lines, news, clock, leases, pace, reloads, hasher }
    }

    /// The target's line, made at its first call.
    pub(super) fn line(&self, target: &Target) -> Result<Arc<Line>, Error> {
        let hash = self.lines.hash(target);
        match self.lines.find(target, hash) {
            Some(line) => Ok(line),
            None => self.new_line(target, hash),
        }
    }

    fn new_line(&self, target: &Target, hash: u64) -> Result<Arc<Line>, Error> {
        let route = key::route(target)?;
        let seat = self.seat_of(&route.circuit.name);
        let Added { line, forgotten } = self.lines.add(Line::new(target, route, seat, hash));
        if let Some(forgotten) = forgotten.filter(|forgotten| forgotten.ledger().owing() == Owing::Tallies) {
            self.hand_in(&forgotten)?;
        }
        Ok(line)
    }

    /// Which instance serves a host or a name, given in its one spelling.
    pub(super) fn seat_of(&self, canonical: &str) -> usize {
        let hash = usize::try_from(self.hasher.hash_one(canonical) >> 32).unwrap_or(0);
        hash.checked_rem(self.seats.len()).unwrap_or(0)
    }

    #[inline]
    pub(super) fn allow(&self, line: &Arc<Line>) -> Result<Admission, Error> {
        let now = self.clock.mono();
        match line.admit(now) {
            Some(admission) => Ok(admission),
            None => self.ask_allow(line, now),
        }
    }

    /// Never inlined: its hundreds of bytes on the stack are not for the quick way.
    #[inline(never)]
    pub(super) fn ask_allow(&self, line: &Arc<Line>, began: Mono) -> Result<Admission, Error> {
        let ticket = line.ledger().ticket(began);
        let mut told = Told::default();
        let decision = self.seats.ask(line.seat, |exports| {
            self.settle_owed(exports, line, ticket.owing, &mut told)?;
            exports.allow(&line.target)
        });
        // What the tallies told holds, even if the question itself failed.
        let Decision { answer, events, changed } = match decision {
            Ok(decision) => decision,
            Err(error) => {
                self.publish(line, told);
                return Err(error);
            }
        };
        told.events.extend(events);
        told.changed.extend(changed);
        let (admission, granted) = self.answer(line, answer);
        if !told.changed.is_empty() || !matches!(granted, Granted::Nothing) {
            self.install(line, ticket, granted, &told.changed);
        }
        self.news.pass_on(line.seat, told.events);
        Ok(admission)
    }

    fn install(&self, line: &Arc<Line>, ticket: Ticket, granted: Granted, changed: &[Scope]) {
        let now = self.clock.mono();
        let touched = if changed.iter().any(|changed| line.is_covered_by(changed)) { Touched::Own } else { Touched::Others };
        line.ledger().install(ticket, granted, touched, now);
        let lines = changed.iter().flat_map(|changed| self.lines.covered_by(changed));
        lines.filter(|other| !Arc::ptr_eq(other, line)).for_each(|other| other.ledger().drop_grant(now));
    }

    fn answer(&self, line: &Line, answer: Answer) -> (Admission, Granted) {
        let granted = match (self.leases, answer) {
            (Leases::Off, answer) => (Granted::Nothing, answer),
            (Leases::On, answer) => (Granted::by(&answer, |lease| line.is_leased_by(lease)), answer),
        };
        match granted {
            (granted, Answer::Admitted(admitted)) => {
                let pass = Pass { permit: admitted.permit, would_refuse: admitted.would_refuse.map(Arc::from) };
                (Admission::Admitted(pass), granted)
            }
            (Granted::Repeat(refused), Answer::Refused(_)) => (Admission::Refused(Arc::clone(&refused)), Granted::Repeat(refused)),
            (granted, Answer::Refused(refused)) => (Admission::Refused(Arc::new(refused)), granted),
        }
    }

    #[inline]
    pub(super) fn settle(&self, line: &Arc<Line>, permit: Option<&Permit>, report: &Report) -> Result<Settlement, Error> {
        match line.batch(permit, report) {
            Batch::Taken => Ok(Settlement::Batched),
            Batch::Cross(owing) => self.ask_settle(line, permit, report, owing),
        }
    }

    #[inline(never)]
    pub(super) fn ask_settle(&self, line: &Arc<Line>, permit: Option<&Permit>, report: &Report, owing: Owing) -> Result<Settlement, Error> {
        let mut told = Told::default();
        let verdict = self.seats.ask(line.seat, |exports| {
            self.settle_owed(exports, line, owing, &mut told)?;
            exports.settle(&line.target, permit, report)
        });
        let verdict = verdict.map(|verdict| {
            told.events.extend(verdict.events.iter().cloned());
            told.changed.extend(verdict.changed.iter().cloned());
            Settlement::Settled(Box::new(verdict))
        });
        self.publish(line, told);
        verdict
    }

    /// Hands in what one line owes.
    pub(super) fn hand_in(&self, line: &Arc<Line>) -> Result<(), Error> {
        let mut told = Told::default();
        let handed_in = self.seats.ask(line.seat, |exports| self.settle_owed(exports, line, Owing::Tallies, &mut told).map(Ok));
        self.publish(line, told);
        handed_in
    }

    /// Hands in every tally, then lets every instance write what it keeps.
    pub(super) fn flush(&self) -> Result<Flushed, Error> {
        let mut all = Flushed::default();
        for line in self.lines.all() {
            if line.ledger().owing() == Owing::Tallies {
                self.hand_in(&line)?;
            }
        }
        for seat in 0..self.seats.len() {
            let flushed = self.seats.ask(seat, Exports::flush)?;
            self.publish_from(seat, flushed.events.clone(), &flushed.changed);
            all.kept = all.kept.saturating_add(flushed.kept);
            all.events.extend(flushed.events);
            all.changed.extend(flushed.changed);
        }
        Ok(all)
    }

    /// Hands in what the line owes, with its instance in hand. A tally that the engine refuses is gone: none is ever repeated.
    fn settle_owed(&self, exports: &mut X, line: &Line, owing: Owing, told: &mut Told) -> Result<(), Error> {
        if owing == Owing::Nothing {
            return Ok(());
        }
        let owed: Vec<(Lease, Tally)> = line.ledger().take_owed(self.clock.mono());
        for (lease, tally) in owed {
            if let Ok(verdict) = exports.settle_leased(&lease, tally)? {
                told.events.extend(verdict.events);
                told.changed.extend(verdict.changed);
            }
        }
        Ok(())
    }

    pub(super) fn reconfigure(&self, sources: Sources) -> Result<Vec<Diagnostic>, Error> {
        let configured = self.seats.configure(sources);
        // Another configuration may give no leases at all; also where only some of the instances have it yet.
        let now = self.clock.mono();
        self.lines.all().iter().for_each(|line| line.ledger().drop_grant(now));
        configured
    }

    /// Drops what no longer stands, then tells the listeners.
    pub(super) fn publish_from(&self, seat: usize, events: Vec<Event>, changed: &[Scope]) {
        if !changed.is_empty() {
            let now = self.clock.mono();
            let lines = changed.iter().flat_map(|changed| self.lines.covered_by(changed));
            lines.for_each(|line| line.ledger().drop_grant(now));
        }
        self.news.pass_on(seat, events);
    }

    fn publish(&self, line: &Line, told: Told) {
        self.publish_from(line.seat, told.events, &told.changed);
    }
}

impl<X: Exports> Drop for Core<X> {
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            self.news.tell_error(&error);
        }
    }
}

#[cfg(test)]
#[path = "core_tests.rs"]
mod tests;
