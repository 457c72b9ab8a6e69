//! Finds the component that the library embeds.

use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), String> {
    println!("cargo::rerun-if-env-changed=FUSEBOARD_COMPONENT");
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?);
    let built = manifest.join("../../target/component/fuseboard.wasm");
    let component = env::var_os("FUSEBOARD_COMPONENT").map_or(built, PathBuf::from);
    println!("cargo::rerun-if-changed={}", component.display());
    let target = PathBuf::from(env::var("OUT_DIR").map_err(|error| error.to_string())?).join("fuseboard.wasm");
    let missing = |error| format!("{}: {error}; run `cargo xtask component` first", component.display());
    fs::copy(&component, target).map(drop).map_err(missing)
}
