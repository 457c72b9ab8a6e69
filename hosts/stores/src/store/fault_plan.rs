//! Faults that are planned for the operations of a store: scripted, counted, or at random.

use fuseboard::time::Millis;
use std::collections::VecDeque;

/// An operation of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Load,
    Swap,
    List,
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The operation is not done: [`StoreError::Unavailable`](fuseboard::StoreError::Unavailable).
    Unavailable,
    /// The operation is not done, and the caller cannot know that: [`StoreError::Unknown`](fuseboard::StoreError::Unknown).
    LostRequest,
    /// The operation is done and its answer is lost: [`StoreError::Unknown`](fuseboard::StoreError::Unknown).
    LostAnswer,
    /// The operation is not done, now or later: [`StoreError::Refused`](fuseboard::StoreError::Refused).
    Refused,
    /// The operation takes this long, by the clock of [`FaultyStore::with_clock`](super::FaultyStore::with_clock), also if it had less time.
    Late(Millis),
    /// As `Late`, but within the time that the operation has. If that is too short, the operation is not done, and is
    /// [`StoreError::Unavailable`](fuseboard::StoreError::Unavailable) at its end.
    Slow(Millis),
}

#[derive(Default)]
pub(super) struct FaultPlan {
    pub(super) scripted: VecDeque<ScriptedFault>,
    /// The first operation that fails (counted from 1), and how many fail.
    pub(super) nth: Option<(u64, u64, Fault)>,
    pub(super) random: Option<RandomFaults>,
    pub(super) operations: u64,
}

pub(super) struct ScriptedFault {
    pub(super) operation: Operation,
    pub(super) fault: Fault,
    pub(super) times: u32,
}

pub(super) struct RandomFaults {
    pub(super) state: u64,
    pub(super) per_mille: u64,
}

impl FaultPlan {
    pub(super) fn next(&mut self, operation: Operation) -> Option<Fault> {
        self.operations = self.operations.saturating_add(1);
        self.scripted_fault(operation).or_else(|| self.nth_fault()).or_else(|| self.random.as_mut().and_then(RandomFaults::fault))
    }

    fn scripted_fault(&mut self, operation: Operation) -> Option<Fault> {
        let scripted = self.scripted.iter_mut().find(|scripted| scripted.operation == operation && scripted.times > 0)?;
        scripted.times -= 1;
        let fault = scripted.fault;
        self.scripted.retain(|scripted| scripted.times > 0);
        Some(fault)
    }

    fn nth_fault(&self) -> Option<Fault> {
        let (first, times, fault) = self.nth?;
        (self.operations >= first && self.operations - first < times).then_some(fault)
    }
}

impl RandomFaults {
    fn fault(&mut self) -> Option<Fault> {
        let roll = self.roll();
        if roll % 1_000 >= self.per_mille {
            return None;
        }
        Some(match self.roll() % 4 {
            0 => Fault::Unavailable,
            1 => Fault::LostRequest,
            2 => Fault::LostAnswer,
            _ => Fault::Refused,
        })
    }

    /// `SplitMix64`: small, and the same on every machine.
    fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
