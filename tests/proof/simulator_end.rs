//! The end of a random run: every request ends, every outcome counts once, and every circuit admits calls again.

use crate::mix::Mix;
use crate::observer::CircuitKey;
use crate::random_actions::targets;
use crate::simulator::{Simulator, TARGETS};
use fuseboard::time::Millis;
use fuseboard::{Answer, Outcome, StepAnswer, Target};

/// Longer than any wait of the settings and patches.
const LONG: Millis = Millis(60_000);

impl Simulator {
    /// Lets every request end, with a store that works.
    pub fn drain(&mut self) {
        loop {
            let next = self.driver.replies.keys().chain(self.driver.operations.keys()).next().copied();
            let (token, progress) = match (self.driver.woken.first().copied(), next) {
                (Some(token), _) => (token, self.driver.go_on(token)),
                (None, Some(token)) => {
                    if self.driver.operations.contains_key(&token) {
                        self.carry_out(token);
                    }
                    (token, self.driver.deliver(token))
                }
                (None, None) => break,
            };
            self.end_operation(token, progress);
        }
        assert_eq!(self.driver.waiting, [], "no request waits for one that has ended");
    }

    /// Promises 7 and 8: the backlog is written, and each outcome counts at most once.
    pub fn check_counts(&mut self) {
        let health = self.driver.steps.health().expect("configured");
        let streaks: u64 = (0..TARGETS).map(|n| self.streak(&Target::name(format!("db-{n}")))).sum();
        // An answer may be lost while kept outcomes are written.
        let of_kept = if self.mix == Mix::Failures { self.kept.saturating_sub(health.dropped) } else { 0 };
        let least = self.stored + of_kept;
        let most = self.stored + self.kept + self.unknown;
        assert!((least..=most).contains(&streaks), "promise 7: {streaks} failures count, {least} to {most} were reported");
    }

    /// Replaces records of a newer format by damaged ones, which this engine may replace.
    pub fn remove_newer_records(&mut self) {
        let circuits: Vec<CircuitKey> = all_targets().iter().flat_map(CircuitKey::of).collect();
        for circuit in circuits {
            if self.entry(&circuit.key).record.is_none() {
                self.driver.store.put(&circuit.key, "{");
                self.observer.forget();
            }
        }
    }

    /// Promise 3: when no request is open, and each record was read again, each lease is of healthy circuits. A write whose answer was lost
    /// is seen only then.
    pub fn check_leases_after_reading(&mut self) {
        for target in all_targets() {
            let (progress, began) = (self.driver.allow(&target), self.changed.len());
            let answer = self.driver.end(progress);
            self.check_decided(&target, began, &answer);
            self.check_events(&answer);
        }
        self.check_leases();
    }

    /// Promise 8: the backlog is written once the store works.
    pub fn flush(&mut self) {
        for _ in 0..200 {
            self.driver.advance(Millis(20_000));
            let step = self.driver.steps.flush(self.driver.now()).expect("configured");
            let progress = self.driver.take(step);
            self.check_step(progress);
            self.drain();
            if self.driver.steps.health().expect("configured").kept == 0 {
                return;
            }
        }
        panic!("the backlog is not written: {:?}", self.driver.steps.health());
    }

    fn streak(&mut self, target: &Target) -> u64 {
        let step = self.driver.steps.status(self.driver.now(), target).expect("valid");
        let progress = self.driver.take(step);
        let StepAnswer::Status(report) = self.driver.end(progress) else { panic!("a status") };
        u64::from(report.circuit.failure_streak)
    }

    /// Promise 5: after a long time every circuit admits a call.
    pub fn check_recovery(&mut self) {
        // In the first round a record may be replaced, or a deadline shortened.
        for round in 0..2 {
            for target in all_targets() {
                self.driver.advance(LONG);
                let progress = self.driver.allow(&target);
                let answer = self.driver.end(progress);
                self.check_events(&answer);
                let StepAnswer::Decided(decision) = answer else { panic!("promise 17: {answer:?}") };
                let Answer::Admitted(admitted) = decision.answer else {
                    assert_eq!(round, 0, "promise 5: {target:?} is stuck: {decision:?}");
                    continue;
                };
                let progress = self.driver.settle(&target, Some(&admitted.permit), Outcome::Success);
                let answer = self.driver.end(progress);
                self.check_events(&answer);
            }
        }
        // A request's events are in its own answer, so their order is not that of the changes.
        assert_eq!(self.lost, self.back, "promise 8: each change between outage and service is one event");
    }
}

fn all_targets() -> Vec<Target> {
    let names = (0..TARGETS).map(|n| Target::name(format!("db-{n}")));
    names.chain(targets()).collect()
}
