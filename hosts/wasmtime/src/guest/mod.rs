//! One instance of the component: how it is compiled, limited and called.

mod bindings;
mod clamp;
#[cfg(feature = "compiler")]
mod code_cache;
mod compiled;
#[cfg(feature = "compiler")]
mod compiled_code;
mod compiler_settings;
mod convert;
mod embedded;
mod engine;
mod from_wit;
mod hints;
mod host_state;
mod imports;
mod instance;
mod lengths;
mod machine_code;
#[cfg(test)]
mod sandbox_tests;
mod steps;
mod ticker;
mod to_wit;

pub use compiled::CodeOrigin;
pub(crate) use compiled::Compiled;
pub(crate) use host_state::HostImports;
pub use instance::Instance;
