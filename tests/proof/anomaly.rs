//! Plays a story once for each of its store operations, and lets that operation fail.

use crate::alphabet::PATCHES;
use crate::figures::Figures;
use crate::settings::{OnStorageError, Settings};
use crate::world::{World, report};
use fuseboard::time::Millis;
use fuseboard::{Answer, Command, Event, EventKind, Outcome, Permit, Scope, Target, Written};
use fuseboard_stores::{Fault, Operation};

#[derive(Clone, Copy, Debug)]
enum Do {
    Allow,
    /// With the newest permit, or without one.
    Success,
    Failure,
    Wait(u64),
    Command(&'static [Command]),
    Patch,
    Flush,
}

const STORIES: [&[Do]; 6] = [
    &[Do::Allow, Do::Success, Do::Allow, Do::Allow, Do::Success, Do::Success],
    &[Do::Allow, Do::Failure, Do::Allow, Do::Success, Do::Failure, Do::Failure, Do::Allow],
    &[Do::Failure, Do::Failure, Do::Allow, Do::Wait(1_000), Do::Allow, Do::Success, Do::Allow, Do::Success],
    &[
        Do::Failure,
        Do::Failure,
        Do::Wait(1_000),
        Do::Allow,
        Do::Failure,
        Do::Wait(1_000),
        Do::Allow,
        Do::Wait(1_000),
        Do::Allow,
        Do::Success,
    ],
    &[Do::Command(&[Command::Trip]), Do::Wait(1_000), Do::Allow, Do::Command(&[Command::Close]), Do::Success, Do::Allow, Do::Failure],
    &[Do::Failure, Do::Patch, Do::Flush, Do::Failure, Do::Wait(200), Do::Flush, Do::Wait(10_000), Do::Failure, Do::Allow],
];

const FAULTS: [Fault; 5] = [Fault::Unavailable, Fault::LostRequest, Fault::LostAnswer, Fault::Refused, Fault::Late(Millis(300))];

/// A board whose store fails, and what it reported.
struct Stage {
    world: World,
    target: Target,
    held: Vec<Permit>,
    /// How failures were written, by the verdicts.
    stored: u64,
    kept: u64,
    unknown: u64,
    lost: Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    No,
    Yes,
}

impl Stage {
    fn new(settings: &Settings, target: &Target) -> Stage {
        let world = World::new(std::slice::from_ref(settings));
        Stage { world, target: target.clone(), held: Vec::new(), stored: 0, kept: 0, unknown: 0, lost: Lost::No }
    }

    fn play(&mut self, step: Do) {
        let target = self.target.clone();
        match step {
            Do::Allow => {
                let decision = self.world.allow(0, &target).expect("a decision, whatever the store does");
                self.check_events(&decision.events);
                if let Answer::Admitted(admitted) = decision.answer {
                    self.held.push(admitted.permit);
                }
            }
            Do::Success => self.settle(Outcome::Success),
            Do::Failure => self.settle(Outcome::Failure),
            Do::Wait(ms) => self.world.advance(ms),
            Do::Command(commands) => {
                for command in commands {
                    let scope = Scope::name(target.name.as_str());
                    let commanded = self.world.other(0, &[], |engine| engine.command(&scope, command));
                    self.check_events(commanded.as_ref().map_or(&[], |commanded| &commanded.events));
                    self.world.observer.forget_scope(&scope);
                }
            }
            Do::Patch => {
                let scope = Scope::name(target.name.as_str());
                let patched = self.world.other(0, &[], |engine| engine.update_policy(&scope, Some(PATCHES[2])));
                self.check_events(patched.as_ref().map_or(&[], |patched| &patched.events));
            }
            Do::Flush => self.flush(),
        }
        self.world.catch_up();
    }

    fn settle(&mut self, outcome: Outcome) {
        let (target, permit) = (self.target.clone(), self.held.pop());
        let Ok(verdict) = self.world.settle(0, &target, permit.as_ref(), &report(outcome)) else { return };
        self.check_events(&verdict.events);
        if outcome == Outcome::Failure {
            self.stored += u64::from(verdict.circuit.written == Written::Stored);
            self.kept += u64::from(verdict.circuit.written == Written::Kept);
            self.unknown += u64::from(verdict.circuit.written == Written::Unknown);
        }
    }

    fn flush(&mut self) {
        let flushed = self.world.other(0, &[], |engine| engine.flush()).expect("flushed");
        self.check_events(&flushed.events);
    }

    /// Promise 8: one event for each change.
    fn check_events(&mut self, events: &[Event]) {
        for event in events.iter().filter(|event| event.circuit.is_none()) {
            let turned = match event.kind {
                EventKind::StorageLost => Lost::Yes,
                EventKind::StorageBack => Lost::No,
                _ => continue,
            };
            assert_ne!(turned, self.lost, "promise 8: reported twice: {event:?}");
            self.lost = turned;
        }
        // A merge whose answer was lost may count or not.
        self.unknown += events.iter().filter(|event| event.kind == EventKind::OutcomeUnknown).count() as u64;
    }

    /// The store works again: the backlog is written.
    fn heal(&mut self) {
        self.world.boards[0].store.inner.heal();
        self.world.advance(10_000);
        self.flush();
        // With an empty backlog, only the next request finds out that the store works again.
        self.play(Do::Allow);
        let health = self.world.boards[0].engine.health().expect("health");
        assert_eq!((health.kept, health.storage_lost_since_ms, self.lost), (0, None, Lost::No), "promise 8: all is handed in");
    }

