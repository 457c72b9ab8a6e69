//! Flags for the linker of the component. A native build needs none.

/// Bytes of stack inside the sandbox: the deepest JSON that the engine reads traps at 32 KiB and passes at 64.
const STACK_BYTES: u32 = 131_072;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() != Ok("wasm") {
        return;
    }
    println!("cargo:rustc-link-arg-cdylib=-zstack-size={STACK_BYTES}");
    // The default adapter would bring imports of its own. Only this linker knows the flag: `cargo component` links by itself.
    if std::env::var("RUSTC_LINKER").is_ok_and(|linker| linker.ends_with("wasm-component-ld")) {
        println!("cargo:rustc-link-arg-cdylib=--wasi-adapter=none");
    }
}
