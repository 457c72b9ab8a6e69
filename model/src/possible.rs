//! Which actions are possible in a state.

use crate::action::Action;
use crate::call::CallStage;
use crate::operation::Asked;
use crate::process::{Process, Request, Stage};
use crate::state::State;
use crate::system::System;

impl System {
    pub fn possible_actions(&self, state: &State, actions: &mut Vec<Action>) {
        let left = &state.left;
        for (number, process) in (0_u8..).zip(&state.processes) {
            self.of_process(state, number, process, actions);
            for request in &process.requests {
                of_request(state, number, request, actions);
            }
        }
        if left.wipes > 0 && state.content.is_some() {
            actions.push(Action::Wipe);
        }
        if left.rollbacks > 0 {
            actions.extend((1_u8..).take(state.earlier.len()).map(|versions| Action::RollBack { versions }));
        }
        if left.ticks > 0 {
            actions.push(Action::Tick);
        }
    }

    fn of_process(&self, state: &State, number: u8, process: &Process, actions: &mut Vec<Action>) {
        let left = &state.left;
        if process.requests.len() < self.configuration.requests {
            if left.allows > 0 {
                actions.push(Action::Allow { process: number });
            }
            let of_process = state.calls.iter().filter(|call| call.process == number && call.stage == CallStage::Running);
            for call in of_process {
                let settle = |&verdict| Action::Settle { process: number, call: call.number, verdict };
                actions.extend(self.configuration.verdicts.iter().map(settle));
            }
            if left.flushes > 0 && process.history.output.kept > 0 {
                actions.push(Action::Flush { process: number });
            }
        }
        if left.crashes > 0 {
            actions.push(Action::Crash { process: number });
        }
        if left.clock_jumps > 0 {
            let others = self.configuration.clocks.iter().filter(|ahead| **ahead != process.offset);
            actions.extend(others.map(|&ahead| Action::SetClock { process: number, ahead }));
        }
        if left.policy_changes > 0 && usize::from(process.policy) + 1 < self.configuration.policies.len() {
            actions.push(Action::ChangePolicy { process: number });
        }
    }
}

fn of_request(state: &State, process: u8, request: &Request, actions: &mut Vec<Action>) {
    let (left, token) = (&state.left, request.token);
    match &request.stage {
        Stage::Asks(asked) => {
            actions.push(Action::CarryOut { process, token });
            if left.failures > 0 {
                actions.push(Action::Fail { process, token });
            }
            if left.losses > 0 && matches!(asked, Asked::Swap { .. }) {
                actions.push(Action::LoseAnswer { process, token });
                actions.push(Action::LoseSwap { process, token });
            }
        }
        Stage::Told(_) => actions.push(Action::Deliver { process, token }),
        Stage::MayGoOn => actions.push(Action::GoOn { process, token }),
        Stage::Waits => {}
    }
    if left.abandons > 0 {
        actions.push(Action::Abandon { process, token });
    }
}
