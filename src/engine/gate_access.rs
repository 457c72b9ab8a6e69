//! How a request becomes the writer of a record: at once if the record has no writer, and otherwise after the requests before it.

use super::circuit_ref::CircuitRef;
use super::gates::{Position, Waiter};
use super::group_member::{Counted, GroupMember};
use super::record_error::RecordError;
use super::request::Request;
use super::request_step::Token;

/// How a wait at a gate ended.
pub(super) enum Passage {
    /// This request is the writer now.
    Writer,
    /// Another request wrote the outcome.
    Written(Counted),
    /// The request was abandoned while another request wrote its outcome.
    Unknown,
}

impl Request {
    /// Becomes the writer of a circuit's record. A request that cannot wait does not use the gate. Its swap is still safe.
    pub async fn enter_gate(&mut self, circuit: &CircuitRef) -> Result<(), RecordError> {
        match self.token {
            Some(token) if self.state.gates.enter(&circuit.key, token) != Position::Writer => {
                Box::pin(self.wait_at_gate(circuit, token, None)).await.map(drop)
            }
            Some(_) | None => Ok(()),
        }
    }

    pub fn leave_gate(&mut self, circuit: &CircuitRef) {
        if let Some(token) = self.token {
            self.state.gates.leave(&circuit.key, token);
        }
    }

    /// Waits until this request is the writer, or another one has written its outcome.
    pub async fn wait_at_gate(&mut self, circuit: &CircuitRef, token: Token, outcome: Option<GroupMember>) -> Result<Passage, RecordError> {
        if let Some(why) = self.reason_to_give_up() {
            return Err(why);
        }
        self.state.gates.wait(&circuit.key, Waiter { token, start: self.start, outcome });
        loop {
            self.wait_for_turn().await;
            if let Some(result) = self.state.gates.take_result(token) {
                return result.map(Passage::Written);
            }
            let position = self.state.gates.position_of(&circuit.key, token);
            let give_up = self.reason_to_give_up();
            match (position, give_up) {
                (Position::Writer, None) => return Ok(Passage::Writer),
                (Position::Waiting | Position::InGroup, None) | (Position::InGroup, Some(RecordError::Late)) => {}
                (Position::InGroup, Some(_)) => {
                    self.state.gates.withdraw(&circuit.key, token);
                    return Ok(Passage::Unknown);
                }
                (Position::Writer | Position::Waiting, Some(why)) => {
                    self.state.gates.withdraw(&circuit.key, token);
                    self.state.gates.leave(&circuit.key, token);
                    return Err(why);
                }
                (Position::None, why) => return Err(why.unwrap_or(RecordError::Contended)),
            }
        }
    }
}
