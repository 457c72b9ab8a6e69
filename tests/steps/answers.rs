//! The answers that a test waits for.

use crate::driver::{Driver, Progress};
use fuseboard::{Admitted, Answer, Permit, StepAnswer, Target, Token, Verdict};

impl Driver {
    pub fn permit(&mut self, target: &Target) -> Permit {
        let progress = self.allow(target);
        admitted(self.end(progress)).permit
    }
}

pub fn admitted(answer: StepAnswer) -> Admitted {
    let StepAnswer::Decided(decision) = answer else { panic!("not a decision: {answer:?}") };
    let Answer::Admitted(admitted) = decision.answer else { panic!("refused: {decision:?}") };
    admitted
}

pub fn verdict(answer: StepAnswer) -> Verdict {
    let StepAnswer::Settled(verdict) = answer else { panic!("not a verdict: {answer:?}") };
    verdict
}

pub fn token(progress: &Progress) -> Token {
    match progress {
        Progress::Store(token) | Progress::Wait(token) => *token,
        Progress::Ended(answer) => panic!("it has ended: {answer:?}"),
    }
}
