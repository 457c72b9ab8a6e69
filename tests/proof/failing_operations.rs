//! Plays a sequence of steps once for each of its store operations. In each run another operation fails.

use crate::figures::Figures;
use crate::random_actions::PATCHES;
use crate::settings::{OnStorageError, Settings};
use crate::simulation::{Simulation, report};
use fuseboard::time::Millis;
use fuseboard::{Answer, Command, Event, EventKind, Outcome, Permit, Scope, Target, Written};
use fuseboard_stores::{Fault, Operation};

#[derive(Clone, Copy, Debug)]
enum Step {
    Allow,
    /// With the newest permit, or without one.
    Success,
    Failure,
    Wait(u64),
    Command(&'static [Command]),
    Patch,
    Flush,
}

const SEQUENCES: [&[Step]; 6] = [
    &[Step::Allow, Step::Success, Step::Allow, Step::Allow, Step::Success, Step::Success],
    &[Step::Allow, Step::Failure, Step::Allow, Step::Success, Step::Failure, Step::Failure, Step::Allow],
    &[Step::Failure, Step::Failure, Step::Allow, Step::Wait(1_000), Step::Allow, Step::Success, Step::Allow, Step::Success],
    &[
        Step::Failure,
        Step::Failure,
        Step::Wait(1_000),
        Step::Allow,
        Step::Failure,
        Step::Wait(1_000),
        Step::Allow,
        Step::Wait(1_000),
        Step::Allow,
        Step::Success,
    ],
    &[
        Step::Command(&[Command::Trip]),
        Step::Wait(1_000),
        Step::Allow,
        Step::Command(&[Command::Close]),
        Step::Success,
        Step::Allow,
        Step::Failure,
    ],
    &[Step::Failure, Step::Patch, Step::Flush, Step::Failure, Step::Wait(200), Step::Flush, Step::Wait(10_000), Step::Failure, Step::Allow],
];

const FAULTS: [Fault; 5] = [Fault::Unavailable, Fault::LostRequest, Fault::LostAnswer, Fault::Refused, Fault::Late(Millis(300))];

/// One run: a board whose store fails, and what the board reported.
struct Run {
    simulation: Simulation,
    target: Target,
    held: Vec<Permit>,
    /// How failures were written, by the verdicts.
    stored: u64,
    kept: u64,
    unknown: u64,
    store: StoreState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StoreState {
    Available,
    Lost,
}

impl Run {
    fn new(settings: &Settings, target: &Target) -> Run {
        let simulation = Simulation::new(std::slice::from_ref(settings));
        Run { simulation, target: target.clone(), held: Vec::new(), stored: 0, kept: 0, unknown: 0, store: StoreState::Available }
    }

    fn play(&mut self, step: Step) {
        let target = self.target.clone();
        match step {
            Step::Allow => {
                let decision = self.simulation.allow(0, &target).expect("a decision, whatever the store does");
                self.check_events(&decision.events);
                if let Answer::Admitted(admitted) = decision.answer {
                    self.held.push(admitted.permit);
                }
            }
            Step::Success => self.settle(Outcome::Success),
            Step::Failure => self.settle(Outcome::Failure),
            Step::Wait(ms) => self.simulation.advance(ms),
            Step::Command(commands) => {
                for command in commands {
                    let scope = Scope::name(target.name.as_str());
                    let commanded = self.simulation.other(0, &[], |engine| engine.command(&scope, command));
                    self.check_events(commanded.as_ref().map_or(&[], |commanded| &commanded.events));
                    self.simulation.observer.forget_scope(&scope);
                }
            }
            Step::Patch => {
                let scope = Scope::name(target.name.as_str());
                let patched = self.simulation.other(0, &[], |engine| engine.update_policy(&scope, Some(PATCHES[2])));
                self.check_events(patched.as_ref().map_or(&[], |patched| &patched.events));
            }
            Step::Flush => self.flush(),
        }
        self.simulation.catch_up();
    }

