/// What a component may use of its host.
///
/// ```
/// use fuseboard_wasmtime::Limits;
/// let limits = Limits { guest_ms: 200, ..Limits::default() };
/// assert_eq!(limits.memory_bytes, 64 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time for one request, without the time in the host's clock and store. Measured in ticks of [`TICK_MS`](Limits::TICK_MS). Reading a
    /// configuration may take ten times as long.
    pub guest_ms: u64,
    /// Linear memory of one instance; at most [`MEMORY_BYTES_MAX`](Limits::MEMORY_BYTES_MAX).
    pub memory_bytes: usize,
    /// Table entries of one instance.
    pub table_entries: usize,
    /// Machine stack for one request. The component's own stack is a part of its memory.
    pub stack_bytes: usize,
    /// Calls of the clock and the store in one request.
    pub host_calls: u32,
    /// Bytes that the host may copy out of the component in one request.
    pub answer_bytes: usize,
}

impl Limits {
    /// The precision to which a request's time is measured.
    pub const TICK_MS: u64 = 10;
    pub const MEMORY_BYTES_MAX: usize = 256 << 20;
    pub(crate) const TABLE_ENTRIES_MAX: usize = 20_000;
    /// With less, wasmtime cannot enter the component.
    pub(crate) const STACK_BYTES_MIN: usize = 16 << 10;
    /// Threads have at least 2 MiB of stack, and the host's functions need a part of it.
    pub(crate) const STACK_BYTES_MAX: usize = 1 << 20;

    /// The limits within the range that this crate supports.
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
            // A flush of 10,000 outcomes needs a few host calls for each.
            host_calls: 100_000,
            answer_bytes: 64 << 20,
        }
    }
}
