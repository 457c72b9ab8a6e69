//! The clocks of a process. Its time of day comes from the machine or from the store's server, and may be wrong.

use fuseboard_host::time::{Millis, Mono, Wall};
use fuseboard_host::{Clock, SystemClock};
use fuseboard_stores::{AnyStore, RedisClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The machine's clocks, with an offset that is added to the time of day. Clones share the offset.
#[derive(Clone, Debug)]
pub struct SteppingClock {
    system: SystemClock,
    offset_ms: Arc<AtomicI64>,
}

impl SteppingClock {
    #[must_use]
    pub fn new(offset_ms: i64) -> SteppingClock {
        SteppingClock { system: SystemClock::new(), offset_ms: Arc::new(AtomicI64::new(offset_ms)) }
    }

    /// Adds to the offset.
    pub fn step(&self, by_ms: i64) {
        self.offset_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}

impl Clock for SteppingClock {
    fn wall(&self) -> Wall {
        Wall(self.system.wall().0.saturating_add_signed(self.offset_ms.load(Ordering::Relaxed)))
    }

    fn mono(&self) -> Mono {
        self.system.mono()
    }

    fn coarse(&self) -> Mono {
        self.system.coarse()
    }
}

/// Where a process gets its time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSource {
    /// From the machine, plus an offset.
    Machine { offset_ms: i64 },
    /// From the store's server. The machine's time has an offset.
    Server { offset_ms: i64 },
}

impl TimeSource {
    pub const ACCURATE: TimeSource = TimeSource::Machine { offset_ms: 0 };

    #[must_use]
    pub fn offset_ms(self) -> i64 {
        match self {
            TimeSource::Machine { offset_ms } | TimeSource::Server { offset_ms } => offset_ms,
        }
    }

    /// The argument of `process-worker`.
    #[must_use]
    pub fn to_argument(self) -> String {
        match self {
            TimeSource::Machine { offset_ms } => format!("machine:{offset_ms}"),
            TimeSource::Server { offset_ms } => format!("server:{offset_ms}"),
        }
    }

    #[must_use]
    pub fn from_argument(text: &str) -> Option<TimeSource> {
        let (kind, ms) = text.split_once(':')?;
        let offset_ms = ms.parse().ok()?;
        match kind {
            "machine" => Some(TimeSource::Machine { offset_ms }),
            "server" => Some(TimeSource::Server { offset_ms }),
            _ => None,
        }
    }

    /// The clock of a board over this store.
    ///
    /// # Errors
    /// If the time comes from the server, and the store has none, or it does not answer.
    pub fn clock(self, machine: &SteppingClock, store: &AnyStore) -> Result<Arc<dyn Clock + Send + Sync>, String> {
        match (self, store) {
            (TimeSource::Machine { .. }, _) => Ok(Arc::new(machine.clone())),
            (TimeSource::Server { .. }, AnyStore::Redis(store)) => {
                let clock = RedisClock::new(store, machine.clone());
                clock.synchronize(Millis(10_000)).map_err(|error| error.to_string())?;
                Ok(Arc::new(clock))
            }
            (TimeSource::Server { .. }, _) => Err("time source: must be machine:MS for a store without a server".to_owned()),
        }
    }
}
