//! Fuseboard for Rust programs: a [`Board`] of circuit breakers over the policy engine, with clocks, stores, leases, listeners and
//! configuration that reloads.
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
//!         Err(CallError::Refused(refused)) => println!("refused; try again in {:?}", refused.retry_after()),
//!         Err(other) => println!("{other}"),
//!     }
//!     Ok(())
//! }
//! # fn fetch() -> Result<String, std::io::Error> { Ok(String::new()) }
//! ```
//!
//! # Engines
//!
//! A board runs the engine in one of two ways, chosen by [`Builder::engine`]. Both return the same answers and store the same records,
//! so boards of both kinds may share a store.
//!
//! - `EngineKind::Component` (feature `component`): the engine as a WebAssembly component in wasmtime. Take it where the engine should
//!   be sandboxed, replaceable at run time, or the same bytes as in other languages.
//! - `EngineKind::Native` (feature `native`): the engine compiled into the program. Take it where only speed counts. With this feature
//!   alone the crate builds without wasmtime.
//!
//! Targets, permits, reports and answers are the engine crate's own types, exported here again. `examples/readme.rs` is a whole
//! program; `cargo xtask demo` shows boards that guard calls to a failing HTTP server, in `demo/`.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic, missing_debug_implementations)]

#[cfg(not(any(feature = "component", feature = "native")))]
compile_error!("fuseboard-host needs an engine: enable its feature `component`, its feature `native`, or both");

mod board;
mod config_sources;
mod error;
mod random;
mod watch;

pub use board::{
    Admission, Answered, AsyncGuard, Board, Builder, CallError, CallRecord, EngineKind, Guard, GuardError, Handle, Leases, OnEngineError,
    OnStart, Settlement, TargetStatus, report_of, report_with,
};
pub use error::Error;
pub use fuseboard::advisor::{Metrics, Suggestion};
pub use fuseboard::{
    AboutReport, Cause, CircuitKind, CircuitStatus, Claim, Clock, Command, Commanded, CooldownStatus, DEFAULT_ROLE, Diagnostic, Document,
    End, Entry, Event, EventKind, Explanation, Filter, Flushed, HealthReport, Hint, Identity, LastFailure, Limit, Listing, Lookup, Outcome,
    OverrideKind, OverrideStatus, Page, Permit, Phase, Problem, ProblemCode, Reason, Refusal, Refused, Report, Revision, Scope,
    ServiceKind, Setting, Settled, Severity, Sources, Store, StoreError, Swap, Target, Verdict, WindowCounts, WriteMark, Written, hints,
    time,
};
pub use fuseboard_stores::{
    AsyncStore, BlockingStore, BoxFuture, Fault, FaultyStore, MEMORY_BYTES_MAX, MEMORY_KEYS_MAX, ManualClock, MemoryStore, Operation,
    SystemClock, contract,
};
#[cfg(feature = "component")]
pub use fuseboard_wasmtime::Limits;
