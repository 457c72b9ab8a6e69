//! Reads and writes one record: conditional loads, compare-and-swap, and what to do when the store fails.

use super::circuit_ref::CircuitRef;
use super::gates::{Position, SwapState};
use super::record_cache::{Format, KnownRecord, LastSeen};
use super::record_error::RecordError;
use super::request::Request;
use super::signed_write::SignedWrite;
use super::store::{Entry, Lookup, Revision, Swap};
use crate::answer::{Cause, EventKind};
use crate::codec::{self, Unreadable};
use crate::machine::record::Record;
use crate::time::Millis;
use crate::write_mark::WriteMark;
use std::sync::Arc;

/// The result of writing a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SwapResult {
    Stored,
    Conflict,
    /// The store's answer was lost, and the write was not found afterwards.
    Unknown,
}

impl Request {
    /// Updates the cached record from the store.
    pub async fn fetch(&mut self, circuit: &CircuitRef) -> Result<(), RecordError> {
        self.forget_snapshot(circuit);
        let known = self.record(circuit).known();
        let was_missing = self.record(circuit).is_missing();
        match self.load_key(Arc::clone(&circuit.key), known.last_seen.revision()).await? {
            Lookup::Unchanged => self.confirm(circuit, known),
            // The usual case: most healthy targets never had a record.
            Lookup::Missing if was_missing && !self.is_late(circuit, &known) => {}
            Lookup::Missing => Box::pin(self.accept(circuit, &known, None)).await?,
            Lookup::Found(entry) => Box::pin(self.accept(circuit, &known, Some(entry))).await?,
        }
        Ok(())
    }

    /// Whether a reply comes late: another request changed the cached record meanwhile, or its swap of the record is under way.
    fn is_late(&mut self, circuit: &CircuitRef, known: &KnownRecord) -> bool {
        self.state.gates.is_swapped_by_other(&circuit.key, self.token) || !self.record(circuit).is_unchanged_since(known)
    }

    /// The store still has the known revision, so the known record replaces a local copy that does not stay.
    fn confirm(&mut self, circuit: &CircuitRef, known: KnownRecord) {
        if self.is_late(circuit, &known) {
            self.keep_snapshot(circuit, known.last_seen);
            return;
        }
        self.note_readable(circuit);
        if self.record(circuit).local.is_some() && !self.keeps_local_copy(circuit) {
            self.end_local_copy(circuit);
        }
    }

