//! The store: how it carries out operations, and how it fails.

use crate::configuration::Replies;
use crate::operation::{ModelOperation, ModelReply};
use crate::promise::Promise;
use crate::request::{LastRead, Request, RequestStage, StoreFault};
use crate::situation::Situation;
use crate::state::State;
use crate::stored_text::{StoredText, circuit_of};
use crate::system::System;
use fuseboard::Token;
use std::sync::Arc;

impl System {
    /// Takes a request and its operation.
    fn take_operation(state: &mut State, process: u8, token: Token) -> Option<(Request, ModelOperation)> {
        let request = System::take_request(state, process, token)?;
        let RequestStage::NeedsStore(operation) = &request.stage else { return None };
        let operation = operation.clone();
        Some((request, operation))
    }

    /// Sends a reply. It is delivered now or by a later action.
    fn reply(&self, state: &mut State, process: u8, request: Request, reply: ModelReply) {
        let token = request.token;
        let requests = &mut state.processes[usize::from(process)].requests;
        let at = requests.partition_point(|other| other.token < token);
        requests.insert(at, Request { stage: RequestStage::Replied(reply), ..request });
        if self.configuration.replies == Replies::AtOnce {
            self.resume(state, process, token);
        }
    }

    pub fn carry_out(&self, state: &mut State, process: u8, token: Token) {
        let Some((request, operation)) = System::take_operation(state, process, token) else { return };
        let reply = match operation {
            ModelOperation::Load { known } => match &state.content {
                Some(stored) if known == Some(stored.revision) => ModelReply::Unchanged,
                content => ModelReply::Loaded(content.clone()),
            },
            ModelOperation::Swap { expected, value } => self.swap(state, process, &request, (expected, value)),
        };
        let last_read = LastRead::Content(state.content.clone());
        self.reply(state, process, Request { last_read, ..request }, reply);
    }

    /// Fails an operation without carrying it out.
    pub fn fail(&self, state: &mut State, process: u8, token: Token) {
        let Some((request, operation)) = System::take_operation(state, process, token) else { return };
        state.remaining.failures -= 1;
        let reply = match operation {
            ModelOperation::Load { .. } => ModelReply::LoadFailed,
            ModelOperation::Swap { .. } => ModelReply::SwapFailed,
        };
        self.reply(state, process, Request { fault: StoreFault::Occurred, ..request }, reply);
    }

    /// Carries out a swap and loses the answer.
    pub fn lose_answer(&self, state: &mut State, process: u8, token: Token) {
        let Some((request, ModelOperation::Swap { expected, value })) = System::take_operation(state, process, token) else { return };
        state.remaining.losses -= 1;
        self.swap(state, process, &request, (expected, value));
        self.reply(state, process, Request { fault: StoreFault::Occurred, ..request }, ModelReply::AnswerLost);
    }

    /// Loses a swap before it reaches the store. The process cannot tell this from a lost answer.
    pub fn lose_swap(&self, state: &mut State, process: u8, token: Token) {
        let Some((request, _)) = System::take_operation(state, process, token) else { return };
        state.remaining.losses -= 1;
        self.reply(state, process, Request { fault: StoreFault::Occurred, ..request }, ModelReply::AnswerLost);
    }

    fn swap(&self, state: &mut State, process: u8, request: &Request, (expected, value): (Option<u64>, Arc<StoredText>)) -> ModelReply {
        if expected != state.content.as_ref().map(|stored| stored.revision) {
            state.situations.add(Situation::Conflict);
            return ModelReply::Conflict(state.content.clone());
        }
        let before = circuit_of(&state.content);
        let revision = value.revision;
        System::remember_content(state);
        self.check_change(state, request, &before, &value.circuit);
        self.count_outcomes(state, process, request, (&before, &value.circuit));
        if !self.stuck_check.new_process_admits(&value, state.time) {
            state.violate(Promise::NotStuck);
        }
        state.content = Some(value);
        ModelReply::Swapped(revision)
    }
}
