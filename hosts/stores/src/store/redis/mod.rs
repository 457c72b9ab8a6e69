//! A store in a Redis or Valkey server, for boards of many machines.
//!
//! - `store`: the store itself, which answers from the cache or through the client.
//! - `async_store`: the same for asynchronous programs.
//! - `client`, `runtime`, `progress`, `per_process`: one background thread a process, and callers that wait for it.
//! - `operations`, `replace`, `listing`, `scan_place`, `failure`, `server`: what is sent, and what answers mean.
//! - `servers`, `cluster`, `topology`, `hash_slot`, `connected_server`: which server has a key, and how commands are sent to it.
//! - `link`, `handshake`, `connection`, `backoff`: one connection, made again after a loss.
//! - `cache`, `shard`, `known_changes`, `text`, `revision`, `liveness`, `keep_fresh`, `invalidation`: what is known without asking.
//! - `clock`, `server_time`: the server's time of day, as a clock for boards.
//! - `settings`, `url`, `deployment`, `node_address`, `cache_mode`, `tls`: where the server is.

mod async_store;
mod backoff;
mod cache;
mod cache_mode;
mod client;
mod clock;
mod cluster;
mod connection;
mod deployment;
mod failure;
mod handshake;
mod hash_slot;
mod invalidation;
mod keep_fresh;
mod link;
mod listing;
mod liveness;
mod connected_server;
mod node_address;
mod operations;
mod per_process;
mod progress;
mod replace;
mod revision;
mod runtime;
mod scan_place;
mod server;
mod server_time;
mod servers;
mod settings;
mod shard;
mod store;
mod text;
mod known_changes;
#[cfg(feature = "redis-tls")]
mod tls;
mod topology;
mod url;

pub use cache_mode::CacheMode;
pub use clock::RedisClock;
pub use settings::{RedisSettings, RedisSettingsError};
pub use store::RedisStore;
