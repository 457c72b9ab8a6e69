//! Fuseboard's policy engine as a WebAssembly component in wasmtime.
//!
//! An [`Instance`] is one [`PolicyEngine`](fuseboard::PolicyEngine) in a sandbox: it has the contract's imports and no others, its time,
//! memory, stack and host calls are limited ([`Limits`]), its requests are bounded, and its answers are clamped.
//!
//! Programs use the crate `fuseboard-host`, whose boards add leases, listeners and configuration that reloads.

// Allowed in one module, guest/machine_code.rs.
#![deny(unsafe_code)]
#![warn(clippy::pedantic)]

mod component;
mod error;
pub mod fork;
mod guest;
mod limits;

pub use component::Component;
pub use error::Error;
pub use guest::{CodeOrigin, Instance};
pub use limits::Limits;
