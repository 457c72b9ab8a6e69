//! One request's use of the store: within its budget, and not during the back-off after a failure.

use super::exchange::{Awaited, Resumption};
use super::operation::{Operation, Reply};
use super::outage::{Access, Transition};
use super::record_error::RecordError;
use super::request::{Request, StoreUse};
use super::store::{Lookup, Page, Revision, StoreError, Swap};
use crate::answer::EventKind;
use crate::redact::redact_urls;
use crate::time::{Millis, Mono};
use std::mem;
use std::sync::Arc;

/// The shortest wait for a turn. An outcome that another request is writing waits for that write, also if it
/// ends a little late.
const TURN_MIN: Millis = Millis(2);

/// What an operation does, when it began, and how long it might take.
#[derive(Clone, Copy)]
struct Began {
    access: Access,
    at: Mono,
    within: Millis,
}

impl Request {
    /// Loads one key.
    pub async fn load_key(&mut self, key: Arc<str>, known: Option<Revision>) -> Result<Lookup, RecordError> {
        let began = self.remaining_budget(Access::Read)?;
        match self.read(Operation::Load { key, known, within: began.within }).await? {
            Reply::Loaded(Lookup::Unchanged) if known.is_none() => {
                Err(self.store_lost(began, "it answered `unchanged` where no revision was known".to_owned()))
            }
            Reply::Loaded(lookup) => {
                self.note_answer(began);
                Ok(lookup)
            }
            other => Err(self.read_failed(began, other)),
        }
    }

    /// Loads the first of these keys: at least one.
    pub async fn load_keys(&mut self, keys: Vec<String>) -> Result<Vec<Lookup>, RecordError> {
        let asked = keys.len();
        let began = self.remaining_budget(Access::Read)?;
        match self.read(Operation::LoadMany { keys, within: began.within }).await? {
            Reply::LoadedMany(lookups) if (1..=asked).contains(&lookups.len()) && !lookups.contains(&Lookup::Unchanged) => {
                self.note_answer(began);
                Ok(lookups)
            }
            other => Err(self.read_failed(began, other)),
        }
    }

    /// Lists one page of keys.
    pub async fn list_keys(&mut self, prefix: &'static str, cursor: Option<&str>, limit: u32) -> Result<Page, RecordError> {
        let cursor = cursor.map(str::to_owned);
        let began = self.remaining_budget(Access::Read)?;
        match self.read(Operation::Keys { prefix: prefix.into(), cursor, limit, within: began.within }).await? {
            Reply::Listed(page) => {
                self.note_answer(began);
                Ok(page)
            }
            other => Err(self.read_failed(began, other)),
        }
    }

    /// Writes one key, if its revision is still the expected one. The result of a request that is abandoned meanwhile is unknown.
    pub async fn swap_key(
        &mut self,
        key: Arc<str>,
        expected: Option<Revision>,
        value: String,
        ttl: Option<Millis>,
    ) -> Result<Swap, RecordError> {
        let began = self.remaining_budget(Access::Write)?;
        match self.wait(Awaited::Store(Operation::Swap { key, expected, value, ttl, within: began.within })).await {
            Resumption::Reply(Reply::Swapped(swap)) => {
                self.note_answer(began);
                Ok(swap)
            }
            Resumption::Reply(other) => Err(self.failed(began, other.failure())),
            Resumption::Abandoned => Err(RecordError::Unknown("the request was abandoned".to_owned())),
        }
    }

    /// Carries out an operation that writes nothing.
    async fn read(&mut self, operation: Operation) -> Result<Reply, RecordError> {
        match self.wait(Awaited::Store(operation)).await {
            Resumption::Reply(reply) => Ok(reply),
            Resumption::Abandoned => Err(RecordError::Abandoned),
        }
    }

    /// Waits at a gate until the driver says that something changed there.
    pub async fn wait_for_turn(&mut self) {
        let since = self.mono();
        let within = self.time_left().max(TURN_MIN);
        self.wait(Awaited::Gate(within)).await;
        self.waited = self.waited.plus(self.mono().since(since));
    }

