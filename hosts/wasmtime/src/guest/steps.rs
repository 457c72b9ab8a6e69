//! The interface `steps` of an instance: converts what requests need and what they receive.

use super::bindings::exports::fuseboard::breaker::steps as wit;
use super::bindings::fuseboard::breaker::storage;
use super::host_state::Budget;
use super::instance::{EngineResult, Instance};
use super::{clamp, lengths, to_wit};
use fuseboard::time::{Millis, Now};
use fuseboard::{
    CallerTime, EngineError, Lookup, Need, Operation, Permit, Reply, Report, RequestStep, Revision, Seen, StepAnswer, StepEngine,
    StepRequest, StoreError, Swap, Target, Token,
};

impl StepEngine for Instance {
    fn begin(&mut self, time: CallerTime, request: &StepRequest<'_>) -> EngineResult<RequestStep> {
        match *request {
            StepRequest::Allow { target, seen, resolver_seen } => self.begin_allow(time, target, [seen, resolver_seen]),
            StepRequest::Settle { target, permit, report } => self.begin_settle(time, target, permit, report),
            StepRequest::SettleLeased { lease, tally } => {
                lengths::lease(lease)?;
                let lists = to_wit::LeaseLists::of(lease);
                self.begin_other(time, wit::Request::SettleLeased(wit::ToSettleLeased { lease: lists.borrow(), tally: tally.into() }))
            }
            StepRequest::Status { target } => self.begin_other(time, wit::Request::Status(of_target(target)?)),
            StepRequest::Explain { target } => self.begin_other(time, wit::Request::Explain(of_target(target)?)),
            StepRequest::List { filter, cursor, limit } => {
                cursor.map_or(Ok(()), |cursor| lengths::text("the cursor", cursor))?;
                self.begin_other(time, wit::Request::List(wit::ToListCircuits { filter: filter.into(), cursor, limit }))
            }
            StepRequest::Command { scope, command } => {
                lengths::scope(scope)?;
                lengths::command(command)?;
                let (scope, action) = (to_wit::scope(scope), to_wit::command(command));
                self.begin_other(time, wit::Request::Command(wit::ToCommand { scope, action }))
            }
            StepRequest::UpdatePolicy { scope, patch } => {
                lengths::scope(scope)?;
                patch.map_or(Ok(()), |patch| lengths::text("the patch", patch))?;
                self.begin_other(time, wit::Request::UpdatePolicy(wit::ToUpdatePolicy { scope: to_wit::scope(scope), patch }))
            }
            StepRequest::Flush => self.begin_other(time, wit::Request::Flush),
        }
    }

    fn resume(&mut self, time: Now, token: Token, reply: Reply) -> EngineResult<RequestStep> {
        let listed;
        let page;
        let loaded;
        let reply = match &reply {
            Reply::Loaded(Lookup::Missing) => wit::Reply::Missing,
            Reply::Loaded(Lookup::Unchanged) => wit::Reply::Unchanged,
            Reply::Loaded(Lookup::Found(entry)) => wit::Reply::Found(entry_of(entry)),
            // The component knew no revision, so `unchanged` is no answer.
            Reply::LoadedMany(lookups) if lookups.contains(&Lookup::Unchanged) => wit::Reply::Unchanged,
            Reply::LoadedMany(lookups) => {
                loaded = lookups.iter().map(found).collect::<Vec<_>>();
                wit::Reply::LoadedMany(wit::LoadedMany { entries: &loaded })
            }
            Reply::Swapped(Swap::Stored(revision)) => wit::Reply::Stored(storage::Stored { revision: revision.0 }),
            Reply::Swapped(Swap::Conflict(current)) => wit::Reply::Conflict(wit::Conflict { current: current.as_ref().map(entry_of) }),
            Reply::Listed(keys) => {
                listed = keys.keys.iter().map(String::as_str).collect::<Vec<_>>();
                page = wit::Page { keys: &listed, next: keys.next.as_deref() };
                wit::Reply::Listed(page)
            }
            Reply::Failed(StoreError::Unavailable(why)) => wit::Reply::Unavailable(wit::Failure { why }),
            Reply::Failed(StoreError::Unknown(why)) => wit::Reply::Unknown(wit::Failure { why }),
            Reply::Failed(StoreError::Refused(why)) => wit::Reply::Refused(wit::Failure { why }),
            Reply::GoOn => wit::Reply::GoOn,
        };
        self.request(|world, store| world.fuseboard_breaker_steps().call_resume(store, now(time.into()), token.0, reply))
    }

    fn abandon(&mut self, time: Now, token: Token) -> EngineResult<Vec<Token>> {
        let woken =
            self.run(Budget::Call, |world, store| world.fuseboard_breaker_steps().call_abandon(store, now(time.into()), token.0))?;
        woken.map(tokens).map_err(|problem| EngineError::Problem(problem.into()))
    }
}

impl Instance {
    fn begin_allow(&mut self, time: CallerTime, target: &Target, [seen, resolver]: [Seen; 2]) -> EngineResult<RequestStep> {
        lengths::target(target)?;
        let (now, target, seen, resolver) = (now(time), to_wit::target(target), seen.into(), resolver.into());
        self.request(|world, store| world.fuseboard_breaker_steps().call_allow(store, now, target, seen, resolver))
    }

