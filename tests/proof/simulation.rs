//! Boards with their own clocks on one store, and an observer that checks the promises after each request.

use crate::observer::{CircuitKey, Observation, Observer, StoredEntry};
use crate::recording_store::RecordingStore;
use crate::settings::Settings;
use crate::stored::Record;
use fuseboard::key;
use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{
    Clock, Decision, Document, End, Engine, Identity, Lookup, Outcome, Permit, Problem, Report, Revision, Sources, Store, Target, Verdict,
};
use fuseboard_stores::{FaultyStore, ManualClock, MemoryStore};
use std::collections::BTreeMap;

/// The time at which all clocks start, in milliseconds.
pub const START: u64 = 1_800_000_000_000;

pub struct Board {
    pub engine: Engine<ManualClock, RecordingStore>,
    pub clock: ManualClock,
    pub store: RecordingStore,
    pub settings: Settings,
    /// How far its wall clock is ahead of the true time.
    pub ahead: i64,
    /// The versions that the board had when the store refused an operation, by key. The board counts in its local copies of them.
    refused: BTreeMap<String, Option<Revision>>,
}

impl Board {
    /// Whether the board may decide by a local copy: the store refused to replace the version that it has.
    fn counts_locally(&self, circuits: &[CircuitKey], before: &[StoredEntry]) -> bool {
        circuits.iter().zip(before).any(|(circuit, seen)| self.refused.get(&circuit.key) == Some(&seen.revision))
    }
}

pub struct Simulation {
    /// The true time in milliseconds. All monotonic clocks follow it.
    pub now: u64,
    pub store: MemoryStore,
    store_clock: ManualClock,
    pub boards: Vec<Board>,
    pub observer: Observer,
    writers: u64,
    /// Cached, since most requests are for the same target as the one before.
    last_target: Option<Target>,
    last_circuits: Vec<CircuitKey>,
    last_seen: Vec<StoredEntry>,
}

pub fn report(outcome: Outcome) -> Report {
    Report::new(End::counted(outcome))
}

impl Simulation {
    pub fn new(boards: &[Settings]) -> Simulation {
        let store_clock = ManualClock::at(Wall(START), Mono(0));
        let store = MemoryStore::with_clock(store_clock.clone());
        let mut simulation = Simulation {
            now: START,
            store,
            store_clock,
            boards: Vec::new(),
            observer: Observer::default(),
            writers: 0,
            last_target: None,
            last_circuits: Vec::new(),
            last_seen: Vec::new(),
        };
        for settings in boards {
            let clock = ManualClock::at(Wall(START), Mono(0));
            let board = simulation.board(settings, clock, 0);
            simulation.boards.push(board);
        }
        simulation
    }

    fn board(&mut self, settings: &Settings, clock: ManualClock, ahead: i64) -> Board {
        self.writers += 1;
        let store = RecordingStore::new(FaultyStore::with_clock(self.store.clone(), clock.clone()));
        let mut engine = Engine::new(clock.clone(), store.clone());
        configure(&mut engine, settings, self.writers);
        Board { engine, clock, store, settings: settings.clone(), ahead, refused: BTreeMap::new() }
    }

    /// Replaces a board, as if its process had ended and another had started.
    pub fn restart(&mut self, board: usize) {
        let (settings, clock, ahead) = (self.boards[board].settings.clone(), self.boards[board].clock.clone(), self.boards[board].ahead);
        self.boards[board] = self.board(&settings, clock, ahead);
    }

    pub fn advance(&mut self, ms: u64) {
        self.now += ms;
        self.store_clock.advance(Millis(ms));
        for board in &self.boards {
            board.clock.advance(Millis(ms));
        }
    }

    /// Sets how far a board's wall clock is ahead of the true time.
    pub fn set_ahead(&mut self, board: usize, ahead: i64) {
        let board = &mut self.boards[board];
        board.clock.step_wall(ahead - board.ahead);
        board.ahead = ahead;
    }

    /// Moves all clocks to the latest one. A late answer of the store moves only the clock of the board that waits for it.
    pub fn catch_up(&mut self) {
        let latest = self.boards.iter().map(|board| true_time(&board.clock)).max().unwrap_or(self.now);
        for board in &self.boards {
            board.clock.advance(Millis(latest - true_time(&board.clock)));
        }
        self.store_clock.advance(Millis(latest - true_time(&self.store_clock)));
        self.now = latest;
    }

    pub fn text(&self, key: &str) -> Option<String> {
        match self.store.load(key, None, Millis(1)) {
            Ok(Lookup::Found(entry)) => Some(entry.value),
            _ => None,
        }
    }

