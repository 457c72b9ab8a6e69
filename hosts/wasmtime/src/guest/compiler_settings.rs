//! The settings that machine code depends on. wasmtime refuses code that was compiled with other ones, so compiling and loading both
//! begin with this configuration.

use wasmtime::{Config, Inlining};

/// What machine code is compiled for.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "the build makes code of both kinds, a library loads one kind")]
pub(crate) enum CodeGoal {
    /// The component is built for size, with few of its functions inlined. Here they are.
    Speed,
    /// Half as large.
    Size,
}

/// A configuration with every setting that becomes part of the code, and no other.
pub(crate) fn compiler_settings(goal: CodeGoal) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true).epoch_interruption(true);
    // Inlining makes requests faster, and compiling three to four times slower.
    config.compiler_inlining(match goal {
        CodeGoal::Speed => Inlining::Yes,
        CodeGoal::Size => Inlining::No,
    });
    // Where a trap happened, as an offset in the component. A backtrace names the functions without it. It is a tenth of the code.
    config.generate_address_map(matches!(goal, CodeGoal::Speed));
    config
}
