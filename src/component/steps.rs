//! The interface `steps`: converts what requests need and what they receive.

use super::Component;
use super::imports::budget;
use super::wit::exports::fuseboard::breaker::board::Problem as WitProblem;
use super::wit::exports::fuseboard::breaker::steps as wit;
use super::with_engine;
use crate::engine::OtherRequest;
use crate::time::{Millis, Mono, Now, Wall};
use crate::{
    CallerTime, Entry, Lookup, Need, Operation, Page, Problem, ProblemCode, Reply, RequestStep, Revision, Seen, StepAnswer, StoreError,
    Swap, Token, key,
};

type Step<T> = Result<T, WitProblem>;

impl wit::Guest for Component {
    fn keys(target: wit::Target) -> Step<wit::TargetKeys> {
        let key::Route { circuit, resolver } = key::route(&target.into())?;
        Ok(wit::TargetKeys { circuit: key::key(&circuit), resolver: resolver.as_ref().map(key::key) })
    }

    fn allow(now: wit::Now, target: wit::Target, seen: wit::Seen, resolver_seen: wit::Seen) -> Step<wit::AllowStep> {
        let step: RequestStep = with_engine(|engine| engine.steps().allow(now, &target.into(), seen.into(), resolver_seen.into()))?;
        let woken = tokens(step.woken);
        let need = match pending(step.need) {
            Pending::Ended(StepAnswer::Decided(decision)) => wit::AllowNeed::Decided((*decision).into()),
            Pending::Ended(answer) => return Err(failed(answer).into()),
            Pending::Waiting(waiting) => wit::AllowNeed::Waiting(waiting),
        };
        Ok(wit::AllowStep { need, woken })
    }

    fn settle(now: wit::Now, target: wit::Target, permit: Option<wit::Permit>, report: wit::Report) -> Step<wit::SettleStep> {
        let permit = permit.map(Into::into);
        let step: RequestStep = with_engine(|engine| engine.steps().settle(now, &target.into(), permit.as_ref(), &report.into()))?;
        let woken = tokens(step.woken);
        let need = match pending(step.need) {
            Pending::Ended(StepAnswer::Settled(verdict)) => wit::SettleNeed::Settled(verdict.into()),
            Pending::Ended(answer) => return Err(failed(answer).into()),
            Pending::Waiting(waiting) => wit::SettleNeed::Waiting(waiting),
        };
        Ok(wit::SettleStep { need, woken })
    }

    fn begin(now: wit::Now, request: wit::Request) -> Step<u64> {
        let Token(token) = with_engine(|engine| {
            engine.steps().prepare(now.into(), |routes| match request {
                wit::Request::SettleLeased(wit::ToSettleLeased { lease, tally }) => {
                    OtherRequest::settle_leased(routes, &lease.into(), tally.into())
                }
                wit::Request::Status(wit::OfTarget { target }) => OtherRequest::status(routes, &target.into()),
                wit::Request::List(wit::ToListCircuits { filter, cursor, limit }) => {
                    Ok(OtherRequest::list(routes, filter.into(), cursor.as_deref(), limit))
                }
                wit::Request::Command(wit::ToCommand { scope, action }) => OtherRequest::command(routes, &scope.into(), &action.into()),
                wit::Request::UpdatePolicy(wit::ToUpdatePolicy { scope, patch }) => {
                    OtherRequest::update_policy(routes, &scope.into(), patch.as_deref())
                }
                wit::Request::Explain(wit::OfTarget { target }) => OtherRequest::explain(routes, &target.into()),
                wit::Request::Flush => Ok(OtherRequest::Flush),
            })
        })?;
        Ok(token)
    }

    fn resume(now: wit::Now, token: u64, reply: wit::Reply) -> Step<wit::Step> {
        with_engine(|engine| engine.steps().resume(CallerTime::from(now).now, Token(token), reply.into()))
    }

    fn abandon(now: wit::Now, token: u64) -> Step<Vec<u64>> {
        let woken: Vec<Token> = with_engine(|engine| engine.steps().abandon(CallerTime::from(now).now, Token(token)))?;
        Ok(tokens(woken))
    }
}

impl From<wit::Now> for CallerTime {
    fn from(wit::Now { wall_ms, mono_ns, waited_ms }: wit::Now) -> Self {
        CallerTime { now: Now { wall: Wall(wall_ms), mono: Mono(mono_ns) }, waited: Millis(u64::from(waited_ms)) }
    }
}

impl From<wit::Seen> for Seen {
    fn from(seen: wit::Seen) -> Self {
        match seen {
            wit::Seen::Nothing => Seen::Nothing,
            wit::Seen::Missing => Seen::Missing,
            wit::Seen::At(revision) => Seen::At(Revision(revision)),
        }
    }
}

