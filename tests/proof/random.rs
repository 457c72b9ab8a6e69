//! Long random sequences with random policies, under the same promises.

use crate::figures::at_random;
use crate::observer::{CircuitKey, Clocks, Damage};
use crate::random_actions::{Action, RandomSequence, sequence, sequence_with_rollbacks, targets};
use crate::settings::Settings;
use crate::simulation::{Simulation, report};
use crate::stored::Record;
use fuseboard::{Answer, Command, DEFAULT_ROLE, Filter, Lease, Outcome, Permit, Scope, Tally, Target, key};
use fuseboard_stores::{FaultyStore, MemoryStore};

struct Run {
    simulation: Simulation,
    held: Vec<(Target, Permit)>,
    leases: Vec<Lease>,
    skew: i64,
    rollbacks: u64,
}

impl Run {
    fn new(sequence: &RandomSequence) -> Run {
        let mut simulation = Simulation::new(&vec![sequence.settings.clone(); sequence.boards]);
        // The largest value that a patch may set.
        simulation.observer.trial_calls_max = sequence.settings.trial_calls.max(3);
        Run { simulation, held: Vec::new(), leases: Vec::new(), skew: sequence.settings.skew.cast_signed(), rollbacks: 0 }
    }

    fn play(&mut self, action: &Action) {
        let boards = self.simulation.boards.len();
        match action {
            Action::Allow(board, target) => self.allow(board % boards, target),
            Action::Settle(board, target, held, report) => {
                let held = held.filter(|_| !self.held.is_empty()).map(|place| self.held.remove(place % self.held.len()));
                let (target, permit) = held.map_or((target.clone(), None), |(target, permit)| (target, Some(permit)));
                self.simulation.settle(board % boards, &target, permit.as_ref(), report).expect("promise 17: a verdict");
            }
            Action::Tally(board, lease, successes, slow, age_ms) => self.tally(board % boards, *lease, *successes, *slow, *age_ms),
            Action::Command(board, scope, command) => self.command(board % boards, scope, command),
            Action::Patch(board, scope, patch) => {
                drop(self.simulation.other(board % boards, &[], |engine| engine.update_policy(scope, *patch)))
            }
            Action::Flush(board) => drop(self.simulation.other(board % boards, &[], |engine| engine.flush())),
            Action::Query(board, target) => self.query(board % boards, target),
            Action::Restart(board) => self.simulation.restart(board % boards),
            Action::Fault(board, operation, fault, times) => self.store(board % boards).fail(*operation, *fault, *times),
            Action::FaultsAtRandom(board, seed, per_mille) => self.store(board % boards).fail_at_random(*seed, *per_mille),
            Action::Heal(board) => self.store(board % boards).heal(),
            Action::Put(scope, text) => {
                self.simulation.store.put(&key::key(scope), *text);
                self.simulation.observer.damage = Damage::Put;
                self.simulation.observer.forget();
            }
            Action::Wipe => {
                self.simulation.store.wipe();
                self.simulation.observer.forget();
            }
            Action::Wait(ms) => self.simulation.advance(*ms),
            Action::Ahead(board, share) => self.simulation.set_ahead(board % boards, share * self.skew / 2_000),
            Action::Jump(board, by) => {
                self.simulation.observer.clocks = Clocks::Jumped;
                self.simulation.set_ahead(board % boards, *by);
            }
            Action::Rollback(board, scope, writes) => self.rollback(board % boards, scope, *writes),
        }
        self.simulation.catch_up();
    }

    /// The store of a board, which can be made to fail.
    fn store(&self, board: usize) -> &FaultyStore<MemoryStore> {
        &self.simulation.boards[board].store.inner
    }

    /// Promise 4 holds for the failures from then on. What the undone writes had counted is lost.
    fn rollback(&mut self, board: usize, scope: &Scope, writes: usize) {
        if self.simulation.boards[board].store.inner.rollback(&key::key(scope), writes).is_some() {
            self.simulation.observer.forget();
            self.rollbacks += 1;
        }
    }