    fn recovers(&mut self) {
        self.world.advance(10_000);
        self.play(Do::Allow);
        assert!(self.held.pop().is_some(), "promise 5: {:?} is stuck", self.target);
    }
}

/// Plays a story with each of its operations failing, once or from there on. Returns the number of runs.
fn each_operation_fails(settings: &Settings, target: &Target, story: &[Do], fault: Fault, times: u64, check: impl Fn(&mut Stage)) -> u64 {
    for nth in 1.. {
        let mut stage = Stage::new(settings, target);
        stage.world.observer.trial_calls_max = 3;
        stage.world.boards[0].store.inner.fail_nth(nth, fault, times);
        story.iter().for_each(|step| stage.play(*step));
        let met = stage.world.boards[0].store.inner.operations() >= nth;
        stage.heal();
        check(&mut stage);
        if !met {
            return nth;
        }
        assert!(nth < 500, "promise 8: a short story asks for so much");
    }
    unreachable!("numbers do not end")
}

fn everywhere(
    name: &'static str,
    promises: &'static [u8],
    fail_max: u64,
    stories: &[&[Do]],
    targets: &[Target],
    check: impl Fn(&mut Stage),
) {
    let mut figures = Figures::new(name, promises);
    for on_storage_error in [OnStorageError::Local, OnStorageError::Reject] {
        let settings = Settings { fail_max: Some(fail_max), on_storage_error, ..Settings::default() };
        for (story, target) in stories.iter().flat_map(|story| targets.iter().map(move |target| (story, target))) {
            for (fault, times) in FAULTS.into_iter().flat_map(|fault| [(fault, 1), (fault, u64::MAX)]) {
                figures.add("stories, with a fault's kind and length", 1);
                figures.add("runs", each_operation_fails(&settings, target, story, fault, times, &check));
            }
        }
    }
    figures.write();
}

#[test]
fn promises_hold_and_the_board_recovers_whichever_store_operation_fails() {
    let targets = [Target::name("db"), Target::name("db").resolver("r")];
    everywhere("anomaly", &[1, 2, 4, 5, 7, 8], 2, &STORIES, &targets, Stage::recovers);
}

#[test]
fn a_failure_counts_at_most_once_and_an_acknowledged_failure_counts_whichever_store_operation_fails() {
    let story: &[Do] = &[Do::Failure, Do::Allow, Do::Failure, Do::Failure, Do::Wait(150), Do::Failure, Do::Flush, Do::Allow, Do::Failure];
    everywhere("anomaly_counts", &[4, 7, 8], 1_000, &[story], &[Target::name("db")], |stage| {
        let target = stage.target.clone();
        let status = stage.world.boards[0].engine.status(&target).expect("a status");
        let (streak, least) = (u64::from(status.circuit.failure_streak), stage.stored);
        let most = stage.stored + stage.kept + stage.unknown;
        assert!((least..=most).contains(&streak), "promise 7: {streak} counted, {least} to {most} may be");
        assert!(stage.unknown > 0 || streak == most, "promise 8: {streak} counted of {most}, and no answer was lost");
    });
}

#[test]
fn a_circuit_is_settled_although_the_store_refuses_the_other() {
    for (first, second) in [(Fault::Refused, Fault::Late(Millis(0))), (Fault::Late(Millis(0)), Fault::Refused)] {
        let mut stage = Stage::new(&Settings { fail_max: Some(9), ..Settings::default() }, &Target::name("db").resolver("r"));
        let target = stage.target.clone();
        stage.world.boards[0].store.inner.fail(Operation::Swap, first, 1);
        stage.world.boards[0].store.inner.fail(Operation::Swap, second, 1);
        let verdict = stage.world.settle(0, &target, None, &report(Outcome::Failure)).expect("promise 17: a verdict");
        let written = (verdict.circuit.written, verdict.resolver.map(|resolver| resolver.written));
        let (refused, stored) = (Written::Unchanged, Written::Stored);
        assert_eq!(written, if first == Fault::Refused { (refused, Some(stored)) } else { (stored, Some(refused)) });
        let events: Vec<_> = verdict.events.iter().map(|event| event.kind).collect();
        assert_eq!(events, [EventKind::Uncounted], "promise 17: what is not counted is reported");
        let status = stage.world.boards[0].engine.status(&target).expect("a status");
        let streaks = (status.circuit.failure_streak, status.resolver.map(|resolver| resolver.failure_streak));
        assert_eq!(streaks, if first == Fault::Refused { (0, Some(1)) } else { (1, Some(0)) });
    }
}

#[test]
fn a_failure_written_late_does_not_move_the_streak_back() {
    let settings = Settings { fail_max: Some(9), fail_gap: Some(750), ..Settings::default() };
    let mut world = World::new(&[settings.clone(), settings]);
    let target = Target::name("db");
    world.boards[1].store.inner.fail(Operation::Load, Fault::Unavailable, 1);
    let fail = |world: &mut World, board| world.settle(board, &target, None, &report(Outcome::Failure)).expect("a verdict").circuit.written;
    assert_eq!(fail(&mut world, 1), Written::Kept);
    world.advance(20_000);
    assert_eq!(fail(&mut world, 0), Written::Stored);
    // Writes the failure of 20 seconds ago first, and then its own, which follows the other board's at once.
    assert_eq!(fail(&mut world, 1), Written::Stored);
    let status = world.boards[0].engine.status(&Target::name("db")).expect("a status");
    assert_eq!(status.circuit.failure_streak, 3, "promise 4: {status:?}");
}
