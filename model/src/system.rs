//! The model: its first state, and what each action does.

use crate::action::Action;
use crate::configuration::Configuration;
use crate::history::{Histories, Time};
use crate::late_allow::LateAllows;
use crate::policies::SKEW;
use crate::process::{Clock, Process};
use crate::promise::Promise;
use crate::seen::{Event, Seen};
use crate::state::State;
use crate::stored::Content;
use stateright::{Model, Property};

/// The time of day at the begin of the model, in milliseconds.
pub const START: u64 = 1_800_000_000_000;
/// The monotonic time then, in nanoseconds.
const MONO_START: u64 = 1_000_000_000;
const NS_PER_MS: u64 = 1_000_000;
/// Earlier versions of the record that the store can be rolled back to.
const VERSIONS_KEPT: usize = 2;

/// The model of one configuration.
pub struct System {
    pub configuration: &'static Configuration,
    pub histories: Histories,
    pub late_allows: LateAllows,
}

impl System {
    #[must_use]
    pub fn new(configuration: &'static Configuration) -> System {
        let sources = || configuration.policies.iter().map(crate::policies::ModelPolicy::sources).collect();
        System { configuration, histories: Histories::new(sources()), late_allows: LateAllows::new(sources()) }
    }

    /// The time of a process's clocks.
    #[must_use]
    pub fn time_of(time: u64, offset: i64) -> Time {
        Time { wall: (START + time).saturating_add_signed(offset), mono: MONO_START + time * NS_PER_MS }
    }

    /// A process that was just started, `started` times before.
    fn started(&self, number: u8, started: u64, time: u64, (offset, clock): (i64, Clock), policy: u8) -> Process {
        let writer = 1 + u64::from(number) + 100 * started;
        let history = self.histories.begin(writer, u64::from(number), System::time_of(time, offset), policy);
        Process { history, policy, offset, clock, requests: Vec::new(), admitted: 0 }
    }

    /// A process ends at any moment. An operation that was not carried out is never carried out: a process that waits, and ends after
    /// it, shows the other case.
    fn crash(&self, state: &mut State, number: u8) {
        let Some(process) = state.processes.get(usize::from(number)) else { return };
        let started = process.history.writer / 100 + 1;
        let clock = if process.clock == Clock::WithinSkew { Clock::WithinSkew } else { Clock::Far };
        let new = self.started(number, started, state.time, (process.offset, clock), process.policy);
        state.processes[usize::from(number)] = new;
        state.calls.retain(|call| call.process != number);
        state.left.crashes -= 1;
    }

    /// The store's content becomes something that no process wrote now.
    pub fn replace_content(&self, state: &mut State, content: Content) {
        state.content = content;
        state.end_streak();
        let slots = crate::stored::facts_of(&state.content).slots().to_vec();
        for call in &mut state.calls {
            if call.claim.and_then(|claim| claim.probe).is_some_and(|slot| !slots.contains(&slot)) {
                call.slot = crate::call::SlotState::Undone;
            }
        }
    }

    /// Remembers what the store holds, before it changes.
    pub fn remember(&self, state: &mut State) {
        if state.left.rollbacks > 0 {
            state.earlier.push(state.content.clone());
            if state.earlier.len() > VERSIONS_KEPT {
                state.earlier.remove(0);
            }
        }
    }

    fn roll_back(&self, state: &mut State, versions: u8) {
        let at = state.earlier.len().saturating_sub(usize::from(versions));
        let Some(content) = state.earlier.get(at).cloned() else { return };
        state.earlier.truncate(at);
        state.left.rollbacks -= 1;
        if state.left.rollbacks == 0 {
            state.earlier = Vec::new();
        }
        self.replace_content(state, content);
    }

    fn set_clock(state: &mut State, number: u8, ahead: i64) {
        let process = &mut state.processes[usize::from(number)];
        let jump = ahead.abs_diff(process.offset);
        process.offset = ahead;
        if jump > SKEW {
            process.clock = if process.history.before.is_none() { Clock::Far } else { Clock::JumpedWhileRunning };
        }
        state.left.clock_jumps -= 1;
    }

    fn act(&self, state: &mut State, action: Action) {
        match action {
            Action::Allow { process } => self.begin_allow(state, process),
            Action::Settle { process, call, verdict } => self.begin_settle(state, process, call, verdict),
            Action::Flush { process } => self.begin_flush(state, process),
            Action::CarryOut { process, token } => self.carry_out(state, process, token),
            Action::Deliver { process, token } | Action::GoOn { process, token } => self.deliver(state, process, token),
            Action::Fail { process, token } => self.fail(state, process, token),
            Action::LoseAnswer { process, token } => self.lose_answer(state, process, token),
            Action::LoseSwap { process, token } => self.lose_swap(state, process, token),
            Action::Abandon { process, token } => self.abandon(state, process, token),
            Action::Crash { process } => self.crash(state, process),
            Action::Wipe => {
                state.left.wipes -= 1;
                state.seen.add(Event::Wiped);
                self.remember(state);
                self.replace_content(state, None);
            }
            Action::RollBack { versions } => self.roll_back(state, versions),
            Action::SetClock { process, ahead } => System::set_clock(state, process, ahead),
            Action::ChangePolicy { process } => self.change_policy(state, process),
            Action::Tick => {
                state.left.ticks -= 1;
                state.time += self.configuration.tick;
            }
        }
    }
}

impl Model for System {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let process = |number| self.started(number, 0, 0, (0, Clock::WithinSkew), 0);
        vec![State {
            time: 0,
            content: None,
            earlier: Vec::new(),
            processes: (0..self.configuration.processes).map(process).collect(),
            calls: Vec::new(),
            acknowledged: 0,
            left: self.configuration.at_most,
            violated: None,
            seen: Seen::default(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        // Nothing after a violation is of interest.
        if state.violated.is_none() {
            self.possible_actions(state, actions);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        state.seen = Seen::default();
        self.act(&mut state, action);
        if state.has_deadlock() {
            state.violate(Promise::EachRequestEnds);
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<System>> {
        crate::properties::properties(self.configuration)
    }
}
