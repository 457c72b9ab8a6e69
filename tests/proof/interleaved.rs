//! Two boards' concurrent requests: every order of their store operations.

use crate::figures::Figures;
use crate::settings::Settings;
use crate::simulation::{START, configure, report};
use crate::stored::{Record, State};
use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{
    Answer, Command, DEFAULT_ROLE, Engine, Lookup, Outcome, Page, Permit, Revision, Scope, Store, StoreError, Swap, Target, Written,
};
use fuseboard_stores::{ManualClock, MemoryStore};
use std::sync::{Arc, Condvar, Mutex};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Allow,
    /// Without a permit.
    Failure,
    Success,
    /// With the probe that was granted before.
    Probe(Outcome),
    Trip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestResult {
    Admitted(Probing),
    Refused,
    Settled(Written),
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probing {
    Yes,
    No,
}

/// The board whose operation ran next, and the boards that were ready.
type Choice = (usize, Vec<usize>);

/// Decides which board's operation runs next. Each board waits for its turn before each operation.
#[derive(Default)]
struct Turns {
    state: Mutex<TurnState>,
    changed: Condvar,
}

#[derive(Default)]
struct TurnState {
    waiting: [bool; 2],
    finished: [bool; 2],
    turn: Option<usize>,
}

impl Turns {
    fn wait(&self, board_index: usize) {
        let mut state = self.state.lock().expect("no thread panics while it holds the lock");
        state.waiting[board_index] = true;
        self.changed.notify_all();
        let mut state =
            self.changed.wait_while(state, |state| state.turn != Some(board_index)).expect("no thread panics while it holds the lock");
        (state.turn, state.waiting[board_index]) = (None, false);
    }

    fn finish(&self, board_index: usize) {
        self.state.lock().expect("no thread panics while it holds the lock").finished[board_index] = true;
        self.changed.notify_all();
    }

    /// Runs the operations in the order of `schedule`. After its end it always runs the first board that is ready. Returns the choices.
    fn run_in_order(&self, schedule: &[usize]) -> Vec<Choice> {
        let mut chosen = Vec::new();
        loop {
            let state = self.state.lock().expect("no thread panics while it holds the lock");
            let settled = |state: &mut TurnState| state.turn.is_none() && (0..2).all(|one| state.waiting[one] || state.finished[one]);
            let mut state = self.changed.wait_while(state, |state| !settled(state)).expect("no thread panics while it holds the lock");
            let ready: Vec<usize> = (0..2).filter(|one| state.waiting[*one] && !state.finished[*one]).collect();
            let Some(first) = ready.first() else { return chosen };
            let next = schedule.get(chosen.len()).copied().unwrap_or(*first);
            chosen.push((next, ready));
            state.turn = Some(next);
            self.changed.notify_all();
        }
    }
}

/// A store whose operations wait for the board's turn.
#[derive(Clone)]
struct ScheduledStore {
    store: MemoryStore,
    turns: Option<(Arc<Turns>, usize)>,
}

impl ScheduledStore {
    fn wait(&self) {
        if let Some((turns, board_index)) = &self.turns {
            turns.wait(*board_index);
        }
    }
}

impl Store for ScheduledStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.wait();
        self.store.load(key, known, within)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        self.wait();
        self.store.compare_and_swap(key, expected, value, ttl, within)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.store.list_keys(prefix, cursor, limit, within)
    }
}

/// The state before the two requests.
struct Setup {
    failures: u32,
    /// Waits this long until the circuit is half-open, and then takes a probe.
    probe: Option<u64>,
    waits: u64,
    target: Target,
    settings: Settings,
}

fn board(clock: &ManualClock, store: &ScheduledStore, writer: u64, settings: &Settings) -> Engine<ManualClock, ScheduledStore> {
    let mut engine = Engine::new(clock.clone(), store.clone());
    configure(&mut engine, settings, writer);
    engine
}

fn play(setup: &Setup, calls: [Action; 2], schedule: &[usize]) -> ([RequestResult; 2], Record, Vec<Choice>) {
    let clock = ManualClock::at(Wall(START), Mono(0));
    let store = MemoryStore::with_clock(clock.clone());
    let permit = prepare(setup, &clock, &store);
    let turns = Arc::new(Turns::default());
    let (results, chosen) = std::thread::scope(|scope| {
        let threads = [0, 1].map(|board_index| {
            let (clock, turns) = (clock.clone(), Arc::clone(&turns));
            let store = ScheduledStore { store: store.clone(), turns: Some((Arc::clone(&turns), board_index)) };
            scope.spawn(move || {
                let mut engine = board(&clock, &store, 10 + board_index as u64, &setup.settings);
                let results = call(&mut engine, &setup.target, permit.as_ref(), calls[board_index]);
                turns.finish(board_index);
                results
            })
        });
        let chosen = turns.run_in_order(schedule);
        (threads.map(|thread| thread.join().expect("no request panics")), chosen)
    });
    let text = match store.load("n:db", None, Millis(1)) {
        Ok(Lookup::Found(entry)) => Some(entry.value),
        _ => None,
    };
    (results, Record::read(text.as_deref()).expect("a record"), chosen)
}

