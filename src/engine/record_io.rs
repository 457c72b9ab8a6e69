//! Reads and writes one record: conditional loads, compare-and-swap, and what to do when the store fails.

use super::circuit_ref::CircuitRef;
use super::clock::Clock;
use super::outage::Transition;
use super::record_cache::{Format, LastSeen};
use super::record_diff;
use super::record_error::RecordError;
use super::request::Request;
use super::store::{Entry, Lookup, Revision, Store, StoreError, Swap};
use crate::answer::{Cause, EventKind};
use crate::codec::{self, Unreadable};
use crate::machine::record::{Record, WRITES_KEPT};
use crate::policy::ROLES_MAX;
use crate::redact::redact_urls;
use crate::time::Millis;
use crate::write_mark::WriteMark;
use std::sync::Arc;

/// Swaps that one request tries at most.
pub(super) const SWAPS_MAX: u32 = 32;

/// The result of writing a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SwapResult {
    Stored,
    Conflict,
    /// The store's answer was lost, and the write was not found afterwards.
    Unknown,
}

impl<C: Clock, S: Store> Request<'_, C, S> {
    /// Updates the cached record from the store.
    pub fn fetch(&mut self, circuit: &CircuitRef) -> Result<(), RecordError> {
        let record = self.record(circuit);
        let (known, was_missing) = (record.revision(), record.is_missing());
        match self.load(circuit, known)? {
            Lookup::Unchanged => self.drop_local_copy(circuit),
            // The usual case: most healthy targets never had a record.
            Lookup::Missing if was_missing => {}
            Lookup::Missing => self.accept(circuit, None)?,
            Lookup::Found(entry) => self.accept(circuit, Some(entry))?,
        }
        Ok(())
    }

    fn load(&mut self, circuit: &CircuitRef, known: Option<Revision>) -> Result<Lookup, RecordError> {
        match self.with_store(|store, within| store.load(&circuit.key, known, within)) {
            Ok(Lookup::Unchanged) if known.is_none() => Err(self.store_lost("it answered `unchanged` where no revision was known")),
            Err(RecordError::Unknown(why)) => Err(self.store_lost(&why)),
            other => other,
        }
    }

    /// Runs one store operation within the rest of this request's budget, unless the store is in back-off.
    pub fn with_store<T>(&mut self, operation: impl FnOnce(&S, Millis) -> Result<T, StoreError>) -> Result<T, RecordError> {
        let within = self.remaining_budget()?;
        let answer = operation(self.store, within);
        self.operations = self.operations.saturating_add(1);
        match answer {
            Ok(value) => {
                if self.state.outage.answered() == Transition::Changed {
                    self.push_store_event(EventKind::StorageBack, "the store answers again");
                }
                Ok(value)
            }
            Err(StoreError::Unavailable(why)) => Err(self.store_lost(&redact_urls(&why))),
            Err(StoreError::Unknown(why)) => Err(RecordError::Unknown(redact_urls(&why).into_owned())),
            Err(StoreError::Refused(why)) => Err(RecordError::Refused(redact_urls(&why).into_owned())),
        }
    }

    fn remaining_budget(&mut self) -> Result<Millis, RecordError> {
        let budget = self.sharing().storage_budget;
        let start = self.start();
        let now = if self.operations == 0 { start } else { self.mono() };
        if let Some(left) = self.state.outage.back_off_left(now) {
            return Err(RecordError::Outage(format!("it failed lately and is left alone for {} ms", left.0)));
        }
        match Millis(budget.0.saturating_sub(now.since(start).0)) {
            Millis(0) if self.conflicts > 0 => Err(RecordError::Contended),
            Millis(0) => Err(self.store_lost(&format!("the budget of {} ms is spent", budget.0))),
            left => Ok(left),
        }
    }

    fn store_lost(&mut self, why: &str) -> RecordError {
        let now = self.now();
        if self.state.outage.failed(now.wall, now.mono) == Transition::Changed {
            self.push_store_event(EventKind::StorageLost, why);
        }
        RecordError::Outage(why.to_owned())
    }

    /// The store still has the known revision, so the known record replaces the local copy.
    fn drop_local_copy(&mut self, circuit: &CircuitRef) {
        let record = self.record(circuit);
        if let Some(local) = record.local.take() {
            let known = Arc::clone(record.effective());
            self.push_seen_events(circuit, &local, &known);
        }
    }

    /// Updates the cached record with what the store holds. A damaged record is replaced.
    fn accept(&mut self, circuit: &CircuitRef, entry: Option<Entry>) -> Result<(), RecordError> {
        let mut entry = entry;
        loop {
            let Some(Entry { revision, value }) = entry else {
                self.install(circuit, LastSeen::Missing);
                return Ok(());
            };
            let now = self.now();
            let before = match &self.record(circuit).last_seen {
                LastSeen::Stored(_, record) => Some(record.as_ref()),
                LastSeen::Never | LastSeen::Missing => None,
            };
            match codec::decode(&value, now, before) {
                Ok(record) => {
                    self.report_shared_writer(circuit, &record);
                    self.install(circuit, LastSeen::Stored(revision, Arc::new(record)));
                    return Ok(());
                }
                Err(Unreadable::Newer(format)) => return Err(self.newer_format(circuit, format)),
                Err(Unreadable::Corrupt(why)) => match self.replace_damaged(circuit, revision, &why)? {
                    Swap::Stored(_) => return Ok(()),
                    Swap::Conflict(current) => entry = current,
                },
            }
        }
    }

    /// Writes a new record over a damaged one.
    fn replace_damaged(&mut self, circuit: &CircuitRef, damaged: Revision, why: &str) -> Result<Swap, RecordError> {
        let mut record = Record::default();
        // Claims that were taken while nothing was stored must not be valid here.
        record.base.begin_generation(self.next_mark());
        self.sign(&mut record);
        let swap = self.swap(circuit, Some(damaged), &mut record)?;
        if let Swap::Stored(revision) = swap {
            self.install(circuit, LastSeen::Stored(revision, Arc::new(record)));
            self.push_event(circuit, EventKind::RecordReplaced, Cause::DamagedRecord, &format!("the stored record was damaged: {why}"));
        }
        Ok(swap)
    }

    fn newer_format(&mut self, circuit: &CircuitRef, format: u32) -> RecordError {
        let why = format!("its record has format {format}, this engine reads up to {}", codec::FORMAT);
        if std::mem::replace(&mut self.record(circuit).format, Format::Newer) == Format::Supported {
            self.push_event(circuit, EventKind::StorageLost, Cause::NewerFormat, &why);
        }
        RecordError::Outage(why)
    }

    fn install(&mut self, circuit: &CircuitRef, last_seen: LastSeen) {
        let record = self.record(circuit);
        let is_first = matches!(record.last_seen, LastSeen::Never) && record.local.is_none();
        let (before, after) = record.update(last_seen);
        if std::mem::take(&mut record.format) == Format::Newer {
            self.push_event(circuit, EventKind::StorageBack, Cause::NewerFormat, "the record can be read again");
        }
        if is_first {
            // There is nothing to compare with, so there are no events. But a lease may still exist from before this record was
            // evicted from the cache.
            self.push_changed(circuit, &before, &after);
        } else {
            self.push_seen_events(circuit, &before, &after);
        }
    }

    /// Adds events for what other boards changed, and the circuits that changed.
    fn push_seen_events(&mut self, circuit: &CircuitRef, before: &Record, after: &Record) {
        let at = self.clock.wall();
        self.state.pending.events.extend(record_diff::events(circuit, before, after, at));
        self.push_changed(circuit, before, after);
    }

    /// Adds the circuits whose leases and repeated refusals are no longer valid.
    pub fn push_changed(&mut self, circuit: &CircuitRef, before: &Record, after: &Record) {
        let changed = record_diff::changed(circuit, before, after);
        if !changed.is_empty() {
            self.record(circuit).forget_policies();
            self.state.pending.changed.extend(changed);
        }
    }

    /// Writes a record over the last seen revision.
    pub fn commit(&mut self, circuit: &CircuitRef, mut next: Record) -> Result<SwapResult, RecordError> {
        if self.swaps >= SWAPS_MAX {
            return Err(RecordError::Contended);
        }
        self.swaps += 1;
        if next.roles.len() > ROLES_MAX {
            let why = format!("{}: the host has {ROLES_MAX} other roles and none is at rest: reset the host or one of them", circuit.scope);
            return Err(RecordError::TooLarge(why));
        }
        let expected = self.record(circuit).revision();
        let mark = self.sign(&mut next);
        match self.swap(circuit, expected, &mut next) {
            Ok(Swap::Stored(revision)) => {
                self.install_own_write(circuit, revision, next);
                Ok(SwapResult::Stored)
            }
            Ok(Swap::Conflict(current)) => {
                self.conflicts += 1;
                self.accept(circuit, current)?;
                Ok(SwapResult::Conflict)
            }
            Err(RecordError::Unknown(_)) => Ok(self.find_own_write(circuit, next, mark)),
            Err(error) => Err(error),
        }
    }

    fn install_own_write(&mut self, circuit: &CircuitRef, revision: Revision, next: Record) {
        let (before, after) = self.record(circuit).update(LastSeen::Stored(revision, Arc::new(next)));
        self.push_changed(circuit, &before, &after);
    }

    /// Looks for this process's write after the store's answer was lost.
    fn find_own_write(&mut self, circuit: &CircuitRef, next: Record, mark: WriteMark) -> SwapResult {
        let Ok(lookup) = self.load(circuit, None) else { return SwapResult::Unknown };
        let Lookup::Found(entry) = lookup else {
            // A missing record proves nothing: it may have been written and then wiped.
            self.install(circuit, LastSeen::Missing);
            return SwapResult::Unknown;
        };
        let now = self.now();
        let found = codec::decode(&entry.value, now, Some(&next)).is_ok_and(|record| record.writes.contains(&mark));
        if found {
            self.install_own_write(circuit, entry.revision, next);
        }
        // Others may have written since. If that fails, the next request fetches the record again.
        let accepted = self.accept(circuit, Some(entry));
        if found && accepted.is_ok() { SwapResult::Stored } else { SwapResult::Unknown }
    }

    /// Encodes a record and swaps it. A record that is too long is cut.
    fn swap(&mut self, circuit: &CircuitRef, expected: Option<Revision>, record: &mut Record) -> Result<Swap, RecordError> {
        let too_large = |bytes| {
            let most = codec::VALUE_BYTES_MAX;
            let scope = &circuit.scope;
            RecordError::TooLarge(format!(
                "the record of {scope} would take {bytes} bytes, at most {most}: use fewer roles or smaller patches"
            ))
        };
        let text = codec::encode(record).map_err(too_large)?;
        let ttl = codec::time_to_live(record, self.now(), self.sharing().clock_skew);
        self.with_store(|store, within| store.compare_and_swap(&circuit.key, expected, &text, ttl, within))
    }

    /// Adds the next write mark to a record. In a new record it begins the first generation.
    fn sign(&mut self, record: &mut Record) -> WriteMark {
        let mark = self.next_mark();
        self.state.sequence = mark.sequence;
        for (_, circuit) in record.circuits_mut() {
            circuit.began.get_or_insert(mark);
        }
        record.writes.push(mark);
        let surplus = record.writes.len().saturating_sub(WRITES_KEPT);
        record.writes.drain(..surplus);
        mark
    }

    /// The mark of the next write.
    pub fn next_mark(&self) -> WriteMark {
        WriteMark { writer: self.state.identity.writer, sequence: self.state.sequence.saturating_add(1) }
    }

    /// A new mark for a change of a local copy.
    pub fn local_mark(&mut self) -> WriteMark {
        self.state.local_sequence = self.state.local_sequence.saturating_add(1);
        WriteMark::local(self.state.identity.writer, self.state.local_sequence)
    }
}
