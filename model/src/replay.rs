//! Runs an engine through its inputs.

use crate::claim::ModelClaim;
use crate::input::{Input, InputKind};
use crate::operation::ModelOperation;
use crate::output::{Outage, Output, StepResult};
use fuseboard::{
    Answer, End, Identity, Need, Permit, Problem, Reason, Report, RequestStep, Seen, Sources, StepAnswer, Steps, Target, Token,
};

/// The only target of the model.
pub fn target() -> Target {
    Target::name("orders-db")
}

/// The output of an engine for `last`, after it received the inputs `before`.
pub fn output(policies: &[Sources], identity: Identity, before: &[&Input], last: &Input) -> Output {
    let mut steps = engine_after(policies, identity, before);
    let (result, woken) = apply(&mut steps, policies, identity, last);
    let health = steps.health().ok();
    let is_lost = health.as_ref().is_some_and(|health| health.storage_lost_since_ms.is_some());
    let outage = if is_lost { Outage::Ongoing } else { Outage::None };
    Output { result, woken, outage, kept: health.map_or(0, |health| health.kept) }
}

/// An engine that received these inputs.
pub fn engine_after(policies: &[Sources], identity: Identity, inputs: &[&Input]) -> Steps {
    let mut steps = Steps::default();
    for input in inputs {
        let _ = apply(&mut steps, policies, identity, input);
    }
    steps
}

/// Gives an engine one input. Returns its result, and the requests that may go on.
fn apply(steps: &mut Steps, policies: &[Sources], identity: Identity, input: &Input) -> (StepResult, Vec<Token>) {
    let now = input.time.now();
    let step = match &input.kind {
        InputKind::Configure(policy) => {
            steps.configure(&policies[usize::from(*policy)], identity).expect("the policies of the model are valid");
            return (StepResult::NoRequest, Vec::new());
        }
        InputKind::Abandon(token) => return without_request(steps.abandon(now, *token)),
        InputKind::Allow => steps.allow(now, &target(), Seen::Nothing, Seen::Nothing),
        InputKind::Settle(claim, outcome) => {
            let permit = Permit { circuit: claim.map(ModelClaim::claim), resolver: None };
            steps.settle(now, &target(), Some(&permit), &Report::new(End::counted(outcome.outcome())))
        }
        InputKind::Flush => steps.flush(now),
        InputKind::Reply(token, reply) => steps.resume(now, *token, reply.reply()),
    };
    match step {
        Ok(RequestStep { need, woken }) => (result_of(need), woken),
        Err(problem) => (StepResult::Problem(problem.to_string()), Vec::new()),
    }
}

fn without_request(woken: Result<Vec<Token>, Problem>) -> (StepResult, Vec<Token>) {
    match woken {
        Ok(woken) => (StepResult::NoRequest, woken),
        Err(problem) => (StepResult::Problem(problem.to_string()), Vec::new()),
    }
}

fn result_of(need: Need) -> StepResult {
    let answer = match need {
        Need::Nothing(answer) => answer,
        Need::Store(token, operation) => return StepResult::NeedsStore(token, ModelOperation::new(operation)),
        Need::Wait(token, _) => return StepResult::Waits(token),
    };
    match answer {
        StepAnswer::Decided(decision) => match decision.answer {
            Answer::Admitted(admitted) => StepResult::Admitted(admitted.permit.circuit.map(ModelClaim::new)),
            Answer::Refused(refused) => {
                StepResult::Refused(refused.circuit.map_or(Reason::Storage, |refusal| refusal.reason), refused.retry_after_ms)
            }
        },
        StepAnswer::Settled(verdict) => StepResult::Settled(verdict.circuit.written),
        StepAnswer::Flushed(_) => StepResult::Flushed,
        other => StepResult::Problem(format!("{other:?}")),
    }
}
