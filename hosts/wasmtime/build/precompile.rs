//! Compiles a component to machine code that every CPU of a target can run. Used by `hosts/precompile`, and by `build.rs` with the
//! feature `precompile`.

#[path = "../src/guest/compiler_settings.rs"]
mod compiler_settings;

pub(crate) use compiler_settings::CodeGoal;

use wasmtime::{Config, Engine, Result};

/// The CPU features that code for x86-64 may use: SSE 4.2 and POPCNT, which every x86-64 CPU since 2009 has. Elsewhere: none beyond
/// the target's baseline.
const X86_64_PRESET: &str = "x86-64-v2";

/// Machine code of a component for a target triple.
pub(crate) fn precompile(component: &[u8], target: &str, goal: CodeGoal) -> Result<Vec<u8>> {
    let mut config = compiler_settings::compiler_settings(goal);
    // Without a target given, wasmtime would use every feature of the CPU that it runs on.
    config.target(target)?;
    if target.starts_with("x86_64-") {
        enable(&mut config, X86_64_PRESET);
    }
    Engine::new(&config)?.precompile_component(component)
}

/// Enables a flag or a preset of Cranelift.
#[allow(unsafe_code)]
fn enable(config: &mut Config, flag: &str) {
    // SAFETY: wrong flags could make wrong code. A preset of CPU features only selects instructions, and wasmtime compares these
    // features with the CPU's before it loads the code.
    unsafe { config.cranelift_flag_enable(flag) };
}
