//! The Redis store against real servers, which each test starts for itself on loopback.

mod cache;
mod clock;
mod cluster;
mod cost;
mod faults;
mod fork;
mod listing;
mod proxy;
mod races;
mod server;
mod stalls;
mod storage_contract;
#[cfg(feature = "redis-tls")]
mod tls;
