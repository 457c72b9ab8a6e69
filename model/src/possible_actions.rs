//! The actions that are possible in a state.

use crate::action::Action;
use crate::operation::ModelOperation;
use crate::process::Process;
use crate::request::{Request, RequestStage};
use crate::state::State;
use crate::system::System;
use crate::tracked_call::CallStage;

impl System {
    pub fn possible_actions(&self, state: &State, actions: &mut Vec<Action>) {
        let remaining = &state.remaining;
        for (number, process) in (0_u8..).zip(&state.processes) {
            self.add_process_actions(state, number, process, actions);
            for request in &process.requests {
                add_request_actions(state, number, request, actions);
            }
        }
        if remaining.wipes > 0 && state.content.is_some() {
            actions.push(Action::Wipe);
        }
        if remaining.rollbacks > 0 {
            actions.extend((1_u8..).take(state.earlier.len()).map(|versions| Action::RollBack { versions }));
        }
        if remaining.ticks > 0 {
            actions.push(Action::Tick);
        }
    }

    fn add_process_actions(&self, state: &State, number: u8, process: &Process, actions: &mut Vec<Action>) {
        let remaining = &state.remaining;
        if process.requests.len() < self.configuration.requests {
            if remaining.allows > 0 {
                actions.push(Action::Allow { process: number });
            }
            let running = state.calls.iter().filter(|call| call.process == number && call.stage == CallStage::Running);
            for call in running {
                let settle = |&outcome| Action::Settle { process: number, call: call.number, outcome };
                actions.extend(self.configuration.outcomes.iter().map(settle));
            }
            if remaining.flushes > 0 && process.history.output.kept > 0 {
                actions.push(Action::Flush { process: number });
            }
        }
        if remaining.crashes > 0 {
            actions.push(Action::Crash { process: number });
        }
        if remaining.clock_jumps > 0 {
            let others = self.configuration.clock_offsets.iter().filter(|ahead| **ahead != process.offset);
            actions.extend(others.map(|&ahead| Action::SetClock { process: number, ahead }));
        }
        if remaining.policy_changes > 0 && usize::from(process.policy) + 1 < self.configuration.policies.len() {
            actions.push(Action::ChangePolicy { process: number });
        }
    }
}

fn add_request_actions(state: &State, process: u8, request: &Request, actions: &mut Vec<Action>) {
    let (remaining, token) = (&state.remaining, request.token);
    match &request.stage {
        RequestStage::NeedsStore(operation) => {
            actions.push(Action::CarryOut { process, token });
            if remaining.failures > 0 {
                actions.push(Action::Fail { process, token });
            }
            if remaining.losses > 0 && matches!(operation, ModelOperation::Swap { .. }) {
                actions.push(Action::LoseAnswer { process, token });
                actions.push(Action::LoseSwap { process, token });
            }
        }
        RequestStage::Replied(_) => actions.push(Action::Deliver { process, token }),
        RequestStage::MayGoOn => actions.push(Action::GoOn { process, token }),
        RequestStage::Waits => {}
    }
    if remaining.abandons > 0 {
        actions.push(Action::Abandon { process, token });
    }
}
