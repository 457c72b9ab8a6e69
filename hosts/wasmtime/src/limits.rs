/// What the engine may use, so that no component can hurt its host, and no argument can hurt the component.
///
/// ```
/// use fuseboard_host::Limits;
/// let limits = Limits { guest_ms: 200, ..Limits::default() };
/// assert_eq!(limits.memory_bytes, 64 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time that the engine itself may take for one call, the host's clock and store not counted. Measured in ticks of
    /// [`TICK_MS`](Limits::TICK_MS). Reading a configuration may take ten times as long.
    pub guest_ms: u64,
    /// Linear memory of one instance; at most [`MEMORY_BYTES_MAX`](Limits::MEMORY_BYTES_MAX).
    pub memory_bytes: usize,
    /// Entries in the tables of one instance.
    pub table_entries: usize,
    /// Stack of one call. The component's own stack, in its memory, is part of the component.
    pub stack_bytes: usize,
    /// Questions to the clock and the store in one call.
    pub host_calls: u32,
    /// What the host may copy out of the engine in one call.
    pub answer_bytes: usize,
}

impl Limits {
    /// How exactly the engine's time is measured.
    pub const TICK_MS: u64 = 10;
    pub const MEMORY_BYTES_MAX: usize = 256 << 20;
    pub(crate) const TABLE_ENTRIES_MAX: usize = 20_000;
    /// Short of it wasmtime could not even enter the component.
    pub(crate) const STACK_BYTES_MIN: usize = 16 << 10;
    /// Threads have at least 2 MiB of stack, and the host's own functions need some of it.
    pub(crate) const STACK_BYTES_MAX: usize = 1 << 20;

    /// The same within what this library can uphold.
    pub(crate) fn clamped(self) -> Limits {
        Limits {
            guest_ms: self.guest_ms.max(Limits::TICK_MS),
            memory_bytes: self.memory_bytes.min(Limits::MEMORY_BYTES_MAX),
            table_entries: self.table_entries.min(Limits::TABLE_ENTRIES_MAX),
            stack_bytes: self.stack_bytes.clamp(Limits::STACK_BYTES_MIN, Limits::STACK_BYTES_MAX),
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            guest_ms: 1_000,
            memory_bytes: 64 << 20,
            table_entries: 10_000,
            stack_bytes: 512 << 10,
            // A flush of 10,000 kept outcomes asks a few times for each.
            host_calls: 100_000,
            answer_bytes: 64 << 20,
        }
    }
}
