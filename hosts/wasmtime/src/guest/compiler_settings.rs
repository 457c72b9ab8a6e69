//! The settings that machine code depends on. wasmtime refuses code that was compiled with other ones, so compiling and loading both
//! begin with this configuration.

use wasmtime::{Config, Inlining};

/// A configuration with every setting that becomes part of the code, and no other.
pub(crate) fn compiler_settings() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true).epoch_interruption(true);
    // Makes requests faster, and compiling three to four times slower.
    config.compiler_inlining(Inlining::Yes);
    config
}