    fn settle(&mut self, outcome: Outcome) {
        let (target, permit) = (self.target.clone(), self.held.pop());
        let Ok(verdict) = self.simulation.settle(0, &target, permit.as_ref(), &report(outcome)) else { return };
        self.check_events(&verdict.events);
        if outcome == Outcome::Failure {
            self.stored += u64::from(verdict.circuit.written == Written::Stored);
            self.kept += u64::from(verdict.circuit.written == Written::Kept);
            self.unknown += u64::from(verdict.circuit.written == Written::Unknown);
        }
    }

    fn flush(&mut self) {
        let flushed = self.simulation.other(0, &[], |engine| engine.flush()).expect("flushed");
        self.check_events(&flushed.events);
    }

    /// Promise 8: one event for each change.
    fn check_events(&mut self, events: &[Event]) {
        for event in events.iter().filter(|event| event.circuit.is_none()) {
            let turned = match event.kind {
                EventKind::StorageLost => StoreState::Lost,
                EventKind::StorageBack => StoreState::Available,
                _ => continue,
            };
            assert_ne!(turned, self.store, "promise 8: reported twice: {event:?}");
            self.store = turned;
        }
        // The outcomes of a merge whose answer was lost may or may not count.
        self.unknown += events.iter().filter(|event| event.kind == EventKind::OutcomeUnknown).count() as u64;
    }

    /// Lets the store work again, and writes the backlog.
    fn heal(&mut self) {
        self.simulation.boards[0].store.inner.heal();
        self.simulation.advance(10_000);
        self.flush();
        // With an empty backlog, only the next request uses the store and finds that it works.
        self.play(Step::Allow);
        let health = self.simulation.boards[0].engine.health().expect("health");
        assert_eq!(
            (health.kept, health.storage_lost_since_ms, self.store),
            (0, None, StoreState::Available),
            "promise 8: the backlog is written"
        );
    }

