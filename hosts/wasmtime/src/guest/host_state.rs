use super::ticker::Ticker;
use crate::limits::Limits;
use fuseboard::{Clock, Stopped, Store};
use fuseboard_stores::{ClockGuard, StoreGuard};
use std::sync::Arc;
use wasmtime::{StoreLimits, StoreLimitsBuilder};

/// The clock and the store that a host provides to an instance.
#[derive(Clone)]
pub(crate) struct HostImports {
    pub(crate) clock: Arc<dyn Clock + Send + Sync>,
    pub(crate) store: Arc<dyn Store + Send + Sync>,
}

/// What one instance may call, and what the current request has used of its limits.
pub(super) struct HostState {
    pub(super) clock: ClockGuard<Arc<dyn Clock + Send + Sync>>,
    pub(super) store: StoreGuard<Arc<dyn Store + Send + Sync>>,
    pub(super) memory: StoreLimits,
    limits: Limits,
    ticker: Arc<Ticker>,
    /// The tick at which the current request is interrupted.
    deadline: u64,
    host_calls: u32,
}

/// How long a request may take.
#[derive(Clone, Copy)]
pub(super) enum Budget {
    Call,
    /// Starting, or reading a configuration of a megabyte, takes longer.
    Configuration,
}

impl HostState {
    pub(super) fn new(imports: HostImports, limits: Limits, ticker: Arc<Ticker>) -> HostState {
        let memory = StoreLimitsBuilder::new().memory_size(limits.memory_bytes).table_elements(limits.table_entries).build();
        let (clock, store) = (ClockGuard::new(imports.clock), StoreGuard::new(imports.store));
        HostState { clock, store, memory, limits, ticker, deadline: 0, host_calls: 0 }
    }

    /// Begins a request. Returns after how many ticks to interrupt it.
    pub(super) fn begin(&mut self, budget: Budget) -> u64 {
        let factor = match budget {
            Budget::Call => 1,
            Budget::Configuration => 10,
        };
        // One more, because the current tick has already begun.
        let ticks = self.limits.guest_ms.saturating_mul(factor).div_ceil(Limits::TICK_MS).saturating_add(1);
        self.deadline = self.ticker.ticks().saturating_add(ticks);
        self.host_calls = 0;
        ticks
    }

    /// Counts a host call that begins. Returns the current tick.
    pub(super) fn enter(&mut self) -> Result<u64, Exceeded> {
        if self.host_calls >= self.limits.host_calls {
            return Err(Exceeded { host_calls: self.limits.host_calls });
        }
        self.host_calls += 1;
        Ok(self.ticker.ticks())
    }

    /// Ends the host call that began at a tick. Time in the host does not count against the guest: if ticks passed, this returns after how
    /// many more to interrupt the request.
    pub(super) fn leave(&mut self, entered: u64) -> Option<u64> {
        let now = self.ticker.ticks();
        if now == entered {
            return None;
        }
        self.deadline = self.deadline.saturating_add(now.saturating_sub(entered));
        Some(self.deadline.saturating_sub(now))
    }
}

/// The guest called its host too often in one request.
#[derive(Debug)]
pub(super) struct Exceeded {
    host_calls: u32,
}

impl From<&Exceeded> for Stopped {
    fn from(exceeded: &Exceeded) -> Stopped {
        Stopped::HostCalls(exceeded.host_calls)
    }
}

impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Stopped::from(self).fmt(f)
    }
}

impl std::error::Error for Exceeded {}
