//! Clocks and stores for Fuseboard's engine, and the contract that every store must uphold.
//!
//! A crate of its own, because tests of the native engine need it too and must not compile wasmtime.
//!
//! ```
//! use fuseboard::{Document, Engine, Identity, Sources, Target};
//! use fuseboard_stores::{ManualClock, MemoryStore};
//!
//! let clock = ManualClock::default();
//! let mut engine = Engine::new(clock.clone(), MemoryStore::with_clock(clock));
//! engine.configure(&Sources::default(), Identity { writer: 1, seed: 0 }).unwrap();
//! engine.allow(&Target::name("orders-db")).unwrap();
//! ```

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

mod clock;
mod store;

pub use clock::{ClockGuard, DuringSleep, ManualClock, SystemClock};
pub use store::{
    AnyStore, AsyncStore, BlockingStore, BoxFuture, Fault, FaultyStore, MEMORY_BYTES_MAX, MEMORY_KEYS_MAX, MemoryStore, Operation,
    StoreGuard, StoreUrlError, contract,
};
#[cfg(feature = "redis")]
pub use store::{CacheMode, RedisClock, RedisSettings, RedisSettingsError, RedisStore};
#[cfg(feature = "sqlite")]
pub use store::{ForkGuard, SqliteOptions, SqliteStore, Synchronous};
