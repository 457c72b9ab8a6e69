//! Finds out that another instance has the same writer. Marks would then not be unique.

use super::circuit_ref::CircuitRef;
use super::request::Request;
use super::state::SharedWriter;
use crate::answer::{Cause, EventKind};
use crate::machine::record::Record;
use crate::write_mark::WriteMark;

impl Request {
    /// Reports, once, a stored write that has this instance's writer but was made by another instance: its sequence is higher than that
    /// of this instance's last write.
    pub fn report_shared_writer(&mut self, circuit: &CircuitRef, record: &Record) {
        let last = WriteMark { writer: self.state.identity.writer, sequence: self.state.sequence };
        let is_foreign = |mark: &WriteMark| mark.writer == last.writer && mark.sequence > last.sequence && !mark.is_local();
        if let Some(mark) = record.writes.iter().find(|mark| is_foreign(mark))
            && std::mem::replace(&mut self.state.shared_writer, SharedWriter::Reported) == SharedWriter::Unseen
        {
            let detail = format!(
                "the record has write {} of this instance's writer, which has made {}: give each instance a new random `identity.writer`",
                mark.sequence, last.sequence
            );
            self.push_event(circuit, EventKind::WriterShared, Cause::SharedWriter, &detail);
        }
    }
}
