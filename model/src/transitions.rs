//! The model as the checker sees it: its first state, and the next state of each action.

use crate::action::Action;
use crate::process::ClockAccuracy;
use crate::promise::Promise;
use crate::situation::SituationSet;
use crate::state::State;
use crate::system::System;
use stateright::{Model, Property};

impl System {
    fn apply_action(&self, state: &mut State, action: Action) {
        match action {
            Action::Allow { process } => self.begin_allow(state, process),
            Action::Settle { process, call, outcome } => self.begin_settle(state, process, call, outcome),
            Action::Flush { process } => self.begin_flush(state, process),
            Action::CarryOut { process, token } => self.carry_out(state, process, token),
            Action::Deliver { process, token } | Action::GoOn { process, token } => self.resume(state, process, token),
            Action::Fail { process, token } => self.fail(state, process, token),
            Action::LoseAnswer { process, token } => self.lose_answer(state, process, token),
            Action::LoseSwap { process, token } => self.lose_swap(state, process, token),
            Action::Abandon { process, token } => self.abandon(state, process, token),
            Action::Crash { process } => self.crash(state, process),
            Action::Wipe => System::wipe(state),
            Action::RollBack { versions } => System::roll_back(state, versions),
            Action::SetClock { process, ahead } => System::set_clock(state, process, ahead),
            Action::ChangePolicy { process } => self.change_policy(state, process),
            Action::Tick => {
                state.remaining.ticks -= 1;
                state.time += self.configuration.tick;
            }
        }
    }
}

impl Model for System {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let process = |number| self.start(number, 0, 0, (0, ClockAccuracy::WithinSkew), 0);
        vec![State {
            time: 0,
            content: None,
            earlier: Vec::new(),
            processes: (0..self.configuration.processes).map(process).collect(),
            calls: Vec::new(),
            acknowledged: 0,
            remaining: self.configuration.limits,
            violated: None,
            situations: SituationSet::default(),
        }]
    }

    /// A state with a violation has no actions: nothing after it is of interest.
    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.violated.is_none() {
            self.possible_actions(state, actions);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        state.situations = SituationSet::default();
        self.apply_action(&mut state, action);
        if state.has_deadlock() {
            state.violate(Promise::EachRequestEnds);
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<System>> {
        crate::properties::properties(self.configuration)
    }
}
