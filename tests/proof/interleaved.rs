//! Two boards' concurrent requests: every order of their store operations.

use crate::driver::Driver;
use crate::figures::Figures;
use crate::interleaving_cases::{Action, Case, RequestResult, cases};
use crate::simulation::{START, configure, report};
use crate::stored::Record;
use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{Command, Engine, Lookup, Page, Permit, Revision, Scope, Store, StoreError, Swap, Target};
use fuseboard_stores::{ManualClock, MemoryStore};
use std::sync::{Arc, Condvar, Mutex};

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
struct ScheduledStore {
    store: MemoryStore,
    turns: Arc<Turns>,
    board_index: usize,
}

impl ScheduledStore {
    fn wait(&self) {
        self.turns.wait(self.board_index);
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

fn play(case: &Case, schedule: &[usize]) -> ([RequestResult; 2], Record, Vec<Choice>) {
    let clock = ManualClock::at(Wall(START), Mono(0));
    let store = MemoryStore::with_clock(clock.clone());
    let permit = case.setup.prepare(&case.setup.target, &mut Driver::on(&store, &clock, 1, &case.setup.settings.document()));
    let turns = Arc::new(Turns::default());
    let (results, chosen) = std::thread::scope(|scope| {
        let threads = [0, 1].map(|board_index| {
            let (clock, turns) = (clock.clone(), Arc::clone(&turns));
            let store = ScheduledStore { store: store.clone(), turns: Arc::clone(&turns), board_index };
            scope.spawn(move || {
                let mut engine = Engine::new(clock, store);
                configure(&mut engine, &case.setup.settings, 10 + board_index as u64);
                let result = request(&mut engine, &case.setup.target, permit.as_ref(), case.actions[board_index]);
                turns.finish(board_index);
                result
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

fn request(engine: &mut Engine<ManualClock, ScheduledStore>, target: &Target, permit: Option<&Permit>, action: Action) -> RequestResult {
    let mut settle = |permit, outcome| RequestResult::of_verdict(&engine.settle(target, permit, &report(outcome)).expect("a verdict"));
    match action {
        Action::Settle(outcome) => settle(None, outcome),
        Action::SettlePermit(outcome) => settle(permit, outcome),
        Action::Trip => {
            engine.command(&Scope::name("db"), &Command::Trip).expect("commanded");
            RequestResult::Commanded
        }
        Action::Allow => RequestResult::of_decision(&engine.allow(target).expect("a decision")),
    }
}

/// Plays every order of the two requests' operations. Returns the number of orders.
fn every_order(case: &Case) -> u64 {
    let (mut schedule, mut orders) = (Vec::new(), 0);
    loop {
        let (results, record, chosen) = play(case, &schedule);
        case.check(&results, &record);
        orders += 1;
        // The last choice for which another board was ready.
        let Some(place) = chosen.iter().rposition(|(next, ready)| ready.iter().any(|other| other > next)) else { return orders };
        schedule = chosen[..place].iter().map(|(next, _)| *next).collect();
        schedule.push(1);
    }
}

#[test]
fn promises_hold_in_every_order_of_two_requests_operations() {
    let mut figures = Figures::new("interleaved", &[1, 2, 4, 7]);
    for target in [Target::name("db"), Target::name("db").resolver("r")] {
        figures.add("orders", cases(&target, 2).iter().map(every_order).sum());
    }
    figures.write();
}