    fn allow(&mut self, board: usize, target: &Target) {
        let decision = self.simulation.allow(board, target).expect("promise 17: a decision");
        if let Answer::Admitted(admitted) = decision.answer {
            self.held.push((target.clone(), admitted.permit));
            self.leases.extend(admitted.lease.map(|lease| *lease));
        }
    }

    /// A tally resets no streak, and trips nothing by plain successes.
    fn tally(&mut self, board: usize, lease: usize, successes: u32, slow: u32, age_ms: u64) {
        let Some(lease) = (!self.leases.is_empty()).then(|| self.leases.swap_remove(lease % self.leases.len())) else { return };
        let tally = Tally { successes, slow, age_ms };
        drop(self.simulation.other(board, &[], |engine| engine.settle_leased(&lease, tally)));
        // Slow calls may have opened the circuit. The next request shows when.
        lease.circuits.iter().for_each(|scope| self.simulation.observer.forget_scope(scope));
    }

    fn command(&mut self, board: usize, scope: &Scope, command: &Command) {
        drop(self.simulation.other(board, &[], |engine| engine.command(scope, command)));
        self.simulation.observer.forget_scope(scope);
    }

    fn query(&mut self, board: usize, target: &Target) {
        self.simulation.other(board, &CircuitKey::of(target), |engine| {
            engine.status(target).expect("a status");
            engine.explain(target).expect("an explanation");
            drop(engine.list(&Filter::default(), None, 2));
            drop(engine.classify(target, &report(Outcome::Failure)));
        });
    }

    /// Promise 5: once the store works again, and without an override, every circuit admits a call after its longest wait. A board
    /// shortens a deadline only after it has read it, so there are two rounds.
    fn assert_recovers(&mut self, settings: &Settings) -> u64 {
        self.simulation.boards.iter().for_each(|board| board.store.inner.heal());
        let longest =
            settings.open_max().max(5_000 * (1 + settings.jitter)) + settings.stagger + settings.probe_timeout + 4 * settings.skew;
        let mut admitted = 0;
        for round in [Round::First, Round::Second] {
            self.simulation.advance(longest + 20_000);
            for target in targets() {
                if self.is_operated(&target) {
                    continue;
                }
                let decision = self.simulation.allow(0, &target).expect("a decision");
                match decision.answer {
                    Answer::Admitted(admitted) => {
                        self.simulation.settle(0, &target, Some(&admitted.permit), &report(Outcome::Success)).expect("a verdict");
                    }
                    Answer::Refused(refused) => assert_eq!(round, Round::First, "promise 5: {target:?} is stuck: {refused:?}"),
                }
                admitted += u64::from(round == Round::Second);
            }
        }
        admitted
    }

    /// Whether an operator's override or cooldown is in force, or a newer engine wrote the record.
    fn is_operated(&self, target: &Target) -> bool {
        CircuitKey::of(target).iter().any(|circuit| {
            let Some(record) = Record::read(self.simulation.text(&circuit.key).as_deref()) else { return true };
            let role = circuit.scope.role.as_deref().unwrap_or(DEFAULT_ROLE);
            record.is_overridden(role) || record.cooldown.is_some_and(|cooldown| cooldown.reason == "operator")
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    First,
    Second,
}

/// Plays a sequence to its end, and returns what to count.
fn play(sequence: &RandomSequence) -> (Run, Vec<(&'static str, u64)>) {
    let mut run = Run::new(sequence);
    sequence.actions.iter().for_each(|action| run.play(action));
    let admitted = run.assert_recovers(&sequence.settings);
    let mut counts = vec![("steps", sequence.actions.len() as u64), ("admitted at the end", admitted)];
    counts.push(("assertions", run.simulation.observer.assertions.iter().sum()));
    (run, counts)
}

#[test]
fn random_sequences_keep_the_promises() {
    let figures = at_random("random", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13], 400, &sequence(200), |sequence| play(&sequence).1);
    figures.write();
}

#[test]
fn promises_hold_for_records_that_become_earlier_versions_of_themselves() {
    let figures = at_random("rollback", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13], 400, &sequence_with_rollbacks(200), |sequence| {
        let (run, mut counts) = play(&sequence);
        counts.push(("rollbacks", run.rollbacks));
        counts
    });
    figures.write();
}
