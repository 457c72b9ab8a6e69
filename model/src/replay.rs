//! Runs an engine through a history.

use crate::history::{Input, ModelClaim, Next, Outage, Output, What};
use crate::operation::Asked;
use fuseboard::time::{Millis, Mono, Now, Wall};
use fuseboard::{
    Answer, End, Identity, Need, Permit, Problem, Reason, Report, RequestStep, Seen, Sources, StepAnswer, Steps, Target, Token,
};

/// The one target of the model.
pub fn target() -> Target {
    Target::name("orders-db")
}

/// What an engine with this history answers to one more input.
pub fn output(policies: &[Sources], (writer, seed): (u64, u64), before: &[&Input], last: &Input) -> Output {
    let mut steps = Steps::default();
    let identity = Identity { writer, seed };
    for input in before {
        let _ = give(&mut steps, policies, identity, input);
    }
    let step = give(&mut steps, policies, identity, last);
    let health = steps.health().ok();
    let is_lost = health.as_ref().is_some_and(|health| health.storage_lost_since_ms.is_some());
    let outage = if is_lost { Outage::Since } else { Outage::None };
    let (next, woken) = match step {
        Ok(step) => (next(step.need), step.woken),
        Err(problem) => (Next::Problem(problem.to_string()), Vec::new()),
    };
    Output { next, woken, outage, kept: health.map_or(0, |health| health.kept) }
}

/// Gives an engine one input.
pub fn give(steps: &mut Steps, policies: &[Sources], identity: Identity, input: &Input) -> Result<RequestStep, Problem> {
    let now = Now { wall: Wall(input.time.wall), mono: Mono(input.time.mono) };
    match &input.what {
        What::Configure(policy) => {
            steps.configure(&policies[usize::from(*policy)], identity).expect("the policies of the model are valid");
            Ok(nothing(Vec::new()))
        }
        What::Allow => steps.allow(now, &target(), Seen::Nothing, Seen::Nothing),
        What::Settle(claim, verdict) => {
            let permit = Permit { circuit: claim.map(ModelClaim::claim), resolver: None };
            steps.settle(now, &target(), Some(&permit), &Report::new(End::counted(verdict.outcome())))
        }
        What::Flush => steps.flush(now),
        What::Reply(token, told) => steps.resume(now, *token, told.reply()),
        What::Abandon(token) => steps.abandon(now, *token).map(nothing),
    }
}

/// A step that answers no request.
fn nothing(woken: Vec<Token>) -> RequestStep {
    RequestStep { need: Need::Wait(Token(u64::MAX), Millis::ZERO), woken }
}

fn next(need: Need) -> Next {
    let answer = match need {
        Need::Nothing(answer) => answer,
        Need::Store(token, operation) => return Next::Asks(token, Asked::of(operation)),
        Need::Wait(Token(u64::MAX), _) => return Next::Nothing,
        Need::Wait(token, _) => return Next::Waits(token),
    };
    match answer {
        StepAnswer::Decided(decision) => match decision.answer {
            Answer::Admitted(admitted) => Next::Admitted(admitted.permit.circuit.map(ModelClaim::new)),
            Answer::Refused(refused) => {
                Next::Refused(refused.circuit.map_or(Reason::Storage, |refusal| refusal.reason), refused.retry_after_ms)
            }
        },
        StepAnswer::Settled(verdict) => Next::Settled(verdict.circuit.written),
        StepAnswer::Flushed(_) => Next::Flushed,
        other => Next::Problem(format!("{other:?}")),
    }
}
