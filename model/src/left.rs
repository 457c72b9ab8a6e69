//! How often each thing may still happen. It bounds the model.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Left {
    /// Requests for permits, in all processes together.
    pub allows: u8,
    pub ticks: u8,
    /// Answers that are lost.
    pub losses: u8,
    /// Operations that fail.
    pub failures: u8,
    pub crashes: u8,
    pub wipes: u8,
    pub rollbacks: u8,
    pub clock_jumps: u8,
    pub policy_changes: u8,
    pub abandons: u8,
    pub flushes: u8,
}
