use super::fault_plan::{Fault, FaultPlan, Operation, RandomFaults, ScriptedFault};
use super::memory::MemoryStore;
use super::versions::Versions;
use crate::clock::ManualClock;
use fuseboard::time::Millis;
use fuseboard::{Entry, Lookup, Page, Revision, Store, StoreError, Swap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store that fails on request, or at random from a seed. Clones share their planned faults, and the versions that they saw.
///
/// A `load_many` loads one key, so that each load counts as an operation of its own, and can fail.
///
/// ```
/// use fuseboard::{Store, StoreError, time::Millis};
/// use fuseboard_stores::{Fault, FaultyStore, MemoryStore, Operation};
///
/// let store = FaultyStore::new(MemoryStore::new());
/// store.fail(Operation::Swap, Fault::LostAnswer, 1);
/// let lost = store.compare_and_swap("n:a", None, "1", None, Millis(100));
/// assert!(matches!(lost, Err(StoreError::Unknown(_))));
/// assert_eq!(store.inner().contents().len(), 1, "the write was done");
/// ```
#[derive(Clone)]
pub struct FaultyStore<S> {
    inner: S,
    clock: Option<ManualClock>,
    plan: Arc<Mutex<FaultPlan>>,
    versions: Arc<Mutex<Versions>>,
}

impl<S> FaultyStore<S> {
    pub fn new(inner: S) -> FaultyStore<S> {
        FaultyStore { inner, clock: None, plan: Arc::default(), versions: Arc::default() }
    }

    /// As [`FaultyStore::new`], with the clock that [`Fault::Late`] and [`Fault::Slow`] move.
    pub fn with_clock(inner: S, clock: ManualClock) -> FaultyStore<S> {
        FaultyStore { inner, clock: Some(clock), plan: Arc::default(), versions: Arc::default() }
    }

    /// The next `times` operations of this kind fail, after the faults planned before.
    pub fn fail(&self, operation: Operation, fault: Fault, times: u32) {
        self.plan().scripted.push_back(ScriptedFault { operation, fault, times });
    }

    /// The `nth` operation of any kind from now on (counted from 1) fails, and those after it: `times` in all.
    pub fn fail_nth(&self, nth: u64, fault: Fault, times: u64) {
        let mut plan = self.plan();
        plan.nth = Some((plan.operations.saturating_add(nth), times, fault));
    }

    /// From now on `per_mille` of a thousand operations fail. The seed decides which ones, and how.
    pub fn fail_at_random(&self, seed: u64, per_mille: u16) {
        self.plan().random = Some(RandomFaults { state: seed, per_mille: u64::from(per_mille) });
    }

    /// Removes every planned fault.
    pub fn heal(&self) {
        let mut plan = self.plan();
        *plan = FaultPlan { operations: plan.operations, ..FaultPlan::default() };
    }

    /// The number of operations so far, including failed ones.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.plan().operations
    }

    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn plan(&self) -> MutexGuard<'_, FaultPlan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn versions(&self) -> MutexGuard<'_, Versions> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the operation, or the fault that is planned for it.
    fn with_fault<T>(&self, operation: Operation, within: Millis, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let fault = self.plan().next(operation);
        match fault {
            None => work(),
            Some(Fault::Unavailable) => Err(StoreError::Unavailable("a planned fault".to_owned())),
            Some(Fault::LostRequest) => Err(StoreError::Unknown("a planned fault lost the request".to_owned())),
            Some(Fault::LostAnswer) => work().and(Err(StoreError::Unknown("a planned fault lost the answer".to_owned()))),
            Some(Fault::Refused) => Err(StoreError::Refused("a planned fault".to_owned())),
            Some(Fault::Late(by)) => {
                self.advance(by);
                work()
            }
            Some(Fault::Slow(by)) => {
                self.advance(by.min(within));
                if by > within { Err(StoreError::Unavailable("a planned fault: no answer in time".to_owned())) } else { work() }
            }
        }
    }

    fn advance(&self, by: Millis) {
        if let Some(clock) = &self.clock {
            clock.advance(by);
        }
    }
}

