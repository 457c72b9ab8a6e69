//! One swap for the outcomes of many requests: the writer of a record writes the outcomes that waited for it together with its own.

use super::circuit_ref::CircuitRef;
use super::gate_access::Passage;
use super::gates::Position;
use super::group_member::{Counted, GroupMember};
use super::record_error::RecordError;
use super::reported::Reported;
use super::request::Request;
use super::request_step::Token;
use super::write_result::{AfterUnknown, WriteResult};
use crate::machine::context::{Context, Step};
use crate::machine::record::Record;
use crate::machine::settle::{CountResult, PermitUse, SettleResult};
use crate::time::Millis;
use std::sync::Arc;

/// How much earlier than the writer's the time of an outcome in its group may end. Requests that are made at once differ by less.
const EARLIER_MAX: Millis = Millis(10);

impl Request {
    /// Counts an outcome on a circuit and stores the change: alone if the record has no writer, and otherwise with the next writer's
    /// swap.
    pub async fn store_outcome(
        &mut self,
        circuit: &CircuitRef,
        permit_use: PermitUse,
        reported: &Reported<'_>,
    ) -> Result<Counted, RecordError> {
        let Some(token) = self.token else { return self.store_alone(circuit, permit_use, reported).await };
        let counted = if self.state.gates.enter(&circuit.key, token) == Position::Writer {
            self.store_alone(circuit, permit_use, reported).await
        } else {
            let member = GroupMember { start: self.start, permit_use, reported: reported.to_owned() };
            match Box::pin(self.wait_at_gate(circuit, token, Some(member))).await? {
                Passage::Written(counted) => return Ok(counted),
                Passage::Unknown => return Ok(self.unknown(circuit, reported)),
                Passage::Writer => Box::pin(self.store_with_others(circuit, permit_use, reported)).await,
            }
        };
        self.leave_gate(circuit);
        counted
    }

    async fn store_alone(&mut self, circuit: &CircuitRef, permit_use: PermitUse, reported: &Reported<'_>) -> Result<Counted, RecordError> {
        let decide = |context: &Context, record: &Record| reported.settle(context, record, permit_use);
        let ((result, outcome), write) = self.write_decision(circuit, AfterUnknown::Stop, &decide).await?;
        Ok(Counted { result, outcome, write, events: Vec::new() })
    }

    /// Writes the waiting outcomes of a circuit's record together with this request's own.
    async fn store_with_others(
        &mut self,
        circuit: &CircuitRef,
        permit_use: PermitUse,
        reported: &Reported<'_>,
    ) -> Result<Counted, RecordError> {
        let members = self.state.gates.take_group(&circuit.key, self.start.minus(EARLIER_MAX));
        let decide = |context: &Context, record: &Record| settle_all(context, record, permit_use, reported, &members);
        match self.write_decision(circuit, AfterUnknown::Stop, &decide).await {
            Ok(((own, others), write)) => {
                let tokens = members.iter().map(|(token, _)| *token);
                let results = tokens.zip(others.into_iter().map(|counted| Ok(acknowledged(counted, write))));
                self.state.gates.finish(&circuit.key, results);
                Ok(acknowledged(own, write))
            }
            Err(error) if error.is_of_one_request() => {
                self.state.gates.put_back(&circuit.key, members);
                Err(error)
            }
            Err(error) => {
                let results = members.iter().map(|(token, _)| (*token, Err(error.clone())));
                self.state.gates.finish(&circuit.key, results);
                Err(error)
            }
        }
    }

    /// The result of a request that was abandoned while its outcome was written.
    fn unknown(&mut self, circuit: &CircuitRef, reported: &Reported<'_>) -> Counted {
        let outcome = self.decide(circuit, &|context, _| Step::unchanged(reported.outcome(context).0.outcome)).answer;
        let result = SettleResult { count: CountResult::Counted, phase: self.phase(circuit) };
        Counted { result, outcome, write: WriteResult::Unknown, events: Vec::new() }
    }
}

/// An outcome's result after the write of the whole group. One that changed nothing does not depend on the write.
fn acknowledged(counted: Counted, write: WriteResult) -> Counted {
    match (counted.write, write) {
        (WriteResult::Stored, WriteResult::Unknown) => Counted { write, events: Vec::new(), ..counted },
        _ => counted,
    }
}

/// Counts this request's outcome and then all others, in one step.
fn settle_all(
    context: &Context,
    record: &Record,
    permit_use: PermitUse,
    reported: &Reported<'_>,
    members: &[(Token, GroupMember)],
) -> Step<(Counted, Vec<Counted>)> {
    let mut next: Option<Arc<Record>> = None;
    let mut count = |reported: &Reported<'_>, permit_use| {
        let current = next.as_deref().unwrap_or(record);
        let Step { answer: (result, outcome), write, events } = reported.settle(context, current, permit_use);
        let written = if write.is_some() { WriteResult::Stored } else { WriteResult::None };
        next = write.or_else(|| next.take());
        Counted { result, outcome, write: written, events }
    };
    let own = count(reported, permit_use);
    let others = members.iter().map(|(_, member)| count(&member.reported, member.permit_use)).collect();
    Step { answer: (own, others), write: next, events: Vec::new() }
}
