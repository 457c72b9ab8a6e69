//! How requests begin, go on and end.

use crate::input::{Input, InputKind};
use crate::operation::ModelReply;
use crate::outcome::ModelOutcome;
use crate::output::{Outage, StepResult};
use crate::process_time::ProcessTime;
use crate::promise::Promise;
use crate::request::{LastRead, Request, RequestKind, RequestStage, StoreFault};
use crate::state::State;
use crate::system::System;
use crate::tracked_call::CallStage;
use fuseboard::Token;

impl System {
    /// Gives the engine of a process one more input.
    fn add_input(&self, state: &mut State, number: u8, kind: InputKind) -> StepResult {
        let time = state.time;
        let process = &mut state.processes[usize::from(number)];
        process.history = self.histories.extend(&process.history, Input { time: ProcessTime::new(time, process.offset), kind });
        let output = &process.history.output;
        for request in process.requests.iter_mut().filter(|request| output.woken.contains(&request.token)) {
            request.stage = RequestStage::MayGoOn;
        }
        if output.outage == Outage::Ongoing {
            process.requests.iter_mut().for_each(|request| request.fault = StoreFault::Occurred);
        }
        output.result.clone()
    }

    fn begin(&self, state: &mut State, process: u8, kind: RequestKind, input: InputKind) {
        let fault = match state.processes[usize::from(process)].history.output.outage {
            Outage::None => StoreFault::None,
            Outage::Ongoing => StoreFault::Occurred,
        };
        let result = self.add_input(state, process, input);
        let request = Request {
            token: Token(0),
            kind,
            stage: RequestStage::Waits,
            last_read: LastRead::Never,
            fault,
            began_at: state.time,
            operation_at: 0,
            operation_policy: 0,
        };
        self.wait_or_end(state, process, request, result);
    }

    pub fn begin_allow(&self, state: &mut State, process: u8) {
        state.remaining.allows -= 1;
        self.begin(state, process, RequestKind::Allow, InputKind::Allow);
    }

    pub fn begin_settle(&self, state: &mut State, process: u8, number: u8, outcome: ModelOutcome) {
        let Some(call) = state.call(process, number) else { return };
        call.stage = CallStage::Settling(outcome);
        let claim = call.claim;
        self.begin(state, process, RequestKind::Settle(number), InputKind::Settle(claim, outcome));
    }

    pub fn begin_flush(&self, state: &mut State, process: u8) {
        state.remaining.flushes -= 1;
        self.begin(state, process, RequestKind::Flush, InputKind::Flush);
    }

    pub fn change_policy(&self, state: &mut State, number: u8) {
        state.remaining.policy_changes -= 1;
        let process = &mut state.processes[usize::from(number)];
        process.policy += 1;
        let input = InputKind::Configure(process.policy);
        self.add_input(state, number, input);
    }

    /// Removes a request from its process.
    pub fn take_request(state: &mut State, process: u8, token: Token) -> Option<Request> {
        let requests = &mut state.processes[usize::from(process)].requests;
        let at = requests.iter().position(|request| request.token == token)?;
        Some(requests.remove(at))
    }

    /// Delivers the reply that a request waits for, or lets it go on.
    pub fn resume(&self, state: &mut State, process: u8, token: Token) {
        let Some(request) = System::take_request(state, process, token) else { return };
        let reply = match &request.stage {
            RequestStage::Replied(reply) => reply.clone(),
            RequestStage::MayGoOn => ModelReply::GoOn,
            RequestStage::NeedsStore(_) | RequestStage::Waits => return,
        };
        let result = self.add_input(state, process, InputKind::Reply(token, reply));
        self.wait_or_end(state, process, request, result);
    }

    /// Puts a request that still waits into its process, or ends it.
    fn wait_or_end(&self, state: &mut State, number: u8, request: Request, result: StepResult) {
        let time = state.time;
        let process = &mut state.processes[usize::from(number)];
        let fault = if process.history.output.outage == Outage::Ongoing { StoreFault::Occurred } else { request.fault };
        let request = Request { fault, ..request };
        let (token, request) = match result {
            StepResult::NeedsStore(token, operation) => {
                let needs_store = RequestStage::NeedsStore(operation);
                (token, Request { token, stage: needs_store, operation_at: time, operation_policy: process.policy, ..request })
            }
            StepResult::Waits(token) => (token, Request { token, stage: RequestStage::Waits, ..request }),
            answer => return self.end(state, number, &request, answer),
        };
        let at = process.requests.partition_point(|other| other.token < token);
        process.requests.insert(at, request);
    }

    fn end(&self, state: &mut State, process: u8, request: &Request, answer: StepResult) {
        match (request.kind, answer) {
            (RequestKind::Allow, StepResult::Admitted(claim)) => self.check_admission(state, process, request, claim),
            (RequestKind::Allow, StepResult::Refused(reason, wait)) => self.check_refusal(state, process, request, (reason, wait)),
            (RequestKind::Settle(call), StepResult::Settled(written)) => self.check_verdict(state, process, request, (call, written)),
            (RequestKind::Flush, StepResult::Flushed) => {}
            _ => state.violate(Promise::NotTheOutage),
        }
    }

    /// Ends a request because its caller does not wait any longer.
    pub fn abandon(&self, state: &mut State, process: u8, token: Token) {
        let Some(request) = System::take_request(state, process, token) else { return };
        state.remaining.abandons -= 1;
        self.add_input(state, process, InputKind::Abandon(token));
        if let RequestKind::Settle(number) = request.kind
            && let Some(call) = state.call(process, number)
            && let CallStage::Settling(outcome) = call.stage
        {
            call.stage = CallStage::Kept(outcome);
        }
    }
}
