//! Looking and steering: the exports beside the way of a call, over all instances of a board.

use super::Board;
use crate::error::Error;
use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::key;
use fuseboard::{
    AboutReport, CircuitKind, CircuitStatus, Command, Commanded, Diagnostic, Explanation, Filter, Flushed, HealthReport, Listing, Outcome,
    Report, Scope, Sources, StatusReport, Target,
};

/// Each fails where the engine has a [`Problem`](fuseboard::Problem) with the question, or was stopped.
#[allow(clippy::missing_errors_doc)]
impl Board {
    /// A target's circuits as they are now. `refused` is the board's count, repeated refusals included; those of a target that the
    /// board has forgotten meanwhile (more than 16,384 others came since) are not in it.
    pub fn status(&self, target: &Target) -> Result<StatusReport, Error> {
        let line = self.core.line(target)?;
        let mut status = self.core.seats.ask(line.seat, |instance| instance.status(target))?;
        if let Some(resolver) = &mut status.resolver {
            // A resolver's refusals are counted where they happened, and each instance serves other hosts.
            for seat in (0..self.core.seats.len()).filter(|seat| *seat != line.seat) {
                let other = self.core.seats.ask(seat, |instance| instance.status(target))?;
                let refused = other.resolver.map_or(0, |resolver| resolver.refused);
                resolver.refused = resolver.refused.saturating_add(refused);
            }
            self.add_repeats(resolver);
        }
        self.add_repeats(&mut status.circuit);
        Ok(status)
    }

    /// Circuits with a stored record, at most `limit` (1 to 1,000) records at once. The cursor is opaque. A page may be empty
    /// and not the last.
    pub fn list(&self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Error> {
        // Each instance tells of the circuits that it serves, one instance after another: only there are their refusals counted.
        let (seat, inner) = cursor.and_then(|cursor| cursor.split_once(':')).unwrap_or(("0", ""));
        let seat = seat.parse().unwrap_or(0_usize).min(self.core.seats.len() - 1);
        let inner = (!inner.is_empty()).then_some(inner);
        let mut listing = self.core.seats.ask(seat, |instance| instance.list(filter, inner, limit))?;
        listing.circuits.retain(|status| self.seat_of(&status.circuit) == seat);
        listing.circuits.iter_mut().for_each(|status| self.add_repeats(status));
        if seat > 0 {
            listing.unreadable.clear();
        }
        listing.next = match listing.next {
            Some(next) => Some(format!("{seat}:{next}")),
            None if seat + 1 < self.core.seats.len() => Some(format!("{}:", seat + 1)),
            None => None,
        };
        Ok(listing)
    }

    /// An operator's word to a circuit, or to all of a host.
    pub fn command(&self, scope: &Scope, command: &Command) -> Result<Commanded, Error> {
        let seat = self.seat_of_spelled(scope)?;
        let commanded = self.core.seats.ask(seat, |instance| instance.command(scope, command))?;
        Ok(self.commanded(seat, commanded))
    }

    /// Changes a live policy for every process: a JSON object of settings. `None` takes the patch back.
    pub fn update_policy(&self, scope: &Scope, patch: Option<&str>) -> Result<Commanded, Error> {
        let seat = self.seat_of_spelled(scope)?;
        let commanded = self.core.seats.ask(seat, |instance| instance.update_policy(scope, patch))?;
        Ok(self.commanded(seat, commanded))
    }

    /// Where each effective value comes from.
    pub fn explain(&self, target: &Target) -> Result<Explanation, Error> {
        let line = self.core.line(target)?;
        self.core.seats.ask(line.seat, |instance| instance.explain(target))
    }

    /// Of all instances together: lost since the first of them lost the store.
    pub fn health(&self) -> Result<HealthReport, Error> {
        let mut all = HealthReport { storage_lost_since_ms: None, kept: 0, dropped: 0 };
        for seat in 0..self.core.seats.len() {
            let one = self.core.seats.ask(seat, crate::guest::Instance::health)?;
            let lost = [all.storage_lost_since_ms, one.storage_lost_since_ms];
            all.storage_lost_since_ms = lost.into_iter().flatten().min();
            all.kept = all.kept.saturating_add(one.kept);
            all.dropped = all.dropped.saturating_add(one.dropped);
        }
        Ok(all)
    }

    pub fn about(&self) -> Result<AboutReport, Error> {
        self.core.seats.ask(0, |instance| instance.about().map(Ok))
    }

    /// Hands in every tally, and writes what instances keep.
    pub fn flush(&self) -> Result<Flushed, Error> {
        self.core.flush()
    }

    /// What a `Retry-After` value means now, in milliseconds, uncapped.
    pub fn parse_retry_after(&self, value: &str) -> Result<u64, Error> {
        self.core.seats.ask(0, |instance| instance.parse_retry_after(value))
    }

    /// What a report would count as, for the target's circuit.
    pub fn classify(&self, target: &Target, report: &Report) -> Result<Outcome, Error> {
        let line = self.core.line(target)?;
        self.core.seats.ask(line.seat, |instance| instance.classify(target, report))
    }

    /// The one spelling under which a host is known.
    pub fn normalize_host(&self, host: &str) -> Result<String, Error> {
        self.core.seats.ask(0, |instance| instance.normalize_host(host))
    }

    /// Bounded tuning advice from aggregated telemetry.
    pub fn advise(&self, target: &Target, seen: &Metrics) -> Result<Vec<Suggestion>, Error> {
        self.core.seats.ask(0, |instance| instance.advise(target, seen))
    }

    /// Another configuration from now on, in every instance; a bad one changes nothing. Leases end. Answers the warnings. It
    /// holds until the next one, or until a [`reload`](Board::reload) reads the builder's sources again.
    pub fn reconfigure(&self, sources: Sources) -> Result<Vec<Diagnostic>, Error> {
        self.core.reconfigure(sources)
    }

    /// Gives every instance a new writer before its next use. After a fork, the child must call it before anything else: two
    /// processes must not write under one name.
    pub fn renew(&self) {
        self.core.seats.stop_all();
    }

    fn commanded(&self, seat: usize, mut commanded: Commanded) -> Commanded {
        self.core.publish_from(seat, commanded.events.clone(), &commanded.changed);
        commanded.circuits.iter_mut().for_each(|status| self.add_repeats(status));
        commanded
    }

    /// Adds the refusals that were told without asking the engine.
    fn add_repeats(&self, status: &mut CircuitStatus) {
        let lines = self.core.lines.covered_by(&status.circuit);
        let repeats = lines.iter().map(|line| line.repeats_of(&status.circuit)).fold(0, u64::saturating_add);
        status.refused = status.refused.saturating_add(repeats);
    }

    fn seat_of_spelled(&self, scope: &Scope) -> Result<usize, Error> {
        Ok(self.seat_of(&key::canonical(scope)?))
    }

    /// Resolvers are served by whichever instance serves the call; the first speaks for them.
    fn seat_of(&self, canonical: &Scope) -> usize {
        match canonical.kind {
            CircuitKind::Host | CircuitKind::Name => self.core.seat_of(&canonical.name),
            CircuitKind::Resolver => 0,
        }
    }
}
