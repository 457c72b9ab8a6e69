//! Passes linker flags when the target is the component. A native build needs none.

/// Stack of the component. The most deeply nested JSON that the engine reads overflows 32 KiB, and fits into 64.
const STACK_BYTES: u32 = 131_072;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() != Ok("wasm") {
        return;
    }
    println!("cargo:rustc-link-arg-cdylib=-zstack-size={STACK_BYTES}");
    // The default adapter would add imports. Only this linker has the flag; `cargo component` uses a linker of its own.
    if std::env::var("RUSTC_LINKER").is_ok_and(|linker| linker.ends_with("wasm-component-ld")) {
        println!("cargo:rustc-link-arg-cdylib=--wasi-adapter=none");
    }
}
