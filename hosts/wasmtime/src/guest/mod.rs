//! One instance of the component: how it is compiled, limited and called.

mod bindings;
mod clamp;
mod compiled;
mod convert;
mod from_wit;
mod host_state;
mod imports;
mod instance;
mod lengths;
#[cfg(test)]
mod sandbox_tests;
mod ticker;
mod to_wit;

pub(crate) use compiled::Compiled;
pub(crate) use host_state::HostImports;
pub use instance::Instance;
