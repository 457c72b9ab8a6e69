use super::ticker::Ticker;
use crate::error::Stopped;
use crate::limits::Limits;
use fuseboard::time::{Mono, Wall};
use fuseboard::{Clock, Store};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use wasmtime::{StoreLimits, StoreLimitsBuilder};

/// The two clocks and the store, as an instance can hold and share them.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) clock: Arc<dyn Clock + Send + Sync>,
    pub(crate) store: Arc<dyn Store + Send + Sync>,
}

/// What one instance was lent, and what it has used of its limits in the present call.
pub(super) struct Lent {
    pub(super) ports: Ports,
    pub(super) memory: StoreLimits,
    limits: Limits,
    ticker: Arc<Ticker>,
    /// The tick at which the present call is interrupted.
    deadline: u64,
    host_calls: u32,
    last_wall: Wall,
    last_mono: Mono,
}

/// How long a call may take.
#[derive(Clone, Copy)]
pub(super) enum Budget {
    Call,
    /// Reading a configuration of a megabyte takes its time.
    Configuration,
}

impl Lent {
    pub(super) fn new(ports: Ports, limits: Limits, ticker: Arc<Ticker>) -> Lent {
        let memory = StoreLimitsBuilder::new().memory_size(limits.memory_bytes).table_elements(limits.table_entries).build();
        Lent { ports, memory, limits, ticker, deadline: 0, host_calls: 0, last_wall: Wall(0), last_mono: Mono(0) }
    }

    /// Begins a call; answers after how many ticks it is to be interrupted.
    pub(super) fn begin(&mut self, budget: Budget) -> u64 {
        let factor = match budget {
            Budget::Call => 1,
            Budget::Configuration => 10,
        };
        // The tick under way is a part of one only.
        let ticks = self.limits.guest_ms.saturating_mul(factor).div_ceil(Limits::TICK_MS).saturating_add(1);
        self.deadline = self.ticker.ticks().saturating_add(ticks);
        self.host_calls = 0;
        ticks
    }

    /// The guest asks its host for something: answers the present tick.
    pub(super) fn enter(&mut self) -> Result<u64, Exceeded> {
        if self.host_calls >= self.limits.host_calls {
            return Err(Exceeded { host_calls: self.limits.host_calls });
        }
        self.host_calls += 1;
        Ok(self.ticker.ticks())
    }

    /// The host has answered what it was asked at that tick. Time inside the host does not count against the guest, so where ticks
    /// went by, this answers after how many more the call is to be interrupted.
    pub(super) fn leave(&mut self, entered: u64) -> Option<u64> {
        let now = self.ticker.ticks();
        if now == entered {
            return None;
        }
        self.deadline = self.deadline.saturating_add(now.saturating_sub(entered));
        Some(self.deadline.saturating_sub(now))
    }

    /// A clock that panics stands still: the contract's clocks cannot fail.
    pub(super) fn mono(&mut self) -> Mono {
        let clock = &self.ports.clock;
        let read = catch_unwind(AssertUnwindSafe(|| clock.mono()));
        self.last_mono = read.map_or(self.last_mono, |mono| mono.max(self.last_mono));
        self.last_mono
    }

    pub(super) fn wall(&mut self) -> Wall {
        let clock = &self.ports.clock;
        self.last_wall = catch_unwind(AssertUnwindSafe(|| clock.wall())).unwrap_or(self.last_wall);
        self.last_wall
    }
}

/// The guest asked its host too often in one call.
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
