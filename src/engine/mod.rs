//! The engine: it reads the clocks, loads records, decides, and stores what a decision changed, within bounds.

mod clock;
mod store;
mod outage;
mod record_error;
mod two_generation_cache;
mod circuit_ref;
mod route_cache;
mod policy_cache;
mod record_cache;
mod record_diff;
mod backlog;
mod state;
mod request;
mod shared_writer;
mod record_io;
mod decide;
mod write_backlog;
mod assessment;
mod lease;
mod allow;
mod settle;
mod query;
mod admin;
mod native;
mod as_policy_engine;

pub use clock::Clock;
pub use native::Engine;
pub use store::{Entry, Lookup, Page, Revision, Store, StoreError, Swap};
