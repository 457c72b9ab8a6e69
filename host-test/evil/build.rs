//! Flags for the linker, as for the engine's component: its stack, and no adapter with imports of its own.

const STACK_BYTES: u32 = 131_072;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("wasm") {
        println!("cargo:rustc-link-arg-cdylib=-zstack-size={STACK_BYTES}");
        println!("cargo:rustc-link-arg-cdylib=--wasi-adapter=none");
    }
}