    fn recovers(&mut self) {
        self.simulation.advance(10_000);
        self.play(Step::Allow);
        assert!(self.held.pop().is_some(), "promise 5: {:?} is stuck", self.target);
    }
}

/// Plays a sequence with each of its operations failing, once or from there on. Returns the number of runs.
fn each_operation_fails(
    settings: &Settings,
    target: &Target,
    sequence: &[Step],
    fault: Fault,
    times: u64,
    check: impl Fn(&mut Run),
) -> u64 {
    for nth in 1.. {
        let mut run = Run::new(settings, target);
        run.simulation.observer.trial_calls_max = 3;
        run.simulation.boards[0].store.inner.fail_nth(nth, fault, times);
        sequence.iter().for_each(|step| run.play(*step));
        let was_reached = run.simulation.boards[0].store.inner.operations() >= nth;
        run.heal();
        check(&mut run);
        if !was_reached {
            return nth;
        }
        assert!(nth < 500, "promise 8: {nth} operations in a short sequence");
    }
    unreachable!("the loop returns")
}

fn everywhere(
    name: &'static str,
    promises: &'static [u8],
    fail_max: u64,
    sequences: &[&[Step]],
    targets: &[Target],
    check: impl Fn(&mut Run),
) {
    let mut figures = Figures::new(name, promises);
    for on_storage_error in [OnStorageError::Local, OnStorageError::Reject] {
        let settings = Settings { fail_max: Some(fail_max), on_storage_error, ..Settings::default() };
        for (sequence, target) in sequences.iter().flat_map(|sequence| targets.iter().map(move |target| (sequence, target))) {
            for (fault, times) in FAULTS.into_iter().flat_map(|fault| [(fault, 1), (fault, u64::MAX)]) {
                figures.add("sequences, with a fault's kind and length", 1);
                figures.add("runs", each_operation_fails(&settings, target, sequence, fault, times, &check));
            }
        }
    }
    figures.write();
}

#[test]
fn promises_hold_and_the_board_recovers_whichever_store_operation_fails() {
    let targets = [Target::name("db"), Target::name("db").resolver("r")];
    everywhere("anomaly", &[1, 2, 4, 5, 7, 8], 2, &SEQUENCES, &targets, Run::recovers);
}

#[test]
fn a_failure_counts_at_most_once_and_an_acknowledged_failure_counts_whichever_store_operation_fails() {
    let sequence: &[Step] = &[
        Step::Failure,
        Step::Allow,
        Step::Failure,
        Step::Failure,
        Step::Wait(150),
        Step::Failure,
        Step::Flush,
        Step::Allow,
        Step::Failure,
    ];
    everywhere("anomaly_counts", &[4, 7, 8], 1_000, &[sequence], &[Target::name("db")], |run| {
        let target = run.target.clone();
        // A new process has no local copy, which also counts what the store refused.
        run.simulation.restart(0);
        let status = run.simulation.boards[0].engine.status(&target).expect("a status");
        let (streak, least) = (u64::from(status.circuit.failure_streak), run.stored);
        let most = run.stored + run.kept + run.unknown;
        assert!((least..=most).contains(&streak), "promise 7: {streak} counted, {least} to {most} may be");
        assert!(run.unknown > 0 || streak == most, "promise 8: {streak} counted of {most}, and no answer was lost");
    });
}

#[test]
fn a_circuit_is_settled_although_the_store_refuses_the_other() {
    for (first, second) in [(Fault::Refused, Fault::Late(Millis(0))), (Fault::Late(Millis(0)), Fault::Refused)] {
        let mut run = Run::new(&Settings { fail_max: Some(9), ..Settings::default() }, &Target::name("db").resolver("r"));
        let target = run.target.clone();
        run.simulation.boards[0].store.inner.fail(Operation::Swap, first, 1);
        run.simulation.boards[0].store.inner.fail(Operation::Swap, second, 1);
        let verdict = run.simulation.settle(0, &target, None, &report(Outcome::Failure)).expect("promise 17: a verdict");
        let written = (verdict.circuit.written, verdict.resolver.map(|resolver| resolver.written));
        let (refused, stored) = (Written::Unchanged, Written::Stored);
        assert_eq!(written, if first == Fault::Refused { (refused, Some(stored)) } else { (stored, Some(refused)) });
        let events: Vec<_> = verdict.events.iter().map(|event| event.kind).collect();
        assert_eq!(events, [EventKind::Uncounted], "promise 17: what is not counted is reported");
        let mut streaks = || {
            let status = run.simulation.boards[0].engine.status(&target).expect("a status");
            (status.circuit.failure_streak, status.resolver.map(|resolver| resolver.failure_streak))
        };
        assert_eq!(streaks(), (1, Some(1)), "promise 17: the refused one counts in this process");
        run.simulation.restart(0);
        let status = run.simulation.boards[0].engine.status(&target).expect("a status");
        let streaks = (status.circuit.failure_streak, status.resolver.map(|resolver| resolver.failure_streak));
        assert_eq!(streaks, if first == Fault::Refused { (0, Some(1)) } else { (1, Some(0)) });
    }
}

#[test]
fn a_failure_written_late_does_not_move_the_streak_back() {
    let settings = Settings { fail_max: Some(9), fail_gap: Some(750), ..Settings::default() };
    let mut simulation = Simulation::new(&[settings.clone(), settings]);
    let target = Target::name("db");
    simulation.boards[1].store.inner.fail(Operation::Load, Fault::Unavailable, 1);
    let fail = |simulation: &mut Simulation, board| {
        simulation.settle(board, &target, None, &report(Outcome::Failure)).expect("a verdict").circuit.written
    };
    assert_eq!(fail(&mut simulation, 1), Written::Kept);
    simulation.advance(20_000);
    assert_eq!(fail(&mut simulation, 0), Written::Stored);
    // Writes the failure of 20 seconds ago first, and then its own, right after the other board's failure.
    assert_eq!(fail(&mut simulation, 1), Written::Stored);
    let status = simulation.boards[0].engine.status(&Target::name("db")).expect("a status");
    assert_eq!(status.circuit.failure_streak, 3, "promise 4: {status:?}");
}
