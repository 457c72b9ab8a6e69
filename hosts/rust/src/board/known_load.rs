//! The load that would confirm a target's record. The board carries it out before the next `allow`, so that the engine need not ask for it.

use fuseboard::time::Millis;
use fuseboard::{Lookup, Operation, Reply, Seen, Swap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The load of one key, by what the engine was last told of it.
pub(super) struct KnownLoad {
    key: Arc<str>,
    known: Mutex<Known>,
}

#[derive(Clone, Copy)]
struct Known {
    seen: Seen,
    /// The time that the engine gave to the operation.
    within: Millis,
}

impl Known {
    const NOTHING: Known = Known { seen: Seen::Nothing, within: Millis::ZERO };
}

impl KnownLoad {
    pub(super) fn new(key: &str) -> KnownLoad {
        KnownLoad { key: key.into(), known: Mutex::new(Known::NOTHING) }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_known(&self) -> bool {
        self.lock().seen != Seen::Nothing
    }

    /// The load, if anything is known. A caller that has spent its time gets none.
    pub(super) fn load(&self, spent: Millis) -> Option<Operation> {
        let Known { seen, within } = *self.lock();
        let within = Millis(within.0.saturating_sub(spent.0));
        if within == Millis::ZERO {
            return None;
        }
        let known = match seen {
            Seen::Nothing => return None,
            Seen::Missing => None,
            Seen::At(revision) => Some(revision),
        };
        Some(Operation::Load { key: Arc::clone(&self.key), known, within })
    }

    /// What the load saw. Whatever is not a confirmation is left to the engine, and then nothing is known any more.
    pub(super) fn confirmed(&self, load: &Operation, reply: &Reply) -> Seen {
        let seen = match (load, reply) {
            (Operation::Load { known: Some(known), .. }, Reply::Loaded(Lookup::Unchanged)) => Seen::At(*known),
            (Operation::Load { known: None, .. }, Reply::Loaded(Lookup::Missing)) => Seen::Missing,
            _ => Seen::Nothing,
        };
        if seen == Seen::Nothing {
            self.forget();
        }
        seen
    }

    /// Notes an operation of a request. One on another key changes nothing.
    pub(super) fn note(&self, operation: &Operation, reply: &Reply) {
        let (Operation::Load { key, within, .. } | Operation::Swap { key, within, .. }) = operation else { return };
        if *key == self.key {
            *self.lock() = Known { seen: known_after(operation, reply), within: *within };
        }
    }

    /// After this operation of a request nothing is known, if it was on this key.
    pub(super) fn forget_after(&self, operation: &Operation) {
        if matches!(operation, Operation::Load { key, .. } | Operation::Swap { key, .. } if *key == self.key) {
            self.forget();
        }
    }

    pub(super) fn forget(&self) {
        *self.lock() = Known::NOTHING;
    }
}

/// What the engine knows of a key after an operation.
fn known_after(operation: &Operation, reply: &Reply) -> Seen {
    match (operation, reply) {
        (Operation::Load { known: Some(known), .. }, Reply::Loaded(Lookup::Unchanged)) => Seen::At(*known),
        (_, Reply::Loaded(Lookup::Missing)) => Seen::Missing,
        (_, Reply::Loaded(Lookup::Found(entry))) => Seen::At(entry.revision),
        (_, Reply::Swapped(Swap::Stored(revision))) => Seen::At(*revision),
        _ => Seen::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::time::Millis;
    use fuseboard::{Entry, Revision};

    /// Carries out the load, if there is one, and returns what it saw.
    fn repeat(of: &KnownLoad, run: impl FnOnce(&Operation) -> Reply) -> Seen {
        let Some(load) = of.load(Millis::ZERO) else { return Seen::Nothing };
        let reply = run(&load);
        of.confirmed(&load, &reply)
    }

    fn load(known: Option<Revision>) -> Operation {
        Operation::Load { key: "n:db".into(), known, within: Millis(250) }
    }

    #[test]
    fn only_a_load_that_confirmed_what_was_known_is_repeated() {
        let of = KnownLoad::new("n:db");
        assert_eq!(repeat(&of, |_| panic!("nothing is known")), Seen::Nothing);
        of.note(&load(None), &Reply::Loaded(Lookup::Missing));
        assert_eq!(repeat(&of, |_| Reply::Loaded(Lookup::Missing)), Seen::Missing);
        of.note(&load(Some(Revision(3))), &Reply::Loaded(Lookup::Unchanged));
        assert_eq!(repeat(&of, |_| Reply::Loaded(Lookup::Unchanged)), Seen::At(Revision(3)));
        assert_eq!(repeat(&of, |_| Reply::Loaded(Lookup::Missing)), Seen::Nothing, "it is gone");
        assert_eq!(repeat(&of, |_| panic!("it is not repeated again")), Seen::Nothing);
    }

    #[test]
    fn a_record_that_was_loaded_is_known_by_its_revision() {
        let of = KnownLoad::new("n:db");
        let entry = Entry { revision: Revision(7), value: String::new() };
        of.note(&load(None), &Reply::Loaded(Lookup::Found(entry)));
        assert_eq!(repeat(&of, |_| Reply::Loaded(Lookup::Unchanged)), Seen::At(Revision(7)));
        of.note(&load(Some(Revision(7))), &Reply::Loaded(Lookup::Missing));
        assert_eq!(repeat(&of, |_| Reply::Loaded(Lookup::Missing)), Seen::Missing);
    }

    #[test]
    fn a_load_of_another_key_is_not_repeated() {
        let of = KnownLoad::new("n:other");
        of.note(&load(None), &Reply::Loaded(Lookup::Missing));
        assert_eq!(repeat(&of, |_| panic!("it is of another key")), Seen::Nothing);
    }

    #[test]
    fn after_a_swap_the_written_revision_is_known_and_after_a_conflict_nothing() {
        let of = KnownLoad::new("n:db");
        of.note(&load(None), &Reply::Loaded(Lookup::Missing));
        let swap = Operation::Swap { key: "n:db".into(), expected: None, value: String::new(), ttl: None, within: Millis(250) };
        of.note(&swap, &Reply::Swapped(Swap::Stored(Revision(1))));
        let seen = repeat(&of, |repeated| {
            assert_eq!(*repeated, load(Some(Revision(1))));
            Reply::Loaded(Lookup::Unchanged)
        });
        assert_eq!(seen, Seen::At(Revision(1)));
        of.note(&swap, &Reply::Swapped(Swap::Conflict(None)));
        assert_eq!(repeat(&of, |_| panic!("another process writes it")), Seen::Nothing);
    }
}
