//! The instances of a board, each behind its lock, and what makes a stopped one whole again.

use crate::error::Error;
use crate::guest::{Asked, Instance};
use crate::random;
use fuseboard::{Decision, Diagnostic, Flushed, Identity, Lease, Permit, Report, Sources, Tally, Target, Verdict};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a board asks of an instance on the way of a call: the component's exports, or a stand-in's.
pub(super) trait Exports {
    fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Result<Vec<Diagnostic>, Vec<Diagnostic>>, Error>;
    fn allow(&mut self, target: &Target) -> Asked<Decision>;
    fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Asked<Verdict>;
    fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Asked<Verdict>;
    fn flush(&mut self) -> Asked<Flushed>;
    fn is_stopped(&self) -> bool;
    fn stop(&mut self);
    fn restart(&mut self) -> Result<(), Error>;
}

impl Exports for Instance {
    fn configure(&mut self, sources: &Sources, identity: Identity) -> Result<Result<Vec<Diagnostic>, Vec<Diagnostic>>, Error> {
        self.configure(sources, identity)
    }
    fn allow(&mut self, target: &Target) -> Asked<Decision> {
        self.allow(target)
    }
    fn settle(&mut self, target: &Target, permit: Option<&Permit>, report: &Report) -> Asked<Verdict> {
        self.settle(target, permit, report)
    }
    fn settle_leased(&mut self, lease: &Lease, tally: Tally) -> Asked<Verdict> {
        self.settle_leased(lease, tally)
    }
    fn flush(&mut self) -> Asked<Flushed> {
        self.flush()
    }
    fn is_stopped(&self) -> bool {
        self.is_stopped()
    }
    fn stop(&mut self) {
        self.stop();
    }
    fn restart(&mut self) -> Result<(), Error> {
        self.restart()
    }
}

/// Which identities a board's instances get, one after another.
pub(super) enum Identities {
    /// The process's seed, and a random writer each.
    Random,
    /// For tests: this seed, and writers that count up.
    Counted { next: AtomicU64, seed: u64 },
}

impl Identities {
    pub(super) fn counted(first: Identity) -> Identities {
        Identities::Counted { next: AtomicU64::new(first.writer), seed: first.seed }
    }

    fn next(&self) -> Identity {
        match self {
            Identities::Random => Identity { writer: random::random(), seed: random::process_seed() },
            Identities::Counted { next, seed } => Identity { writer: next.fetch_add(1, Ordering::Relaxed), seed: *seed },
        }
    }
}

pub(super) struct Seats<X> {
    first: Mutex<Seat<X>>,
    others: Vec<Mutex<Seat<X>>>,
    identities: Identities,
    /// What a stopped instance is configured with before its next use.
    sources: Mutex<Arc<Sources>>,
}

struct Seat<X> {
    exports: X,
    identity: Identity,
}

impl<X: Exports> Seats<X> {
    /// Configures the instances; the first one's faults or warnings are the board's.
    pub(super) fn new(first: X, others: Vec<X>, identities: Identities, sources: Sources) -> Result<(Seats<X>, Vec<Diagnostic>), Error> {
        let seat = |exports| Mutex::new(Seat { exports, identity: identities.next() });
        let (first, others) = (seat(first), others.into_iter().map(seat).collect());
        let seats = Seats { first, others, identities, sources: Mutex::default() };
        let warnings = seats.configure(sources)?;
        Ok((seats, warnings))
    }

    pub(super) fn len(&self) -> usize {
        self.others.len() + 1
    }

    /// Asks one instance. A stopped one is first made anew: it never speaks under its old writer again.
    pub(super) fn ask<T>(&self, seat: usize, question: impl FnOnce(&mut X) -> Asked<T>) -> Result<T, Error> {
        let mut seat = self.lock(seat);
        if seat.exports.is_stopped() {
            let sources = Arc::clone(&self.sources());
            self.configure_one(&mut seat, &sources)?;
        }
        question(&mut seat.exports)?.map_err(Error::from)
    }

    /// Reconfigures every instance, or, where the configuration is bad, none.
    pub(super) fn configure(&self, sources: Sources) -> Result<Vec<Diagnostic>, Error> {
        let sources = Arc::new(sources);
        let mut first = self.lock(0);
        let warnings = self.configure_one(&mut first, &sources)?;
        // While the first is locked, or it could be made anew with the old sources.
        *self.sources() = Arc::clone(&sources);
        drop(first);
        for seat in 1..self.len() {
            self.configure_one(&mut self.lock(seat), &sources)?;
        }
        Ok(warnings)
    }

    /// Every instance starts anew, with a new writer, before its next use.
    pub(super) fn stop_all(&self) {
        (0..self.len()).for_each(|seat| self.lock(seat).exports.stop());
    }

    fn configure_one(&self, seat: &mut Seat<X>, sources: &Sources) -> Result<Vec<Diagnostic>, Error> {
        if seat.exports.is_stopped() {
            seat.exports.restart()?;
            seat.identity = self.identities.next();
        }
        seat.exports.configure(sources, seat.identity)?.map_err(Error::configuration)
    }

    fn lock(&self, seat: usize) -> MutexGuard<'_, Seat<X>> {
        let mutex = seat.checked_sub(1).and_then(|other| self.others.get(other)).unwrap_or(&self.first);
        mutex.lock().unwrap_or_else(|poisoned| {
            // A panic came in the middle of a call: the instance may be in any state.
            mutex.clear_poison();
            let mut seat = poisoned.into_inner();
            seat.exports.stop();
            seat
        })
    }

    fn sources(&self) -> MutexGuard<'_, Arc<Sources>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