fn prepare(setup: &Setup, clock: &ManualClock, store: &MemoryStore) -> Option<Permit> {
    let mut before = board(clock, &ScheduledStore { store: store.clone(), turns: None }, 1, &setup.settings);
    for _ in 0..setup.failures {
        before.settle(&setup.target, None, &report(Outcome::Failure)).expect("a verdict");
    }
    clock.advance(Millis(setup.probe.unwrap_or(0)));
    let permit = setup.probe.map(|_| {
        let Answer::Admitted(admitted) = before.allow(&setup.target).expect("a decision").answer else { panic!("a probe") };
        admitted.permit
    });
    clock.advance(Millis(setup.waits));
    permit
}

fn call(engine: &mut Engine<ManualClock, ScheduledStore>, target: &Target, permit: Option<&Permit>, call: Action) -> RequestResult {
    let mut settle =
        |permit, outcome| RequestResult::Settled(engine.settle(target, permit, &report(outcome)).expect("a verdict").circuit.written);
    match call {
        Action::Failure => settle(None, Outcome::Failure),
        Action::Success => settle(None, Outcome::Success),
        Action::Probe(outcome) => settle(permit, outcome),
        Action::Trip => {
            engine.command(&Scope::name("db"), &Command::Trip).expect("commanded");
            RequestResult::Done
        }
        Action::Allow => match engine.allow(target).expect("a decision").answer {
            Answer::Admitted(admitted) => {
                let probe = admitted.permit.circuit.and_then(|claim| claim.probe);
                RequestResult::Admitted(if probe.is_some() { Probing::Yes } else { Probing::No })
            }
            Answer::Refused(_) => RequestResult::Refused,
        },
    }
}

/// Plays every order of the two requests' operations. Returns the number of orders.
fn every_order(setup: &Setup, calls: [Action; 2], check: impl Fn([RequestResult; 2], &Record)) -> u64 {
    let (mut schedule, mut orders) = (Vec::new(), 0);
    loop {
        let (results, record, chosen) = play(setup, calls, &schedule);
        check(results, &record);
        orders += 1;
        // The last choice for which another board was ready.
        let Some(place) = chosen.iter().rposition(|(next, ready)| ready.iter().any(|other| other > next)) else { return orders };
        schedule = chosen[..place].iter().map(|(next, _)| *next).collect();
        schedule.push(1);
    }
}

fn streak(record: &Record) -> u64 {
    record.circuit(DEFAULT_ROLE).streak.map_or(0, |streak| streak.failures)
}

fn is_open(record: &Record) -> bool {
    matches!(record.circuit(DEFAULT_ROLE).state, State::Open(_))
}

#[test]
fn promises_hold_in_every_order_of_two_requests_operations() {
    let mut figures = Figures::new("interleaved", &[1, 2, 4, 7]);
    let settings = |fail_max, trial_calls| Settings { fail_max: Some(fail_max), trial_calls, ..Settings::default() };
    let targets = [Target::name("db"), Target::name("db").resolver("r")];
    let mut orders = 0;
    for target in targets {
        let setup = |failures, probe, waits, settings| Setup { failures, probe, waits, target: target.clone(), settings };
        // Promises 4 and 7: both failures count, once each, whoever creates the record.
        for failures in [0, 1] {
            orders += every_order(&setup(failures, None, 0, settings(9, 1)), [Action::Failure; 2], |results, record| {
                assert_eq!(results, [RequestResult::Settled(Written::Stored); 2]);
                assert_eq!(streak(record), u64::from(failures) + 2, "promise 7");
            });
            orders += every_order(&setup(failures, None, 0, settings(u64::from(failures) + 2, 1)), [Action::Failure; 2], |_, record| {
                assert!(is_open(record), "promise 4: {record:?}");
            });
        }
        // Promise 4: the success comes before the failure or after it.
        orders += every_order(&setup(1, None, 0, settings(9, 1)), [Action::Failure, Action::Success], |_, record| {
            assert!((0..=1).contains(&streak(record)), "promise 7: {record:?}");
        });
        // Promise 1: two requests to a half-open circuit get as many probes as the policy allows.
        for (trial_calls, wanted) in [(1, 1), (2, 2)] {
            orders += every_order(&setup(9, None, 1_000, settings(9, trial_calls)), [Action::Allow; 2], |results, _| {
                let probes = results.iter().filter(|results| **results == RequestResult::Admitted(Probing::Yes)).count();
                assert_eq!(probes, wanted, "promise 1: {results:?}");
            });
        }
        // Promise 2: a late probe's outcome counts, or its slot is taken over, never both.
        for outcome in [Outcome::Success, Outcome::Failure] {
            let late = setup(9, Some(1_000), 1_000, settings(9, 1));
            orders += every_order(&late, [Action::Probe(outcome), Action::Allow], |results, record| {
                let taken_over = results[1] == RequestResult::Admitted(Probing::Yes);
                let counted = results[0] == RequestResult::Settled(Written::Stored);
                // If the other circuit then refuses, the slot that was taken over is released.
                let neither = target.resolver.is_some() && results[1] == RequestResult::Refused;
                assert!(counted != taken_over || neither && !counted, "promise 2: {results:?}, {record:?}");
            });
        }
        // A trip either invalidates the probe, or follows it.
        orders += every_order(&setup(9, None, 1_000, settings(9, 1)), [Action::Trip, Action::Allow], |results, record| {
            assert!(is_open(record), "promise 2: {results:?}, {record:?}");
        });
    }
    figures.add("orders", orders);
    figures.write();
}
