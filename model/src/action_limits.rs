//! How often each action may still happen. These limits bound the model.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActionLimits {
    /// `allow` requests of all processes together.
    pub allows: u8,
    pub ticks: u8,
    /// Answers and swaps that are lost.
    pub losses: u8,
    /// Operations that fail.
    pub failures: u8,
    pub crashes: u8,
    pub wipes: u8,
    pub rollbacks: u8,
    pub clock_jumps: u8,
    pub policy_changes: u8,
    /// Requests that are abandoned.
    pub abandons: u8,
    pub flushes: u8,
}

impl ActionLimits {
    /// No action at all.
    pub const NONE: ActionLimits = ActionLimits {
        allows: 0,
        ticks: 0,
        losses: 0,
        failures: 0,
        crashes: 0,
        wipes: 0,
        rollbacks: 0,
        clock_jumps: 0,
        policy_changes: 0,
        abandons: 0,
        flushes: 0,
    };
}
