//! Checks that every random run must pass.

use crate::driver::Progress;
use crate::simulator::{Mix, Simulator, TARGETS};
use fuseboard::time::Millis;
use fuseboard::{Answer, Event, Operation, StepAnswer, Target, Written};

impl Simulator {
    /// Checks one step.
    pub fn check_step(&mut self, progress: Progress, target: Option<Target>) {
        if let (Progress::Store(token) | Progress::Wait(token), Some(target)) = (&progress, &target) {
            self.allowing.insert(*token, target.clone());
        }
        match progress {
            Progress::Wait(_) => {}
            Progress::Store(token) => {
                if let Operation::Swap { key, value, .. } = &self.driver.operations[&token] {
                    assert!(self.texts.insert(value.clone()), "no text is written twice: {value}");
                    assert!(!self.swaps.values().any(|busy| **busy == **key), "one writer a key: {key}");
                    let sequence = sequence_of(value);
                    assert!(sequence > self.sequence, "the sequence goes on: {sequence} after {}", self.sequence);
                    self.sequence = sequence;
                    self.swaps.insert(token, key.to_string());
                }
            }
            Progress::Ended(answer) => self.check_answer(answer, target),
        }
    }

    fn check_answer(&mut self, answer: StepAnswer, target: Option<Target>) {
        match answer {
            StepAnswer::Decided(decision) => {
                assert_own_events(&decision.events);
                if let (Answer::Admitted(admitted), Some(target)) = (decision.answer, target) {
                    self.permits.push((target, admitted.permit));
                }
            }
            StepAnswer::Settled(verdict) => {
                assert_own_events(&verdict.events);
                match verdict.circuit.written {
                    Written::Stored => self.stored += 1,
                    Written::Kept => self.kept += 1,
                    Written::Unknown => self.unknown += 1,
                    Written::Unchanged | Written::Stale => {}
                }
            }
            StepAnswer::Flushed(flushed) => assert_own_events(&flushed.events),
            StepAnswer::Commanded(commanded) => assert_own_events(&commanded.events),
            StepAnswer::Status(_) | StepAnswer::Listed(_) | StepAnswer::Explained(_) | StepAnswer::Failed(_) => {}
        }
    }

    /// Lets every request end, with a store that works.
    pub fn drain(&mut self) {
        loop {
            let next = self.driver.replies.keys().chain(self.driver.operations.keys()).next().copied();
            let (token, progress) = match (self.driver.woken.first().copied(), next) {
                (Some(token), _) => (token, self.driver.go_on(token)),
                (None, Some(token)) => {
                    if self.driver.operations.contains_key(&token) {
                        self.driver.carry_out(token);
                    }
                    (token, self.driver.deliver(token))
                }
                (None, None) => break,
            };
            self.end_operation(token, progress);
        }
        assert_eq!(self.driver.waiting, [], "no request waits for one that has ended");
    }

    pub fn check_counts(&mut self) {
        for _ in 0..200 {
            self.driver.advance(Millis(20_000));
            let step = self.driver.steps.flush(self.driver.now()).expect("configured");
            let progress = self.driver.take(step);
            self.check_step(progress, None);
            self.drain();
        }
        let health = self.driver.steps.health().expect("configured");
        assert_eq!(health.kept, 0);
        let streaks: u64 = (0..TARGETS).map(|n| self.streak(&Target::name(format!("db-{n}")))).sum();
        // An answer may be lost while kept outcomes are written.
        let of_kept = if self.mix == Mix::Failures { self.kept.saturating_sub(health.dropped) } else { 0 };
        let least = self.stored + of_kept;
        let most = self.stored + self.kept + self.unknown;
        assert!((least..=most).contains(&streaks), "{streaks} failures count, {least} to {most} were reported");
    }

    fn streak(&mut self, target: &Target) -> u64 {
        let step = self.driver.steps.status(self.driver.now(), target).expect("valid");
        let progress = self.driver.take(step);
        let StepAnswer::Status(report) = self.driver.end(progress) else { panic!("a status") };
        u64::from(report.circuit.failure_streak)
    }
}

/// The number of the write that a stored text ends with.
fn sequence_of(text: &str) -> u64 {
    let record: serde_json::Value = serde_json::from_str(text).expect("JSON");
    record["record"]["writes"].as_array().and_then(|writes| writes.last()?[1].as_u64()).expect("a mark")
}

/// All events are of this board, because no other instance uses the store.
fn assert_own_events(events: &[Event]) {
    let others: Vec<&Event> = events.iter().filter(|event| !event.here).collect();
    assert!(others.is_empty(), "reported as another board's: {others:?}");
}
