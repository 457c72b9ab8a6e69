//! Fuseboard: a circuit-breaker policy engine.
//!
//! A host provides clocks and a store. Before each call to a remote service it requests a permit with `allow`, and afterwards it
//! reports the outcome with `settle`. The modules are declared in reading order.

#![cfg_attr(not(target_family = "wasm"), forbid(unsafe_code))]
#![warn(clippy::pedantic)]

pub mod time;
mod vec_map;
mod url_parts;
mod redact;
mod quote;
mod names;
mod status_range;
mod write_mark;
mod spread_hash;
mod permit;
mod answer;
mod refused_error;
mod status;
mod problem;
mod sources;
pub mod policy;
pub mod machine;
mod record_limits;
mod host;
pub mod key;
mod type_pattern;
pub mod classify;
mod thousandths;
pub mod hints;
mod document_tree;
mod codec;
pub mod config;
pub mod advisor;
mod policy_engine;
pub mod engine;
#[cfg(target_family = "wasm")]
mod component;

pub use answer::*;
pub use engine::{
    CallerTime, Clock, Engine, Entry, Lookup, Need, Operation, Page, Reply, RequestStep, Revision, Seen, StepAnswer, StepEngine,
    StepRequest, Steps, Store, StoreError, Swap, Token,
};
pub use host::normalize_host;
pub use names::{CircuitKind, DEFAULT_ROLE, Scope, ServiceKind, Target, check_name, normalize_role};
pub use permit::{Claim, End, Hint, Lease, Outcome, Permit, Report, Tally};
pub use policy_engine::{EngineError, PolicyEngine, Stopped};
pub use problem::{Problem, ProblemCode};
pub use redact::redact_urls;
pub use sources::{Diagnostic, Document, Identity, Severity, Sources};
pub use status::*;
pub use status_range::StatusRange;
pub use write_mark::WriteMark;
