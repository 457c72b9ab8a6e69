//! The check before an `allow` whether the records that its engine knows are current, so that the engine need not load them.

use super::known_load::KnownLoad;
use super::store_failing::StoreFailing;
use fuseboard::time::Millis;
use fuseboard::{Lookup, Operation, Reply, Seen};

/// What is known of the records of one target.
#[derive(Clone, Copy)]
pub(super) struct KnownLoads<'a> {
    pub(super) circuit: &'a KnownLoad,
    pub(super) resolver: Option<&'a KnownLoad>,
}

/// The loads of a target's records, one after the other. The engine uses what they saw only if all are confirmed. So none is loaded while
/// one of them is unknown, and the second one only after the first was confirmed. None is loaded while the store fails.
pub(super) struct RecordCheck<'a> {
    known: KnownLoads<'a>,
    failing: &'a StoreFailing,
    next: NextLoad,
    pub(super) seen: SeenRecords,
}

/// The record to load next.
#[derive(Clone, Copy)]
enum NextLoad {
    Circuit,
    Resolver,
    None,
}

/// What the store said of a target's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SeenRecords {
    pub(super) circuit: Seen,
    pub(super) resolver: Seen,
}

impl<'a> KnownLoads<'a> {
    #[inline]
    pub(super) fn check(self, failing: &'a StoreFailing) -> RecordCheck<'a> {
        let is_half_known = || self.resolver.is_some_and(|resolver| !resolver.is_known());
        let next = if failing.is_failing() || is_half_known() { NextLoad::None } else { NextLoad::Circuit };
        RecordCheck { known: self, failing, next, seen: SeenRecords { circuit: Seen::Nothing, resolver: Seen::Nothing } }
    }

    /// Notes an operation of a request for the target.
    pub(super) fn note(self, operation: &Operation, reply: &Reply) {
        self.circuit.note(operation, reply);
        let Some(resolver) = self.resolver else { return };
        match reply {
            // Someone else writes it. A check that fails costs more loads than it saves, so the engine has to confirm it first.
            Reply::Loaded(Lookup::Found(_)) => resolver.forget_after(operation),
            _ => resolver.note(operation, reply),
        }
    }

    pub(super) fn forget(self) {
        self.circuit.forget();
        if let Some(resolver) = self.resolver {
            resolver.forget();
        }
    }
}

impl RecordCheck<'_> {
    /// The next load to carry out. `spent` returns what has passed of the caller's time. It is called for the second load only.
    #[inline]
    pub(super) fn next(&mut self, spent: impl FnOnce() -> Millis) -> Option<Operation> {
        match self.next {
            NextLoad::Circuit => self.known.circuit.load(Millis::ZERO),
            NextLoad::Resolver => self.known.resolver.and_then(|resolver| resolver.load(spent())),
            NextLoad::None => None,
        }
    }

    /// Adds what a load saw.
    #[inline]
    pub(super) fn add(&mut self, load: &Operation, reply: &Reply) {
        self.failing.note(reply);
        match (self.next, self.known.resolver) {
            (NextLoad::Circuit, resolver) => {
                self.seen.circuit = self.known.circuit.confirmed(load, reply);
                let goes_on = resolver.is_some() && self.seen.circuit != Seen::Nothing;
                self.next = if goes_on { NextLoad::Resolver } else { NextLoad::None };
            }
            (NextLoad::Resolver, Some(resolver)) => {
                self.seen.resolver = resolver.confirmed(load, reply);
                self.next = NextLoad::None;
            }
            (NextLoad::Resolver | NextLoad::None, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::{Entry, Revision};

    fn load(key: &str, known: Option<u64>) -> Operation {
        Operation::Load { key: key.into(), known: known.map(Revision), within: Millis(250) }
    }

    fn unchanged() -> Reply {
        Reply::Loaded(Lookup::Unchanged)
    }

    fn found() -> Reply {
        Reply::Loaded(Lookup::Found(Entry { revision: Revision(2), value: String::new() }))
    }

    /// The loads of a check, and what they saw.
    fn checked(known: KnownLoads<'_>, replies: &[Reply]) -> (Vec<Operation>, [Seen; 2]) {
        let failing = StoreFailing::default();
        let (mut check, mut loads, mut replies) = (known.check(&failing), Vec::new(), replies.iter());
        while let Some(load) = check.next(|| Millis::ZERO) {
            check.add(&load, replies.next().expect("no further load"));
            loads.push(load);
        }
        (loads, [check.seen.circuit, check.seen.resolver])
    }

    #[test]
    fn the_record_of_the_resolver_is_loaded_only_after_the_other_was_confirmed() {
        let [circuit, resolver] = ["n:db", "r:r"].map(KnownLoad::new);
        let known = KnownLoads { circuit: &circuit, resolver: Some(&resolver) };
        let learn = || [("n:db", 1), ("r:r", 7)].iter().for_each(|(key, at)| known.note(&load(key, Some(*at)), &unchanged()));
        learn();
        let both = vec![load("n:db", Some(1)), load("r:r", Some(7))];
        assert_eq!(checked(known, &[unchanged(), unchanged()]), (both.clone(), [Seen::At(Revision(1)), Seen::At(Revision(7))]));
        assert_eq!(checked(known, &[unchanged(), found()]), (both, [Seen::At(Revision(1)), Seen::Nothing]));
        learn();
        assert_eq!(checked(known, &[found()]), (vec![load("n:db", Some(1))], [Seen::Nothing; 2]));
    }

    #[test]
    fn nothing_is_loaded_while_one_of_the_records_is_unknown() {
        let [circuit, resolver] = ["n:db", "r:r"].map(KnownLoad::new);
        let known = KnownLoads { circuit: &circuit, resolver: Some(&resolver) };
        known.note(&load("n:db", Some(1)), &unchanged());
        assert_eq!(checked(known, &[]), (Vec::new(), [Seen::Nothing; 2]));
        let alone = KnownLoads { resolver: None, ..known };
        assert_eq!(checked(alone, &[unchanged()]), (vec![load("n:db", Some(1))], [Seen::At(Revision(1)), Seen::Nothing]));
    }

    #[test]
    fn a_record_of_a_resolver_that_others_write_is_loaded_after_it_was_confirmed_again() {
        let [circuit, resolver] = ["n:db", "r:r"].map(KnownLoad::new);
        let known = KnownLoads { circuit: &circuit, resolver: Some(&resolver) };
        known.note(&load("n:db", Some(1)), &unchanged());
        known.note(&load("r:r", Some(1)), &found());
        assert_eq!(checked(known, &[]).0, Vec::new());
        known.note(&load("r:r", Some(2)), &unchanged());
        assert_eq!(checked(known, &[unchanged(), unchanged()]).1, [Seen::At(Revision(1)), Seen::At(Revision(2))]);
    }
}