    /// The current entry under a key. Parsed again only if it has changed.
    fn entry(&self, circuit: &CircuitKey, last: Option<&StoredEntry>) -> StoredEntry {
        let known = last.and_then(|last| last.revision);
        match (self.store.load(&circuit.key, known, Millis(1)), last) {
            (Ok(Lookup::Unchanged), Some(last)) => last.clone(),
            (Ok(Lookup::Found(entry)), _) => {
                StoredEntry { revision: Some(entry.revision), record: Record::read(Some(&entry.value)).into(), text: entry.value }
            }
            _ => StoredEntry { revision: None, text: String::new(), record: Record::read(None).into() },
        }
    }

    fn circuits(&mut self, target: &Target) -> Vec<CircuitKey> {
        if self.last_target.as_ref() != Some(target) {
            self.last_target = Some(target.clone());
            self.last_circuits = CircuitKey::of(target);
            self.last_seen.clear();
        }
        self.last_circuits.clone()
    }

    pub fn allow(&mut self, board: usize, target: &Target) -> Result<Decision, Problem> {
        let circuits = self.circuits(target);
        self.observe(
            board,
            &circuits,
            |engine| engine.allow(target),
            |observer, observation, decision| {
                if let Ok(decision) = decision {
                    observer.check_allow(observation, decision);
                }
            },
        )
    }

    pub fn settle(&mut self, board: usize, target: &Target, permit: Option<&Permit>, report: &Report) -> Result<Verdict, Problem> {
        let circuits = self.circuits(target);
        self.observe(
            board,
            &circuits,
            |engine| engine.settle(target, permit, report),
            |observer, observation, verdict| match verdict {
                Ok(verdict) => observer.check_settle(observation, permit, report, verdict),
                Err(_) => observer.check_failed_settle(observation),
            },
        )
    }

    /// Any other request. The observer checks what it wrote.
    pub fn other<A>(
        &mut self,
        board: usize,
        circuits: &[CircuitKey],
        call: impl FnOnce(&mut Engine<ManualClock, RecordingStore>) -> A,
    ) -> A {
        self.observe(board, circuits, call, |observer, observation, _| observer.check_writes(observation))
    }

    fn observe<A>(
        &mut self,
        board: usize,
        circuits: &[CircuitKey],
        call: impl FnOnce(&mut Engine<ManualClock, RecordingStore>) -> A,
        check: impl FnOnce(&mut Observer, &Observation, &A),
    ) -> A {
        let entry = |(place, circuit): (usize, &CircuitKey)| {
            self.entry(circuit, self.last_seen.get(place).filter(|_| *circuits == self.last_circuits))
        };
        let before: Vec<StoredEntry> = circuits.iter().enumerate().map(entry).collect();
        let requested_board = &mut self.boards[board];
        let store_works = |engine: &mut Engine<ManualClock, RecordingStore>| {
            engine.health().is_ok_and(|health| health.storage_lost_since_ms.is_none() && health.kept == 0)
        };
        let worked_before = store_works(&mut requested_board.engine);
        drop(requested_board.store.take());
        let answer = call(&mut requested_board.engine);
        let worked_after = store_works(&mut requested_board.engine);
        let log = requested_board.store.take();
        let end = true_time(&requested_board.clock);
        let (now, wall) = (self.now, self.now.saturating_add_signed(self.boards[board].ahead));
        let after: Vec<StoredEntry> = circuits.iter().zip(&before).map(|(circuit, seen)| self.entry(circuit, Some(seen))).collect();
        let counts_locally = self.boards[board].counts_locally(circuits, &before);
        self.boards[board].refused.extend(log.refused.iter().cloned());
        let are_readable = before.iter().chain(&after).all(|seen| seen.record.is_some());
        let store_worked = worked_before && worked_after && log.failed == 0 && are_readable && !counts_locally;
        let settings = &self.boards[board].settings;
        let observation = Observation { circuits, before: &before, after: &after, log: &log, now, end, wall, settings, store_worked };
        check(&mut self.observer, &observation, &answer);
        if !store_worked {
            self.observe_stored_records(now, wall);
        }
        if *circuits == self.last_circuits {
            self.last_seen = after;
        }
        answer
    }

    /// Shows the observer all records of its circuits: after a failed operation they may have changed unseen.
    fn observe_stored_records(&mut self, now: u64, wall: u64) {
        for circuit in self.observer.circuits() {
            if let Some(record) = Record::read(self.text(&key::key(&circuit)).as_deref()) {
                self.observer.catch_up(&circuit, &record, now, wall);
            }
        }
    }
}

pub fn configure<C: Clock, S: Store>(engine: &mut Engine<C, S>, settings: &Settings, writer: u64) {
    let document = Document { name: "proof.json".to_owned(), text: settings.document() };
    let sources = Sources { documents: vec![document], ..Sources::default() };
    let configured = engine.configure(&sources, Identity { writer, seed: writer });
    assert!(configured.is_ok(), "a good configuration, but {configured:?}: {}", settings.document());
}

fn true_time(clock: &ManualClock) -> u64 {
    START + clock.mono().0 / 1_000_000
}
