//! Stores that lie, through the component: never a trap, and the native engine's own answers.

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
const QUESTIONS: u32 = 40;

/// A store that does not keep its contract: revisions that come again, keys that are there and are not, writes that never were.
#[derive(Clone)]
struct Liar {
    stored: Arc<Mutex<BTreeMap<String, String>>>,
    chance: Arc<Mutex<fastrand::Rng>>,
}

impl Liar {
    fn of(seed: u64) -> Liar {
        Liar { stored: Arc::default(), chance: Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))) }
    }

    fn below(&self, end: u64) -> u64 {
        self.chance.lock().unwrap().u64(..end)
    }

    /// One of very few revisions, whatever is stored.
    fn revision(&self) -> Revision {
        Revision(self.below(3))
    }

    fn entry(&self, key: &str) -> Option<Entry> {
        let value = self.stored.lock().unwrap().get(key).cloned();
        value.map(|value| Entry { revision: self.revision(), value })
    }

    fn error(&self) -> StoreError {
        match self.below(3) {
            0 => StoreError::Unavailable("as it says".into()),
            1 => StoreError::Unknown("as it says".into()),
            _ => StoreError::Refused("as it says".into()),
        }
    }
}

impl Store for Liar {
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

/// Two engines, each on a liar of the same seed.
struct Pair {
    seed: u64,
    asked: u32,
    clocks: [ManualClock; 2],
    liars: [Liar; 2],
    native: Engine<ManualClock, Liar>,
    component: Instance,
}

impl Pair {
    fn of(seed: u64) -> Pair {
        let clocks = [(); 2].map(|()| ManualClock::at(Wall(1_800_000_000_000), Mono(1_000_000_000)));
        let liars = [(); 2].map(|()| Liar::of(seed));
        let [(ours, our_liar), (theirs, their_liar)] = [0, 1].map(|place: usize| (clocks[place].clone(), liars[place].clone()));
        let limits = Limits { guest_ms: 60_000, ..Limits::default() };
        let mut native = Engine::new(ours, our_liar);
        let mut component = Instance::new(theirs, their_liar, limits).expect("the embedded component");
        let identity = Identity { writer: 1, seed };
        native.configure(&Sources::default(), identity).expect("the built-in configuration");
        component.configure(&Sources::default(), identity).expect("the built-in configuration");
        Pair { seed, asked: 0, clocks, liars, native, component }
    }

    fn alike<T: Debug + PartialEq>(&mut self, request: impl Fn(&mut dyn PolicyEngine) -> Result<T, EngineError>) {
        self.asked += 1;
        let answer = request(&mut self.component);
        assert!(!matches!(answer, Err(EngineError::Stopped(_))), "never stopped: {answer:?}");
        assert_eq!(request(&mut self.native), answer, "seed {}, question {}", self.seed, self.asked);
    }

    fn compare(&mut self, dice: &mut fastrand::Rng) {
        let targets = [Target::name("db"), Target::host("a.example").role("metadata").resolver("r")];
        let (target, scope, all) = (&targets[dice.usize(..targets.len())], &Scope::resolver("r"), &Filter::default());
        let failure = &Report::new(End::counted(Outcome::Failure));
        match dice.u32(..6) {
            0 => self.alike(|engine| engine.status(target)),
            1 => self.alike(|engine| engine.command(scope, &Command::Trip)),
            2 => self.alike(|engine| engine.list(all, None, 10)),
            3 => self.alike(|engine| engine.flush()),
            4 => self.clocks.iter().for_each(|clock| clock.advance(Millis(30_000))),
            _ => {
                self.alike(|engine| engine.allow(target));
                self.alike(|engine| engine.settle(target, None, failure));
            }
        }
    }
}

/// How many questions were answered alike.
fn lied_to(seed: u64) -> u32 {
    let (mut pair, mut dice) = (Pair::of(seed), fastrand::Rng::with_seed(seed));
    (0..QUESTIONS).for_each(|_| pair.compare(&mut dice));
    let [ours, theirs] = &pair.liars;
    assert_eq!(*ours.stored.lock().unwrap(), *theirs.stored.lock().unwrap(), "seed {seed}");
    pair.asked
}

#[test]
fn a_store_that_lies_is_believed_alike() {
    let asked: u32 = (0..SEQUENCES).map(lied_to).sum();
    assert!(asked > 5_000, "{asked}");
    let figures = [("sequences", json!(SEQUENCES)), ("questions", json!(asked)), ("differences", json!(0)), ("traps", json!(0))];
    proof::write("storage-lies", &[9, 13, 15], &figures);
}
