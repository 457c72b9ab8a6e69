//! How requests begin, go on and end.

use crate::action::Action;
use crate::call::CallStage;
use crate::history::{Input, Next, Outage, Verdict, What};
use crate::operation::Told;
use crate::process::{Aim, Known, Request, Stage, Trouble};
use crate::promise::Promise;
use crate::state::State;
use crate::system::System;
use fuseboard::Token;

impl System {
    /// Gives a process's engine one more input.
    fn give(&self, state: &mut State, number: u8, what: What) -> Next {
        let time = state.time;
        let process = &mut state.processes[usize::from(number)];
        process.history = self.histories.extend(&process.history, Input { time: System::time_of(time, process.offset), what });
        let output = &process.history.output;
        for request in process.requests.iter_mut().filter(|request| output.woken.contains(&request.token)) {
            request.stage = Stage::MayGoOn;
        }
        if output.outage == Outage::Since {
            process.requests.iter_mut().for_each(|request| request.trouble = Trouble::Some);
        }
        output.next.clone()
    }

    fn begin(&self, state: &mut State, process: u8, aim: Aim, what: What) {
        let trouble = match state.processes[usize::from(process)].history.output.outage {
            Outage::None => Trouble::None,
            Outage::Since => Trouble::Some,
        };
        let next = self.give(state, process, what);
        let request = Request {
            token: Token(0),
            aim,
            stage: Stage::Waits,
            known: Known::Nothing,
            trouble,
            began_at: state.time,
            asked_at: 0,
            asked_by: 0,
        };
        self.follow(state, process, request, next);
    }

    pub fn begin_allow(&self, state: &mut State, process: u8) {
        state.left.allows -= 1;
        self.begin(state, process, Aim::Allow, What::Allow);
    }

    pub fn begin_settle(&self, state: &mut State, process: u8, number: u8, verdict: Verdict) {
        let Some(call) = state.call(process, number) else { return };
        call.stage = CallStage::Settling(verdict);
        let claim = call.claim;
        self.begin(state, process, Aim::Settle(number), What::Settle(claim, verdict));
    }

    pub fn begin_flush(&self, state: &mut State, process: u8) {
        state.left.flushes -= 1;
        self.begin(state, process, Aim::Flush, What::Flush);
    }

    pub fn change_policy(&self, state: &mut State, number: u8) {
        state.left.policy_changes -= 1;
        let process = &mut state.processes[usize::from(number)];
        process.policy += 1;
        let what = What::Configure(process.policy);
        self.give(state, number, what);
    }

    /// Takes a request out of its process.
    pub fn take_request(state: &mut State, process: u8, token: Token) -> Option<Request> {
        let requests = &mut state.processes[usize::from(process)].requests;
        let at = requests.iter().position(|request| request.token == token)?;
        Some(requests.remove(at))
    }

    /// Delivers the reply of a request's operation, or its turn.
    pub fn deliver(&self, state: &mut State, process: u8, token: Token) {
        let Some(request) = System::take_request(state, process, token) else { return };
        let told = match &request.stage {
            Stage::Told(told) => told.clone(),
            Stage::MayGoOn => Told::GoOn,
            Stage::Asks(_) | Stage::Waits => return,
        };
        let next = self.give(state, process, What::Reply(token, told));
        self.follow(state, process, request, next);
    }

    /// What a request does next.
    fn follow(&self, state: &mut State, number: u8, request: Request, next: Next) {
        let time = state.time;
        let process = &mut state.processes[usize::from(number)];
        let trouble = if process.history.output.outage == Outage::Since { Trouble::Some } else { request.trouble };
        let request = Request { trouble, ..request };
        let (token, request) = match next {
            Next::Asks(token, asked) => {
                (token, Request { token, stage: Stage::Asks(asked), asked_at: time, asked_by: process.policy, ..request })
            }
            Next::Waits(token) => (token, Request { token, stage: Stage::Waits, ..request }),
            answer => return self.end(state, number, &request, answer),
        };
        let at = process.requests.partition_point(|other| other.token < token);
        process.requests.insert(at, request);
    }

    fn end(&self, state: &mut State, process: u8, request: &Request, answer: Next) {
        match (request.aim, answer) {
            (Aim::Allow, Next::Admitted(claim)) => self.admitted(state, process, request, claim),
            (Aim::Allow, Next::Refused(reason, wait)) => self.refused(state, process, request, (reason, wait)),
            (Aim::Settle(call), Next::Settled(written)) => self.settled(state, process, request, (call, written)),
            (Aim::Flush, Next::Flushed) => {}
            _ => state.violate(Promise::NotTheOutage),
        }
    }

    /// The caller of a request does not wait any longer.
    pub fn abandon(&self, state: &mut State, process: u8, token: Token) {
        let Some(request) = System::take_request(state, process, token) else { return };
        state.left.abandons -= 1;
        self.give(state, process, What::Abandon(token));
        if let Aim::Settle(number) = request.aim
            && let Some(call) = state.call(process, number)
            && let CallStage::Settling(verdict) = call.stage
        {
            call.stage = CallStage::Kept(verdict);
        }
    }
}

impl Action {
    /// The process that acts, if one does.
    #[must_use]
    pub fn process(self) -> Option<u8> {
        match self {
            Action::Allow { process }
            | Action::Settle { process, .. }
            | Action::Flush { process }
            | Action::CarryOut { process, .. }
            | Action::Deliver { process, .. }
            | Action::Fail { process, .. }
            | Action::LoseAnswer { process, .. }
            | Action::LoseSwap { process, .. }
            | Action::GoOn { process, .. }
            | Action::Abandon { process, .. }
            | Action::Crash { process }
            | Action::SetClock { process, .. }
            | Action::ChangePolicy { process } => Some(process),
            Action::Wipe | Action::RollBack { .. } | Action::Tick => None,
        }
    }
}
