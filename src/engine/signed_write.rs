//! One write of a record, ready to be swapped in: signed with its mark, and encoded.

use super::circuit_ref::CircuitRef;
use super::record_error::RecordError;
use super::request::Request;
use super::store::Revision;
use crate::codec;
use crate::machine::record::{Record, WRITES_KEPT};
use crate::policy::ROLES_MAX;
use crate::time::Millis;
use crate::write_mark::WriteMark;
use std::sync::Arc;

/// Most swaps that one request tries.
pub(super) const SWAPS_MAX: u32 = 32;

/// A signed and encoded record.
pub(super) struct SignedWrite {
    pub record: Arc<Record>,
    pub mark: WriteMark,
    /// The revision that it replaces. `None` if the key must be absent.
    pub expected: Option<Revision>,
    pub text: String,
    pub ttl: Option<Millis>,
}

impl Request {
    /// Counts a swap that this request is about to try.
    pub fn count_swap(&mut self) -> Result<(), RecordError> {
        if self.swaps >= SWAPS_MAX {
            return Err(RecordError::Contended);
        }
        self.swaps += 1;
        Ok(())
    }

    /// Signs and encodes a record that is to replace the expected revision. A record that is too long is shortened.
    pub fn sign(&mut self, circuit: &CircuitRef, expected: Option<Revision>, mut record: Arc<Record>) -> Result<SignedWrite, RecordError> {
        if record.roles.len() > ROLES_MAX {
            let why = format!("{}: the host has {ROLES_MAX} other roles and none is at rest: reset the host or one of them", circuit.scope);
            return Err(RecordError::TooLarge(why));
        }
        let signed = Arc::make_mut(&mut record);
        let mark = self.add_mark(signed);
        let too_large = |bytes| {
            let most = codec::VALUE_BYTES_MAX;
            let scope = &circuit.scope;
            RecordError::TooLarge(format!(
                "the record of {scope} would take {bytes} bytes, at most {most}: use fewer roles or smaller patches"
            ))
        };
        let text = codec::encode(signed).map_err(too_large)?;
        let ttl = codec::time_to_live(&record, self.now(), self.sharing().clock_skew);
        Ok(SignedWrite { record, mark, expected, text, ttl })
    }

    /// Adds the next write mark to a record. In a new record it begins the first generation.
    fn add_mark(&mut self, record: &mut Record) -> WriteMark {
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
