//! Stores, the storage contract as a test, and a guard around stores that violate it.

mod any_store;
mod async_guard;
mod async_store;
mod blocking_store;
pub mod contract;
mod fault_plan;
mod faulty;
mod guard;
mod limits;
mod memory;
mod memory_shard;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;
mod versions;
mod wait;

pub use any_store::{AnyStore, StoreUrlError};
pub use async_store::{AsyncStore, BoxFuture};
pub use blocking_store::BlockingStore;
pub use fault_plan::{Fault, Operation};
pub use faulty::FaultyStore;
pub use guard::StoreGuard;
pub use memory::{MEMORY_BYTES_MAX, MEMORY_KEYS_MAX, MemoryStore};
#[cfg(feature = "redis")]
pub use redis::{CacheMode, RedisClock, RedisSettings, RedisSettingsError, RedisStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{ForkGuard, SqliteOptions, SqliteStore, Synchronous};