    async fn wait(&mut self, awaited: Awaited) -> Resumption {
        let spare = self.state.spares.pop().unwrap_or_else(|| Box::new(self.state.spare()));
        let (state, resumption) = self.exchange.hand_over(mem::replace(&mut self.state, spare), awaited).await;
        let spare = mem::replace(&mut self.state, state);
        self.state.spares.push(spare);
        self.operations = self.operations.saturating_add(1);
        if matches!(resumption, Resumption::Abandoned) {
            self.store_use = StoreUse::Abandoned;
        }
        resumption
    }

    /// Updates the outage by a failure of the store.
    fn failed(&mut self, began: Began, error: StoreError) -> RecordError {
        match error {
            StoreError::Unavailable(why) => self.store_lost(began, redact_urls(&why).into_owned()),
            StoreError::Unknown(why) => RecordError::Unknown(redact_urls(&why).into_owned()),
            StoreError::Refused(why) => RecordError::Refused(redact_urls(&why).into_owned()),
        }
    }

    /// As [`Request::failed`]. A read whose answer was lost has failed.
    fn read_failed(&mut self, began: Began, reply: Reply) -> RecordError {
        match self.failed(began, reply.failure()) {
            RecordError::Unknown(why) => self.store_lost(began, why),
            other => other,
        }
    }

    /// Updates the outage by the store's answer.
    fn note_answer(&mut self, began: Began) {
        let transition = if began.access == Access::Read && self.state.backlog.kept() > 0 {
            self.state.outage.answered_read(began.at)
        } else {
            self.state.outage.answered(began.at)
        };
        self.report_end_of_outage(transition);
    }

    /// Ends an outage of writing if no outcome waits any more.
    pub fn check_outage_of_writing(&mut self) {
        if self.state.backlog.kept() == 0 {
            let transition = self.state.outage.nothing_to_write();
            self.report_end_of_outage(transition);
        }
    }

    fn report_end_of_outage(&mut self, transition: Transition) {
        if transition == Transition::Changed {
            self.push_store_event(EventKind::StorageBack, "the store answers again");
        }
    }

    fn remaining_budget(&mut self, access: Access) -> Result<Began, RecordError> {
        let now = if self.operations == 0 { self.began } else { self.mono() };
        if let Some(left) = self.state.outage.back_off_left(access, now) {
            return Err(RecordError::Outage(format!("it failed recently and is not used for {} ms", left.0)));
        }
        match self.store_use {
            StoreUse::Allowed => {}
            StoreUse::TooManyWait => return Err(RecordError::TooManyWait),
            StoreUse::Abandoned => return Err(RecordError::Abandoned),
        }
        let budget = self.sharing().storage_budget;
        match Millis(budget.0.saturating_sub(now.since(self.start).0)) {
            Millis(0) if self.conflicts > 0 => Err(RecordError::Contended),
            Millis(0) => Err(self.store_lost(Began { access, at: self.start, within: self.time_at_store() }, spent(budget))),
            within => Ok(Began { access, at: now, within }),
        }
    }

    /// The part of this request's time that was not spent waiting at gates.
    fn time_at_store(&self) -> Millis {
        Millis(self.elapsed().0.saturating_sub(self.waited.0))
    }

    /// Updates the outage by a failure, unless the operation had little time because the request had waited for others before.
    fn store_lost(&mut self, began: Began, why: String) -> RecordError {
        let now = self.now();
        let had_time = began.within.0 >= self.sharing().storage_budget.0 / 2;
        let failed_early = now.mono.since(began.at) < began.within;
        if self.waited > Millis::ZERO && !had_time && !failed_early {
            return RecordError::Late;
        }
        if self.state.outage.failed(began.access, began.at, now) == Transition::Changed {
            self.push_store_event(EventKind::StorageLost, &why);
        }
        RecordError::Outage(why)
    }

    /// Why this request must not wait at a gate any longer.
    pub fn reason_to_give_up(&self) -> Option<RecordError> {
        match self.store_use {
            StoreUse::TooManyWait => Some(RecordError::TooManyWait),
            StoreUse::Abandoned => Some(RecordError::Abandoned),
            StoreUse::Allowed if self.elapsed() >= self.sharing().storage_budget => Some(RecordError::Late),
            StoreUse::Allowed => None,
        }
    }
}

fn spent(budget: Millis) -> String {
    format!("the budget of {} ms is spent", budget.0)
}
