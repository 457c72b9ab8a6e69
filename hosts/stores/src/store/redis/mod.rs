//! A store in a Redis or Valkey server, for boards of many machines.
//!
//! - `store`: the store itself, which answers from the cache or through the client.
//! - `client`, `runtime`, `wait`, `progress`, `per_process`: one background thread a process, and callers that wait for it.
//! - `operations`, `replace`, `listing`, `failure`, `server`: what is sent, and what answers mean.
//! - `link`, `handshake`, `connection`, `backoff`: one connection, made again after a loss.
//! - `cache`, `shard`, `known_changes`, `text`, `revision`, `liveness`, `keep_fresh`, `invalidation`: what is known without asking.
//! - `settings`, `url`, `cache_mode`, `tls`: where the server is.

mod backoff;
mod cache;
mod cache_mode;
mod client;
mod connection;
mod failure;
mod handshake;
mod invalidation;
mod keep_fresh;
mod link;
mod listing;
mod liveness;
mod operations;
mod per_process;
mod progress;
mod replace;
mod revision;
mod runtime;
mod server;
mod settings;
mod shard;
mod store;
mod text;
mod known_changes;
#[cfg(feature = "redis-tls")]
mod tls;
mod url;
mod wait;

pub use cache_mode::CacheMode;
pub use settings::{RedisSettings, RedisSettingsError};
pub use store::RedisStore;
