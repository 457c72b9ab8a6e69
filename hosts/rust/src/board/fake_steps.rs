//! The requests of a scripted engine, which end in one step.

use super::fake_engine::{FakeEngine, unscripted};
use fuseboard::time::Now;
use fuseboard::{CallerTime, EngineError, Need, PolicyEngine, Reply, RequestStep, StepAnswer, StepEngine, StepRequest, Token};

impl StepEngine for FakeEngine {
    fn begin(&mut self, _: CallerTime, request: &StepRequest<'_>) -> Result<RequestStep, EngineError> {
        let answer = match *request {
            StepRequest::Allow { target, .. } => StepAnswer::Decided(Box::new(self.allow(target)?)),
            StepRequest::Settle { target, permit, report } => StepAnswer::Settled(self.settle(target, permit, report)?),
            StepRequest::SettleLeased { lease, tally } => StepAnswer::Settled(self.settle_leased(lease, tally)?),
            StepRequest::Status { target } => StepAnswer::Status(Box::new(self.status(target)?)),
            StepRequest::Flush => StepAnswer::Flushed(self.flush()?),
            _ => return unscripted(),
        };
        Ok(RequestStep { need: Need::Nothing(answer), woken: Vec::new() })
    }

    fn resume(&mut self, _: Now, _: Token, _: Reply) -> Result<RequestStep, EngineError> {
        unscripted()
    }

    fn abandon(&mut self, _: Now, _: Token) -> Result<Vec<Token>, EngineError> {
        unscripted()
    }
}