    fn begin_settle(&mut self, time: CallerTime, target: &Target, permit: Option<&Permit>, report: &Report) -> EngineResult<RequestStep> {
        lengths::target(target)?;
        let report = lengths::cut(report);
        let lists = to_wit::ReportLists::of(&report);
        let (now, target, report) = (now(time), to_wit::target(target), lists.borrow());
        let permit = permit.copied().map(Into::into);
        self.request(|world, store| world.fuseboard_breaker_steps().call_settle(store, now, target, permit, report))
    }

    fn begin_other(&mut self, time: CallerTime, request: wit::Request<'_>) -> EngineResult<RequestStep> {
        let token: u64 = self.request(|world, store| world.fuseboard_breaker_steps().call_begin(store, now(time), request))?;
        self.resume(time.now, Token(token), Reply::GoOn)
    }
}

fn of_target(target: &Target) -> EngineResult<wit::OfTarget<'_>> {
    lengths::target(target)?;
    Ok(wit::OfTarget { target: to_wit::target(target) })
}

fn now(CallerTime { now, waited }: CallerTime) -> wit::Now {
    wit::Now { wall_ms: now.wall.0, mono_ns: now.mono.0, waited_ms: u32::try_from(waited.0).unwrap_or(u32::MAX) }
}

fn found(lookup: &Lookup) -> Option<wit::Entry<'_>> {
    if let Lookup::Found(entry) = lookup { Some(entry_of(entry)) } else { None }
}

fn entry_of(entry: &fuseboard::Entry) -> wit::Entry<'_> {
    wit::Entry { revision: entry.revision.0, value: &entry.value }
}

impl From<Seen> for wit::Seen {
    fn from(seen: Seen) -> wit::Seen {
        match seen {
            Seen::Nothing => wit::Seen::Nothing,
            Seen::Missing => wit::Seen::Missing,
            Seen::At(revision) => wit::Seen::At(revision.0),
        }
    }
}

fn tokens(tokens: Vec<u64>) -> Vec<Token> {
    clamp::list(tokens).into_iter().map(Token).collect::<Vec<_>>()
}

/// What a waiting request needs. Prefixes are the engine's own texts, so an unknown one is a fault of the component.
fn waiting(wit::Waiting { token, operation }: wit::Waiting) -> Need {
    let token = Token(token);
    let within = |ms: u32| Millis(u64::from(ms));
    let operation = match operation {
        wit::Operation::Turn(wit::ToWait { within_ms }) => return Need::Wait(token, within(within_ms)),
        wit::Operation::Load(wit::ToLoad { key, known, within_ms }) => {
            Operation::Load { key: key.into(), known: known.map(Revision), within: within(within_ms) }
        }
        wit::Operation::LoadMany(wit::ToLoadMany { keys, within_ms }) => Operation::LoadMany { keys, within: within(within_ms) },
        wit::Operation::Swap(wit::ToSwap { key, expected, value, ttl_ms, within_ms }) => {
            Operation::Swap { key: key.into(), expected: expected.map(Revision), value, ttl: ttl_ms.map(Millis), within: within(within_ms) }
        }
        wit::Operation::ListKeys(wit::ToList { prefix, cursor, limit, within_ms }) => {
            Operation::Keys { prefix: prefix.into(), cursor, limit, within: within(within_ms) }
        }
    };
    Need::Store(token, operation)
}

impl From<wit::AllowStep> for RequestStep {
    fn from(wit::AllowStep { need, woken }: wit::AllowStep) -> RequestStep {
        let need = match need {
            wit::AllowNeed::Decided(decision) => Need::Nothing(StepAnswer::Decided(Box::new(decision.into()))),
            wit::AllowNeed::Waiting(waits) => waiting(waits),
        };
        RequestStep { need, woken: tokens(woken) }
    }
}

impl From<wit::SettleStep> for RequestStep {
    fn from(wit::SettleStep { need, woken }: wit::SettleStep) -> RequestStep {
        let need = match need {
            wit::SettleNeed::Settled(verdict) => Need::Nothing(StepAnswer::Settled(verdict.into())),
            wit::SettleNeed::Waiting(waits) => waiting(waits),
        };
        RequestStep { need, woken: tokens(woken) }
    }
}

impl From<wit::Step> for RequestStep {
    fn from(wit::Step { need, woken }: wit::Step) -> RequestStep {
        let answer = match need {
            wit::Need::Waiting(waits) => return RequestStep { need: waiting(waits), woken: tokens(woken) },
            wit::Need::Decided(decision) => StepAnswer::Decided(Box::new(decision.into())),
            wit::Need::Settled(verdict) => StepAnswer::Settled(verdict.into()),
            wit::Need::Status(status) => StepAnswer::Status(Box::new(status.into())),
            wit::Need::Listed(listing) => StepAnswer::Listed(listing.into()),
            wit::Need::Commanded(commanded) => StepAnswer::Commanded(commanded.into()),
            wit::Need::Explained(explanation) => StepAnswer::Explained(explanation.into()),
            wit::Need::Flushed(flushed) => StepAnswer::Flushed(flushed.into()),
            wit::Need::Failed(problem) => StepAnswer::Failed(problem.into()),
        };
        RequestStep { need: Need::Nothing(answer), woken: tokens(woken) }
    }
}