impl From<wit::Reply> for Reply {
    fn from(reply: wit::Reply) -> Self {
        match reply {
            wit::Reply::Missing => Reply::Loaded(Lookup::Missing),
            wit::Reply::Unchanged => Reply::Loaded(Lookup::Unchanged),
            wit::Reply::Found(entry) => Reply::Loaded(Lookup::Found(entry.into())),
            wit::Reply::LoadedMany(wit::LoadedMany { entries }) => Reply::LoadedMany(
                entries.into_iter().map(|entry| entry.map_or(Lookup::Missing, |entry| Lookup::Found(entry.into()))).collect(),
            ),
            wit::Reply::Stored(wit::Stored { revision }) => Reply::Swapped(Swap::Stored(Revision(revision))),
            wit::Reply::Conflict(wit::Conflict { current }) => Reply::Swapped(Swap::Conflict(current.map(Entry::from))),
            wit::Reply::Listed(wit::Page { keys, next }) => Reply::Listed(Page { keys, next }),
            wit::Reply::Unavailable(wit::Failure { why }) => Reply::Failed(StoreError::Unavailable(why)),
            wit::Reply::Unknown(wit::Failure { why }) => Reply::Failed(StoreError::Unknown(why)),
            wit::Reply::Refused(wit::Failure { why }) => Reply::Failed(StoreError::Refused(why)),
            wit::Reply::GoOn => Reply::GoOn,
        }
    }
}

/// Whether a request has ended.
enum Pending {
    Ended(StepAnswer),
    Waiting(wit::Waiting),
}

fn pending(need: Need) -> Pending {
    let (Token(token), operation) = match need {
        Need::Nothing(answer) => return Pending::Ended(answer),
        Need::Wait(token, within) => (token, wit::Operation::Turn(wit::ToWait { within_ms: budget(within) })),
        Need::Store(token, operation) => (token, operation.into()),
    };
    Pending::Waiting(wit::Waiting { token, operation })
}

impl From<Operation> for wit::Operation {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Load { key, known, within } => {
                wit::Operation::Load(wit::ToLoad { key: key.as_ref().into(), known: known.map(|known| known.0), within_ms: budget(within) })
            }
            Operation::LoadMany { keys, within } => wit::Operation::LoadMany(wit::ToLoadMany { keys, within_ms: budget(within) }),
            Operation::Swap { key, expected, value, ttl, within } => wit::Operation::Swap(wit::ToSwap {
                key: key.as_ref().into(),
                expected: expected.map(|expected| expected.0),
                value,
                ttl_ms: ttl.map(|ttl| ttl.0),
                within_ms: budget(within),
            }),
            Operation::Keys { prefix, cursor, limit, within } => {
                wit::Operation::ListKeys(wit::ToList { prefix: prefix.into_owned(), cursor, limit, within_ms: budget(within) })
            }
        }
    }
}

impl From<RequestStep> for wit::Step {
    fn from(RequestStep { need, woken }: RequestStep) -> Self {
        let need = match pending(need) {
            Pending::Waiting(waiting) => wit::Need::Waiting(waiting),
            Pending::Ended(StepAnswer::Decided(decision)) => wit::Need::Decided((*decision).into()),
            Pending::Ended(StepAnswer::Settled(verdict)) => wit::Need::Settled(verdict.into()),
            Pending::Ended(StepAnswer::Status(status)) => wit::Need::Status((*status).into()),
            Pending::Ended(StepAnswer::Listed(listing)) => wit::Need::Listed(listing.into()),
            Pending::Ended(StepAnswer::Commanded(commanded)) => wit::Need::Commanded(commanded.into()),
            Pending::Ended(StepAnswer::Explained(explanation)) => wit::Need::Explained(explanation.into()),
            Pending::Ended(StepAnswer::Flushed(flushed)) => wit::Need::Flushed(flushed.into()),
            Pending::Ended(StepAnswer::Failed(problem)) => wit::Need::Failed(problem.into()),
        };
        wit::Step { need, woken: tokens(woken) }
    }
}

fn tokens(tokens: Vec<Token>) -> Vec<u64> {
    tokens.into_iter().map(|token| token.0).collect()
}

/// Why a request ended without the answer that it always has.
fn failed(answer: StepAnswer) -> Problem {
    match answer {
        StepAnswer::Failed(problem) => problem,
        _ => Problem::new(ProblemCode::Storage, "the answer is one to another request: this is a fault of the engine, report it"),
    }
}
