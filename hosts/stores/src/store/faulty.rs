use crate::clock::ManualClock;
use fuseboard::time::Millis;
use fuseboard::{Lookup, Page, Revision, Store, StoreError, Swap};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An operation of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Load,
    Swap,
    List,
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The operation is not done: [`StoreError::Unavailable`].
    Unavailable,
    /// The operation is not done, and the caller cannot know that: [`StoreError::Unknown`].
    LostRequest,
    /// The operation is done and its answer is lost: [`StoreError::Unknown`].
    LostAnswer,
    /// The operation is not done, now or later: [`StoreError::Refused`].
    Refused,
    /// The operation takes this long, by the clock of [`FaultyStore::with_clock`].
    Late(Millis),
}

/// A store that fails on request, or at random from a seed. Clones share their planned faults.
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
    plan: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    scripted: VecDeque<Scripted>,
    /// The first operation that fails (counted from 1), and how many fail.
    nth: Option<(u64, u64, Fault)>,
    random: Option<Random>,
    operations: u64,
}

struct Scripted {
    operation: Operation,
    fault: Fault,
    times: u32,
}

struct Random {
    state: u64,
    per_mille: u64,
}

impl<S> FaultyStore<S> {
    pub fn new(inner: S) -> FaultyStore<S> {
        FaultyStore { inner, clock: None, plan: Arc::default() }
    }

    /// As [`FaultyStore::new`], with the clock that [`Fault::Late`] moves.
    pub fn with_clock(inner: S, clock: ManualClock) -> FaultyStore<S> {
        FaultyStore { inner, clock: Some(clock), plan: Arc::default() }
    }

    /// The next `times` operations of this kind fail, after the faults planned before.
    pub fn fail(&self, operation: Operation, fault: Fault, times: u32) {
        self.plan().scripted.push_back(Scripted { operation, fault, times });
    }

    /// The `nth` operation of any kind from now on (counted from 1) fails, and those after it: `times` in all.
    pub fn fail_nth(&self, nth: u64, fault: Fault, times: u64) {
        let mut plan = self.plan();
        plan.nth = Some((plan.operations.saturating_add(nth), times, fault));
    }

    /// From now on `per_mille` of a thousand operations fail. The seed decides which ones, and how.
    pub fn fail_at_random(&self, seed: u64, per_mille: u16) {
        self.plan().random = Some(Random { state: seed, per_mille: u64::from(per_mille) });
    }

    /// Removes every planned fault.
    pub fn heal(&self) {
        let mut plan = self.plan();
        *plan = Plan { operations: plan.operations, ..Plan::default() };
    }

    /// The number of operations so far, including failed ones.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.plan().operations
    }

    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the operation, or the fault that is planned for it.
    fn with_fault<T>(&self, operation: Operation, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let fault = self.plan().next(operation);
        match fault {
            None => work(),
            Some(Fault::Unavailable) => Err(StoreError::Unavailable("a planned fault".to_owned())),
            Some(Fault::LostRequest) => Err(StoreError::Unknown("a planned fault lost the request".to_owned())),
            Some(Fault::LostAnswer) => work().and(Err(StoreError::Unknown("a planned fault lost the answer".to_owned()))),
            Some(Fault::Refused) => Err(StoreError::Refused("a planned fault".to_owned())),
            Some(Fault::Late(by)) => {
                if let Some(clock) = &self.clock {
                    clock.advance(by);
                }
                work()
            }
        }
    }
}

impl Plan {
    fn next(&mut self, operation: Operation) -> Option<Fault> {
        self.operations = self.operations.saturating_add(1);
        self.scripted_fault(operation).or_else(|| self.nth_fault()).or_else(|| self.random.as_mut().and_then(Random::fault))
    }

    fn scripted_fault(&mut self, operation: Operation) -> Option<Fault> {
        let scripted = self.scripted.iter_mut().find(|scripted| scripted.operation == operation && scripted.times > 0)?;
        scripted.times -= 1;
        let fault = scripted.fault;
        self.scripted.retain(|scripted| scripted.times > 0);
        Some(fault)
    }

    fn nth_fault(&self) -> Option<Fault> {
        let (first, times, fault) = self.nth?;
        (self.operations >= first && self.operations - first < times).then_some(fault)
    }
}

impl Random {
    fn fault(&mut self) -> Option<Fault> {
        let roll = self.roll();
        if roll % 1_000 >= self.per_mille {
            return None;
        }
        Some(match self.roll() % 4 {
            0 => Fault::Unavailable,
            1 => Fault::LostRequest,
            2 => Fault::LostAnswer,
            _ => Fault::Refused,
        })
    }

    /// `SplitMix64`: small, and the same on every machine.
    fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.with_fault(Operation::Load, || self.inner.load(key, known, within))
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        self.with_fault(Operation::Swap, || self.inner.compare_and_swap(key, expected, value, ttl, within))
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.with_fault(Operation::List, || self.inner.list_keys(prefix, cursor, limit, within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
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