    /// Updates the cached record with what the store holds. A late reply is for this request alone. A damaged record is replaced.
    async fn accept(&mut self, circuit: &CircuitRef, known: &KnownRecord, entry: Option<Entry>) -> Result<(), RecordError> {
        let mut entry = entry;
        loop {
            let Some(Entry { revision, value }) = entry else {
                self.install_unless_late(circuit, known, LastSeen::Missing);
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
                    self.install_unless_late(circuit, known, LastSeen::Stored(revision, Arc::new(record)));
                    return Ok(());
                }
                Err(Unreadable::Newer(format)) => return Err(self.newer_format(circuit, format)),
                Err(Unreadable::Corrupt(why)) => match self.replace_damaged(circuit, revision, &why).await? {
                    Swap::Stored(_) => return Ok(()),
                    Swap::Conflict(current) => entry = current,
                },
            }
        }
    }

    fn install_unless_late(&mut self, circuit: &CircuitRef, known: &KnownRecord, seen: LastSeen) {
        if self.is_late(circuit, known) {
            self.keep_snapshot(circuit, seen);
        } else {
            self.forget_snapshot(circuit);
            self.install(circuit, seen);
        }
    }

    /// Writes a new record over a damaged one, as the record's writer. If another request is the writer, it finds the damage itself.
    async fn replace_damaged(&mut self, circuit: &CircuitRef, damaged: Revision, why: &str) -> Result<Swap, RecordError> {
        let before = self.token.map_or(Position::Writer, |token| self.state.gates.position_of(&circuit.key, token));
        if self.token.is_some_and(|token| self.state.gates.enter(&circuit.key, token) != Position::Writer) {
            return Err(RecordError::Contended);
        }
        let swap = self.swap_over_damaged(circuit, damaged, why).await;
        if before != Position::Writer {
            self.leave_gate(circuit);
        }
        swap
    }

    async fn swap_over_damaged(&mut self, circuit: &CircuitRef, damaged: Revision, why: &str) -> Result<Swap, RecordError> {
        self.count_swap()?;
        let mut record = Record::default();
        // Claims that were taken while nothing was stored must not be valid here.
        record.base.begin_generation(self.next_mark());
        let SignedWrite { record, text, ttl, .. } = self.sign(circuit, Some(damaged), Arc::new(record))?;
        let swap = self.swap_as_writer(circuit, Some(damaged), text, ttl).await?;
        if let Swap::Stored(revision) = swap {
            self.forget_snapshot(circuit);
            self.install(circuit, LastSeen::Stored(revision, record));
            self.push_event(circuit, EventKind::RecordReplaced, Cause::DamagedRecord, &format!("the stored record was damaged: {why}"));
        } else {
            self.conflicts += 1;
        }
        Ok(swap)
    }

    /// Swaps a value in. While that is under way, no other request updates the cached record. A request that waited for others begins no
    /// swap with less time than the last one took: it would hardly end in time.
    async fn swap_as_writer(
        &mut self,
        circuit: &CircuitRef,
        expected: Option<Revision>,
        text: String,
        ttl: Option<Millis>,
    ) -> Result<Swap, RecordError> {
        if self.waited > Millis::ZERO && self.time_left() < self.state.gates.last_swap(&circuit.key) {
            return Err(RecordError::Late);
        }
        let began = self.mono();
        self.set_swap(circuit, SwapState::UnderWay);
        let swapped = self.swap_key(Arc::clone(&circuit.key), expected, text, ttl).await;
        self.set_swap(circuit, SwapState::None);
        if let Some(token) = self.token {
            self.state.gates.note_swap(&circuit.key, token, self.mono().since(began));
        }
        swapped
    }

    fn set_swap(&mut self, circuit: &CircuitRef, swap: SwapState) {
        if let Some(token) = self.token {
            self.state.gates.set_swap(&circuit.key, token, swap);
        }
    }

    fn newer_format(&mut self, circuit: &CircuitRef, format: u32) -> RecordError {
        let why = format!("the record has format {format}, this engine reads up to {}", codec::FORMAT);
        if std::mem::replace(&mut self.record(circuit).format, Format::Newer) == Format::Supported {
            self.push_event(circuit, EventKind::RecordNewer, Cause::NewerFormat, &why);
        }
        RecordError::Newer(why)
    }

    /// The store holds a record that this engine can read, or none.
    fn note_readable(&mut self, circuit: &CircuitRef) {
        if std::mem::take(&mut self.record(circuit).format) == Format::Newer {
            self.push_event(circuit, EventKind::RecordReadable, Cause::NewerFormat, "the record can be read again");
        }
    }

    fn install(&mut self, circuit: &CircuitRef, last_seen: LastSeen) {
        let record = self.record(circuit);
        if record.local.is_some() && record.last_seen.is_same_version(&last_seen) && self.keeps_local_copy(circuit) {
            return self.note_readable(circuit);
        }
        let record = self.record(circuit);
        let is_first = matches!(record.last_seen, LastSeen::Never) && record.local.is_none();
        let (before, after) = record.update(last_seen);
        self.note_readable(circuit);
        if is_first {
            // There is nothing to compare with, so there are no events. But a lease may still exist from before this record was
            // evicted from the cache.
            self.push_changed(circuit, &before, &after);
        } else {
            self.push_seen_events(circuit, &before, &after);
        }
    }

    /// Swaps a signed record in.
    pub async fn commit(&mut self, circuit: &CircuitRef, write: SignedWrite) -> Result<SwapResult, RecordError> {
        let SignedWrite { record, mark, expected, text, ttl } = write;
        let known = self.record(circuit).known();
        match self.swap_as_writer(circuit, expected, text, ttl).await {
            Ok(Swap::Stored(revision)) => {
                self.install_own_write(circuit, &known, revision, record);
                Ok(SwapResult::Stored)
            }
            Ok(Swap::Conflict(current)) => {
                self.conflicts += 1;
                Box::pin(self.accept(circuit, &known, current)).await?;
                Ok(SwapResult::Conflict)
            }
            Err(RecordError::Unknown(_)) => {
                // Otherwise another request could find this write first, and report it too.
                self.set_swap(circuit, SwapState::UnderWay);
                let found = Box::pin(self.find_own_write(circuit, record, mark)).await;
                self.set_swap(circuit, SwapState::None);
                Ok(found)
            }
            Err(RecordError::Outage(why)) => Err(RecordError::WriteFailed { why, mark }),
            Err(error) => Err(error),
        }
    }

    /// Caches what this request wrote, unless another request changed the cached record meanwhile.
    fn install_own_write(&mut self, circuit: &CircuitRef, known: &KnownRecord, revision: Revision, next: Arc<Record>) {
        let before = Arc::clone(self.effective(circuit));
        self.forget_snapshot(circuit);
        self.push_changed(circuit, &before, &next);
        let record = self.record(circuit);
        if record.is_unchanged_since(known) {
            let local = record.local.take();
            let (stored, _) = record.update(LastSeen::Stored(revision, next));
            if let Some(local) = local {
                self.push_seen_events(circuit, &local, &stored);
            }
        }
    }

    /// Looks for this process's write after the store's answer was lost.
    async fn find_own_write(&mut self, circuit: &CircuitRef, next: Arc<Record>, mark: WriteMark) -> SwapResult {
        let known = self.record(circuit).known();
        let Ok(lookup) = self.load_key(Arc::clone(&circuit.key), None).await else { return SwapResult::Unknown };
        let Lookup::Found(entry) = lookup else {
            // A missing record proves nothing: it may have been written and then wiped.
            self.install_unless_late(circuit, &known, LastSeen::Missing);
            return SwapResult::Unknown;
        };
        let now = self.now();
        let found = codec::decode(&entry.value, now, Some(&next)).is_ok_and(|record| record.writes.contains(&mark));
        if found {
            self.install_own_write(circuit, &known, entry.revision, next);
        }
        // Others may have written since. If that fails, the next request fetches the record again.
        let known = self.record(circuit).known();
        let accepted = self.accept(circuit, &known, Some(entry)).await;
        if found && accepted.is_ok() { SwapResult::Stored } else { SwapResult::Unknown }
    }
}
