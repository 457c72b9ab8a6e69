//! The load that confirmed a target's record last. The board repeats it before the next `allow`, so that the engine need not ask for it.

use fuseboard::{Lookup, Operation, Reply, Revision, Seen};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The load of one key, while nothing is known to have changed.
pub(super) struct KnownLoad {
    key: String,
    load: Mutex<Option<Operation>>,
}

impl KnownLoad {
    pub(super) fn new(key: String) -> KnownLoad {
        KnownLoad { key, load: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Operation>> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Repeats the load, and says what it saw. Whatever is not a confirmation is left to the engine.
    pub(super) fn repeat(&self, run: impl FnOnce(&Operation) -> Reply) -> Seen {
        let Some(load) = self.take() else { return Seen::Nothing };
        let reply = run(&load);
        self.keep(load, &reply)
    }

    /// Takes the load, to repeat it.
    pub(super) fn take(&self) -> Option<Operation> {
        self.lock().take()
    }

    /// Keeps a load that was repeated if it confirmed the record, and says what it saw.
    pub(super) fn keep(&self, load: Operation, reply: &Reply) -> Seen {
        let seen = confirmation(&load, reply).unwrap_or(Seen::Nothing);
        if seen != Seen::Nothing {
            *self.lock() = Some(load);
        }
        seen
    }

    /// Notes an operation of a request. One on another key changes nothing.
    pub(super) fn note(&self, operation: &Operation, reply: &Reply) {
        let key = match operation {
            Operation::Load { key, .. } | Operation::Swap { key, .. } => key,
            Operation::Keys { .. } => return,
        };
        if **key != *self.key {
            return;
        }
        let confirmed = confirmation(operation, reply).map(|_| operation.clone());
        *self.lock() = confirmed;
    }
}

/// What a load confirmed: the revision that was known, or that the key is still absent.
fn confirmation(operation: &Operation, reply: &Reply) -> Option<Seen> {
    match (operation, reply) {
        (Operation::Load { known: Some(Revision(known)), .. }, Reply::Loaded(Lookup::Unchanged)) => Some(Seen::At(Revision(*known))),
        (Operation::Load { known: None, .. }, Reply::Loaded(Lookup::Missing)) => Some(Seen::Missing),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::time::Millis;

    fn load(known: Option<Revision>) -> Operation {
        Operation::Load { key: "n:db".into(), known, within: Millis(250) }
    }

    #[test]
    fn only_a_load_that_confirmed_what_was_known_is_repeated() {
        let of = KnownLoad::new("n:db".to_owned());
        assert_eq!(of.repeat(|_| panic!("nothing is known")), Seen::Nothing);
        of.note(&load(None), &Reply::Loaded(Lookup::Missing));
        assert_eq!(of.repeat(|_| Reply::Loaded(Lookup::Missing)), Seen::Missing);
        of.note(&load(Some(Revision(3))), &Reply::Loaded(Lookup::Unchanged));
        assert_eq!(of.repeat(|_| Reply::Loaded(Lookup::Unchanged)), Seen::At(Revision(3)));
        assert_eq!(of.repeat(|_| Reply::Loaded(Lookup::Missing)), Seen::Nothing, "it is gone");
        assert_eq!(of.repeat(|_| panic!("it is not repeated again")), Seen::Nothing);
    }

    #[test]
    fn a_load_of_another_key_is_not_repeated() {
        let of = KnownLoad::new("n:other".to_owned());
        of.note(&load(None), &Reply::Loaded(Lookup::Missing));
        assert_eq!(of.repeat(|_| panic!("it is of another key")), Seen::Nothing);
    }

    #[test]
    fn a_swap_ends_what_is_known() {
        let of = KnownLoad::new("n:db".to_owned());
        of.note(&load(None), &Reply::Loaded(Lookup::Missing));
        let swap = Operation::Swap { key: "n:db".into(), expected: None, value: String::new(), ttl: None, within: Millis(250) };
        of.note(&swap, &Reply::Swapped(fuseboard::Swap::Stored(Revision(1))));
        assert_eq!(of.repeat(|_| panic!("the record was written")), Seen::Nothing);
    }
}
