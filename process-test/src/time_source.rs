//! The clock of a process: the machine's, one that is wrong and steps, or the server's beneath such a one.

use fuseboard_host::time::{Millis, Mono, Wall};
use fuseboard_host::{Clock, SystemClock};
use fuseboard_stores::{AnyStore, RedisClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The machine's clocks, with a time of day that is wrong by so many milliseconds. Clones share the step.
#[derive(Clone, Debug)]
pub struct SteppingClock {
    system: SystemClock,
    wrong_by_ms: Arc<AtomicI64>,
}

impl SteppingClock {
    #[must_use]
    pub fn new(wrong_by_ms: i64) -> SteppingClock {
        SteppingClock { system: SystemClock::new(), wrong_by_ms: Arc::new(AtomicI64::new(wrong_by_ms)) }
    }

    pub fn step(&self, by_ms: i64) {
        self.wrong_by_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}

impl Clock for SteppingClock {
    fn wall(&self) -> Wall {
        Wall(self.system.wall().0.saturating_add_signed(self.wrong_by_ms.load(Ordering::Relaxed)))
    }

    fn mono(&self) -> Mono {
        self.system.mono()
    }

    fn coarse(&self) -> Mono {
        self.system.coarse()
    }
}

/// Whose time of day a process takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeOfDay {
    /// The machine's, wrong by so many milliseconds.
    Own { wrong_by_ms: i64 },
    /// The store's server's. The machine's is wrong by so many milliseconds.
    Servers { wrong_by_ms: i64 },
}

impl TimeOfDay {
    pub const RIGHT: TimeOfDay = TimeOfDay::Own { wrong_by_ms: 0 };

    #[must_use]
    pub fn wrong_by_ms(self) -> i64 {
        match self {
            TimeOfDay::Own { wrong_by_ms } | TimeOfDay::Servers { wrong_by_ms } => wrong_by_ms,
        }
    }

    /// As an argument of `process-worker`.
    #[must_use]
    pub fn to_argument(self) -> String {
        match self {
            TimeOfDay::Own { wrong_by_ms } => format!("own:{wrong_by_ms}"),
            TimeOfDay::Servers { wrong_by_ms } => format!("server:{wrong_by_ms}"),
        }
    }

    #[must_use]
    pub fn from_argument(text: &str) -> Option<TimeOfDay> {
        let (kind, ms) = text.split_once(':')?;
        let wrong_by_ms = ms.parse().ok()?;
        match kind {
            "own" => Some(TimeOfDay::Own { wrong_by_ms }),
            "server" => Some(TimeOfDay::Servers { wrong_by_ms }),
            _ => None,
        }
    }

    /// The clock of a board over this store.
    ///
    /// # Errors
    /// If the server's time is wanted, and the store has no server, or it does not answer.
    pub fn clock(self, own: &SteppingClock, store: &AnyStore) -> Result<Arc<dyn Clock + Send + Sync>, String> {
        match (self, store) {
            (TimeOfDay::Own { .. }, _) => Ok(Arc::new(own.clone())),
            (TimeOfDay::Servers { .. }, AnyStore::Redis(store)) => {
                let clock = RedisClock::new(store, own.clone());
                clock.synchronize(Millis(10_000)).map_err(|error| error.to_string())?;
                Ok(Arc::new(clock))
            }
            (TimeOfDay::Servers { .. }, _) => Err("only Redis has a server's clock".to_owned()),
        }
    }
}
