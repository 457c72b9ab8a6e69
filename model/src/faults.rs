//! Faults of processes and of the store.

use crate::history::History;
use crate::model_policy::SKEW;
use crate::process::{ClockAccuracy, Process};
use crate::process_time::ProcessTime;
use crate::situation::Situation;
use crate::state::State;
use crate::stored_text::{StoreContent, circuit_of};
use crate::system::System;
use crate::tracked_call::SlotState;
use fuseboard::Identity;

/// The number of earlier contents that the store can be rolled back to.
const VERSIONS_KEPT: usize = 2;
/// The writer of a process is its number plus one, plus this for each restart.
const WRITERS_PER_RESTART: u64 = 100;

/// Whether a process, or an earlier start of it, is this writer.
pub fn is_writer(process: u8, writer: u64) -> bool {
    writer % WRITERS_PER_RESTART == 1 + u64::from(process)
}

fn restarts(history: &History) -> u64 {
    history.identity.writer / WRITERS_PER_RESTART
}

impl System {
    /// A process after `restarts` restarts.
    pub fn start(&self, number: u8, restarts: u64, time: u64, (offset, clock): (i64, ClockAccuracy), policy: u8) -> Process {
        let identity = Identity { writer: 1 + u64::from(number) + WRITERS_PER_RESTART * restarts, seed: u64::from(number) };
        let history = self.histories.begin(identity, ProcessTime::new(time, offset), policy);
        Process { history, policy, offset, clock, requests: Vec::new(), admitted: 0 }
    }

    /// Ends a process and starts it again. An operation that was not carried out is never carried out. The other case, that the process
    /// ends after its operation, is another order of the same actions.
    pub fn crash(&self, state: &mut State, number: u8) {
        let Some(process) = state.processes.get(usize::from(number)) else { return };
        let accuracy = if process.clock == ClockAccuracy::WithinSkew { ClockAccuracy::WithinSkew } else { ClockAccuracy::Far };
        let clock = (process.offset, accuracy);
        let new = self.start(number, restarts(&process.history) + 1, state.time, clock, process.policy);
        state.processes[usize::from(number)] = new;
        state.calls.retain(|call| call.process != number);
        state.remaining.crashes -= 1;
    }

    /// Empties the store.
    pub fn wipe(state: &mut State) {
        state.remaining.wipes -= 1;
        state.situations.add(Situation::Wiped);
        System::remember_content(state);
        System::replace_content(state, None);
    }

    /// Remembers what the store holds, before it changes.
    pub fn remember_content(state: &mut State) {
        if state.remaining.rollbacks > 0 {
            state.earlier.push(state.content.clone());
            if state.earlier.len() > VERSIONS_KEPT {
                state.earlier.remove(0);
            }
        }
    }

    /// Returns the store to what it held `versions` changes ago.
    pub fn roll_back(state: &mut State, versions: u8) {
        let at = state.earlier.len().saturating_sub(usize::from(versions));
        let Some(content) = state.earlier.get(at).cloned() else { return };
        state.earlier.truncate(at);
        state.remaining.rollbacks -= 1;
        if state.remaining.rollbacks == 0 {
            state.earlier = Vec::new();
        }
        System::replace_content(state, content);
    }

    /// Replaces the content of the store without a swap.
    fn replace_content(state: &mut State, content: StoreContent) {
        state.content = content;
        state.end_streak();
        let slots = circuit_of(&state.content).slots().to_vec();
        for call in &mut state.calls {
            if call.claim.and_then(|claim| claim.probe).is_some_and(|slot| !slots.contains(&slot)) {
                call.slot = SlotState::Undone;
            }
        }
    }

    pub fn set_clock(state: &mut State, number: u8, ahead: i64) {
        let process = &mut state.processes[usize::from(number)];
        let jump = ahead.abs_diff(process.offset);
        process.offset = ahead;
        if jump > SKEW {
            process.clock = if process.history.before.is_none() { ClockAccuracy::Far } else { ClockAccuracy::JumpedWhileRunning };
        }
        state.remaining.clock_jumps -= 1;
    }
}
