//! The native engine as a [`StepEngine`].

use super::clock::Clock;
use super::native::Engine;
use super::operation::Reply;
use super::request_step::{CallerTime, RequestStep, Token};
use super::step_engine::{StepEngine, StepRequest};
use super::store::Store;
use crate::policy_engine::EngineError;
use crate::time::Now;

impl<C: Clock, S: Store> StepEngine for Engine<C, S> {
    fn begin(&mut self, time: CallerTime, request: &StepRequest<'_>) -> Result<RequestStep, EngineError> {
        let steps = self.running()?.steps();
        let step = match *request {
            StepRequest::Allow { target, seen, resolver_seen } => steps.allow(time, target, seen, resolver_seen),
            StepRequest::Settle { target, permit, report } => steps.settle(time, target, permit, report),
            StepRequest::SettleLeased { lease, tally } => steps.settle_leased(time, lease, tally),
            StepRequest::Status { target } => steps.status(time, target),
            StepRequest::List { filter, cursor, limit } => steps.list(time, &filter, cursor, limit),
            StepRequest::Command { scope, command } => steps.command(time, scope, command),
            StepRequest::UpdatePolicy { scope, patch } => steps.update_policy(time, scope, patch),
            StepRequest::Explain { target } => steps.explain(time, target),
            StepRequest::Flush => steps.flush(time),
        };
        Ok(step?)
    }

    fn resume(&mut self, now: Now, token: Token, reply: Reply) -> Result<RequestStep, EngineError> {
        Ok(self.running()?.steps().resume(now, token, reply)?)
    }

    fn abandon(&mut self, now: Now, token: Token) -> Result<Vec<Token>, EngineError> {
        Ok(self.running()?.steps().abandon(now, token)?)
    }
}
