//! The component in its sandbox: how it is compiled, limited, fed and asked.

mod answer;
mod bindings;
mod clamp;
mod compiled;
mod imports;
mod instance;
mod lengths;
mod lent;
mod look;
mod question;
mod shield;
#[cfg(test)]
mod sandbox_tests;
mod ticker;

pub(crate) use compiled::Compiled;
pub use instance::{Asked, Instance};
pub(crate) use lent::Ports;
