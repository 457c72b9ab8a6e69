//! Fuseboard for Rust programs: the engine's component in wasmtime, with the clocks, stores, leases and listeners that make it a
//! circuit breaker one can call.
//!
//! ```
//! use fuseboard::Target;
//! use fuseboard_host::{Board, CallError};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let board = Board::builder()
//!         .document("breakers.json", r#"{"hosts": {"api.example": {"fail_max": 3, "reset_timeout_s": 30}}}"#)
//!         .listener(|event| println!("{:?} {:?}", event.kind, event.circuit))
//!         .build()?;
//!     match board.call(&Target::host("api.example"), fetch) {
//!         Ok(page) => println!("{} bytes", page.len()),
//!         Err(CallError::Refused(refused)) => println!("not now, try again in {:?} ms", refused.retry_after_ms),
//!         Err(other) => println!("{other}"),
//!     }
//!     Ok(())
//! }
//! # fn fetch() -> Result<String, std::io::Error> { Ok(String::new()) }
//! ```
//!
//! `examples/readme.rs` is a whole program; `cargo xtask demo` shows boards guarding a sick HTTP server, in `demo/`.
//!
//! A [`Board`] is for programs; an [`Instance`] is the component's exports one to one, for tests of the engine itself. Targets, permits,
//! reports and answers are the engine crate's own types, exported here again.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

mod board;
mod error;
mod guest;
mod limits;
mod random;
mod sources;
mod watch;

pub use board::{Admission, Board, Builder, CallError, Handle, Leases, Pass, Settlement, report_of};
pub use error::Error;
pub use fuseboard::advisor::{Metrics, Suggestion};
pub use fuseboard::{
    AboutReport, CircuitKind, CircuitStatus, Claim, Clock, Command, Commanded, CooldownStatus, DEFAULT_ROLE, Decision, Diagnostic,
    Document, End, Entry, Event, EventKind, Explanation, Filter, Flushed, HealthReport, Identity, LastFailure, Lease, Limit, Listing,
    Lookup, Outcome, OverrideKind, OverrideStatus, Page, Permit, Phase, Problem, ProblemCode, Reason, Refusal, Refused, Report, Revision,
    Scope, ServiceKind, Setting, Settled, Severity, Sources, StatusRange, StatusReport, Store, StoreError, Swap, Tally, Target, Verdict,
    WindowCounts, Written, time,
};
pub use fuseboard_lent::{Fault, FaultyStore, MEMORY_KEYS_MAX, ManualClock, MemoryStore, Operation, SystemClock, contract};
pub use guest::{Asked, Instance};
pub use limits::Limits;