impl FaultyStore<MemoryStore> {
    /// Undoes the last writes of a key, as a failover or a power loss may: the key has its earlier value and revision again, which are
    /// returned. It counts the versions that this store has read or written, and keeps the last 16. `None`: it has not seen so many,
    /// and nothing changes.
    ///
    /// ```
    /// use fuseboard::{Store, Swap, time::Millis};
    /// use fuseboard_stores::{FaultyStore, MemoryStore};
    ///
    /// let store = FaultyStore::new(MemoryStore::new());
    /// let Ok(Swap::Stored(first)) = store.compare_and_swap("n:a", None, "1", None, Millis(100)) else { panic!("written") };
    /// store.compare_and_swap("n:a", Some(first), "2", None, Millis(100))?;
    /// let entry = store.rollback("n:a", 1).expect("two versions were written");
    /// assert_eq!((entry.revision, entry.value.as_str()), (first, "1"));
    /// # Ok::<(), fuseboard::StoreError>(())
    /// ```
    #[must_use = "`None` means that nothing was undone"]
    pub fn rollback(&self, key: &str, writes: usize) -> Option<Entry> {
        let mut versions = self.versions();
        let entry = versions.before(key, writes)?.clone();
        versions.see(key, entry.revision, &entry.value);
        self.inner.restore(key, entry.clone());
        Some(entry)
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.with_fault(Operation::Load, within, || {
            let lookup = self.inner.load(key, known, within)?;
            if let Lookup::Found(entry) = &lookup {
                self.versions().see(key, entry.revision, &entry.value);
            }
            Ok(lookup)
        })
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        self.with_fault(Operation::Swap, within, || {
            let swap = self.inner.compare_and_swap(key, expected, value, ttl, within)?;
            match &swap {
                Swap::Stored(revision) => self.versions().see(key, *revision, value),
                Swap::Conflict(Some(entry)) => self.versions().see(key, entry.revision, &entry.value),
                Swap::Conflict(None) => {}
            }
            Ok(swap)
        })
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.with_fault(Operation::List, within, || self.inner.list_keys(prefix, cursor, limit, within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuseboard::Clock;
    use fuseboard::time::Mono;

    const WITHIN: Millis = Millis(100);

    fn load(store: &FaultyStore<MemoryStore>) -> Result<Lookup, StoreError> {
        store.load("n:a", None, WITHIN)
    }

    #[test]
    fn a_scripted_fault_hits_only_its_operation_and_only_as_often_as_planned() {
        let store = FaultyStore::new(MemoryStore::new());
        store.fail(Operation::Swap, Fault::Unavailable, 2);
        assert_eq!(load(&store), Ok(Lookup::Missing));
        for _ in 0..2 {
            assert!(matches!(store.compare_and_swap("n:a", None, "1", None, WITHIN), Err(StoreError::Unavailable(_))));
        }
        assert!(matches!(store.compare_and_swap("n:a", None, "1", None, WITHIN), Ok(Swap::Stored(_))));
        assert_eq!(store.operations(), 4);
    }

    #[test]
    fn a_lost_request_writes_nothing() {
        let store = FaultyStore::new(MemoryStore::new());
        store.fail(Operation::Swap, Fault::LostRequest, 1);
        assert!(matches!(store.compare_and_swap("n:a", None, "1", None, WITHIN), Err(StoreError::Unknown(_))));
        assert_eq!(load(&store), Ok(Lookup::Missing));
    }

    #[test]
    fn the_nth_operation_fails_as_often_as_planned() {
        let store = FaultyStore::new(MemoryStore::new());
        store.fail_nth(2, Fault::Refused, 1);
        let fine: Vec<bool> = (0..3).map(|_| load(&store).is_ok()).collect();
        assert_eq!(fine, [true, false, true]);
        store.fail_nth(2, Fault::Refused, u64::MAX);
        let fine: Vec<bool> = (0..4).map(|_| load(&store).is_ok()).collect();
        assert_eq!(fine, [true, false, false, false]);
        store.heal();
        assert!(load(&store).is_ok());
    }

    #[test]
    fn a_late_answer_moves_the_clock() {
        let clock = ManualClock::default();
        let store = FaultyStore::with_clock(MemoryStore::new(), clock.clone());
        store.fail(Operation::Load, Fault::Late(Millis(30)), 1);
        assert_eq!(load(&store), Ok(Lookup::Missing));
        assert_eq!(clock.mono(), Mono(30_000_000));
    }

    #[test]
    fn a_slow_answer_takes_no_longer_than_it_may() {
        let clock = ManualClock::default();
        let store = FaultyStore::with_clock(MemoryStore::new(), clock.clone());
        store.fail(Operation::Load, Fault::Slow(WITHIN), 1);
        store.fail(Operation::Load, Fault::Slow(Millis(101)), 1);
        assert_eq!((load(&store), clock.mono()), (Ok(Lookup::Missing), Mono(100_000_000)));
        assert!(matches!(load(&store), Err(StoreError::Unavailable(_))));
        assert_eq!(clock.mono(), Mono(200_000_000));
    }

    #[test]
    fn random_faults_depend_on_the_seed_alone() {
        let run = |seed| {
            let store = FaultyStore::new(MemoryStore::new());
            store.fail_at_random(seed, 300);
            (0..200).map(|_| load(&store)).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let failed = run(7).iter().filter(|answer| answer.is_err()).count();
        assert!((30..=90).contains(&failed), "{failed} of 200 at 300 per mille");
    }
}
