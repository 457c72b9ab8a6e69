//! A store that breaks its contract, under the component: the component is never stopped, and answers as the native engine does.

use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{
    Command, End, Engine, EngineError, Entry, Filter, Identity, Lookup, Outcome, Page, PolicyEngine, Report, Revision, Scope, Sources,
    Store, StoreError, Swap, Target,
};
use fuseboard_stores::ManualClock;
use fuseboard_wasmtime::{Instance, Limits};
use host_test::proof;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

const SEQUENCES: u64 = 200;
const REQUESTS: u32 = 40;

/// Breaks the contract of a store at random: it repeats revisions, reports stored keys as missing, and loses writes that it reported as
/// stored.
#[derive(Clone)]
struct LyingStore {
    stored: Arc<Mutex<BTreeMap<String, String>>>,
    random: Arc<Mutex<fastrand::Rng>>,
}

impl LyingStore {
    fn with_seed(seed: u64) -> LyingStore {
        LyingStore { stored: Arc::default(), random: Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))) }
    }

    fn below(&self, end: u64) -> u64 {
        self.random.lock().unwrap().u64(..end)
    }

    /// One of three revisions, whatever is stored.
    fn revision(&self) -> Revision {
        Revision(self.below(3))
    }

    fn entry(&self, key: &str) -> Option<Entry> {
        let value = self.stored.lock().unwrap().get(key).cloned();
        value.map(|value| Entry { revision: self.revision(), value })
    }

    fn error(&self) -> StoreError {
        match self.below(3) {
            0 => StoreError::Unavailable("false".into()),
            1 => StoreError::Unknown("false".into()),
            _ => StoreError::Refused("false".into()),
        }
    }
}

impl Store for LyingStore {
    fn load(&self, key: &str, _: Option<Revision>, _: Millis) -> Result<Lookup, StoreError> {
        match self.below(10) {
            0 => Err(self.error()),
            1 => Ok(Lookup::Missing),
            2 => Ok(Lookup::Unchanged),
            _ => Ok(self.entry(key).map_or(Lookup::Missing, Lookup::Found)),
        }
    }

    fn compare_and_swap(&self, key: &str, _: Option<Revision>, value: &str, _: Option<Millis>, _: Millis) -> Result<Swap, StoreError> {
        match self.below(10) {
            0 => return Err(self.error()),
            1 => return Ok(Swap::Stored(self.revision())),
            2 => return Ok(Swap::Conflict(self.entry(key))),
            3 => return Ok(Swap::Conflict(None)),
            _ => self.stored.lock().unwrap().insert(key.to_owned(), value.to_owned()),
        };
        Ok(Swap::Stored(self.revision()))
    }

    fn list_keys(&self, _: &str, _: Option<&str>, limit: u32, _: Millis) -> Result<Page, StoreError> {
        let keys: Vec<String> = self.stored.lock().unwrap().keys().cloned().cycle().take(limit.min(5) as usize).collect();
        Ok(Page { keys, next: (self.below(2) == 0).then(|| "again".to_owned()) })
    }
}

/// Two engines, each on its own lying store with the same seed.
struct Pair {
    seed: u64,
    requests: u32,
    clocks: [ManualClock; 2],
    stores: [LyingStore; 2],
    native: Engine<ManualClock, LyingStore>,
    component: Instance,
}

impl Pair {
    fn of(seed: u64) -> Pair {
        let clocks = [(); 2].map(|()| ManualClock::at(Wall(1_800_000_000_000), Mono(1_000_000_000)));
        let stores = [(); 2].map(|()| LyingStore::with_seed(seed));
        let [(ours, our_store), (theirs, their_store)] = [0, 1].map(|place: usize| (clocks[place].clone(), stores[place].clone()));
        let limits = Limits { guest_ms: 60_000, ..Limits::default() };
        let mut native = Engine::new(ours, our_store);
        let mut component = Instance::new(theirs, their_store, limits).expect("the embedded component");
        let identity = Identity { writer: 1, seed };
        native.configure(&Sources::default(), identity).expect("the built-in configuration");
        component.configure(&Sources::default(), identity).expect("the built-in configuration");
        Pair { seed, requests: 0, clocks, stores, native, component }
    }

    fn compare<T: Debug + PartialEq>(&mut self, request: impl Fn(&mut dyn PolicyEngine) -> Result<T, EngineError>) {
        self.requests += 1;
        let answer = request(&mut self.component);
        assert!(!matches!(answer, Err(EngineError::Stopped(_))), "never stopped: {answer:?}");
        assert_eq!(request(&mut self.native), answer, "seed {}, request {}", self.seed, self.requests);
    }

    fn compare_random_request(&mut self, random: &mut fastrand::Rng) {
        let targets = [Target::name("db"), Target::host("a.example").role("metadata").resolver("r")];
        let (target, scope, all) = (&targets[random.usize(..targets.len())], &Scope::resolver("r"), &Filter::default());
        let failure = &Report::new(End::counted(Outcome::Failure));
        match random.u32(..6) {
            0 => self.compare(|engine| engine.status(target)),
            1 => self.compare(|engine| engine.command(scope, &Command::Trip)),
            2 => self.compare(|engine| engine.list(all, None, 10)),
            3 => self.compare(|engine| engine.flush()),
            4 => self.clocks.iter().for_each(|clock| clock.advance(Millis(30_000))),
            _ => {
                self.compare(|engine| engine.allow(target));
                self.compare(|engine| engine.settle(target, None, failure));
            }
        }
    }
}

/// Plays one sequence on both engines. Returns the number of requests.
fn compare_sequence(seed: u64) -> u32 {
    let (mut pair, mut random) = (Pair::of(seed), fastrand::Rng::with_seed(seed));
    (0..REQUESTS).for_each(|_| pair.compare_random_request(&mut random));
    let [ours, theirs] = &pair.stores;
    assert_eq!(*ours.stored.lock().unwrap(), *theirs.stored.lock().unwrap(), "seed {seed}");
    pair.requests
}

#[test]
fn both_engines_agree_on_a_store_that_breaks_its_contract() {
    let requests: u32 = (0..SEQUENCES).map(compare_sequence).sum();
    assert!(requests > 5_000, "{requests}");
    let figures = [("sequences", json!(SEQUENCES)), ("requests", json!(requests)), ("differences", json!(0)), ("traps", json!(0))];
    proof::write("storage-lies", &[9, 13, 15], &figures);
}
