//! Embeds the component, and its machine code where there is any for this target.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[cfg(feature = "precompile")]
extern crate wasmtime_build as wasmtime;
#[cfg(feature = "precompile")]
#[path = "build/precompile.rs"]
mod precompile;

/// The path of a component to embed instead of the one that `cargo xtask component` built.
const VARIABLE: &str = "FUSEBOARD_COMPONENT";
/// Where the component is in a checkout, and where in a package.
const IN_CHECKOUT: &str = "../../target/component/fuseboard.wasm";
const IN_PACKAGE: &str = "component/fuseboard.wasm";
/// A folder that only a checkout has.
const CHECKOUT: &str = "../../xtask";

fn main() -> io::Result<()> {
    let output = PathBuf::from(variable("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rustc-check-cfg=cfg(packaged)");
    if !Path::new(CHECKOUT).exists() {
        println!("cargo::rustc-cfg=packaged");
    }
    let component = component()?;
    let code = match &component {
        Some((path, bytes)) => code(path, bytes)?,
        None => None,
    };
    // A program that cannot compile the component, but has its code, needs no more than the code.
    let is_needed = cfg!(feature = "compiler") || code.is_none();
    let bytes = component.map(|(_, bytes)| if is_needed { bytes } else { Vec::new() });
    let constants =
        [constant("COMPONENT", &output.join("fuseboard.wasm"), bytes)?, constant("CODE", &output.join("fuseboard.cwasm"), code)?];
    fs::write(output.join("embedded.rs"), constants.concat())
}

/// The component and its path. A build without one succeeds: documentation, and programs that use the native engine, need none.
fn component() -> io::Result<Option<(PathBuf, Vec<u8>)>> {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    if let Some(path) = env::var_os(VARIABLE).map(PathBuf::from) {
        println!("cargo::rerun-if-changed={}", path.display());
        let bytes = fs::read(&path).map_err(|error| io::Error::other(format!("{VARIABLE}={}: {error}", path.display())))?;
        return Ok(Some((path, bytes)));
    }
    for path in [IN_CHECKOUT, IN_PACKAGE].map(PathBuf::from) {
        if let Ok(bytes) = fs::read(&path) {
            println!("cargo::rerun-if-changed={}", path.display());
            return Ok(Some((path, bytes)));
        }
    }
    if Path::new(CHECKOUT).exists() {
        // While the file is missing, cargo runs this script at every build, so it finds the component as soon as it is built.
        println!("cargo::rerun-if-changed={IN_CHECKOUT}");
    }
    println!("cargo::warning=no component is embedded: run `cargo xtask component`, or set {VARIABLE} to the path of a component");
    Ok(None)
}

/// Machine code of this component for this target: compiled by `cargo xtask component`, or by this script with the feature
/// `precompile`.
fn code(path: &Path, component: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let target = variable("TARGET")?;
    let folder = path.with_file_name(&target);
    let code = folder.join(if cfg!(feature = "compiler") { "fuseboard.cwasm" } else { "fuseboard-small.cwasm" });
    let made_from = folder.join("fuseboard.wasm");
    // Cargo runs this script at every build while the folder is missing: only a checkout may get it later.
    if folder.exists() || path == Path::new(IN_CHECKOUT) {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    if code.exists() && fs::read(made_from).is_ok_and(|made_from| made_from == component) {
        return fs::read(code).map(Some);
    }
    compile(component, &target)
}

#[cfg(feature = "precompile")]
fn compile(component: &[u8], target: &str) -> io::Result<Option<Vec<u8>>> {
    let goal = if cfg!(feature = "compiler") { precompile::CodeGoal::Speed } else { precompile::CodeGoal::Size };
    match precompile::precompile(component, target, goal) {
        Ok(code) => Ok(Some(code)),
        Err(error) => {
            println!("cargo::warning=the component is compiled when the program starts, not in this build: {error}");
            Ok(None)
        }
    }
}

#[cfg(not(feature = "precompile"))]
#[allow(clippy::unnecessary_wraps)] // As the other one.
fn compile(_: &[u8], _: &str) -> io::Result<Option<Vec<u8>>> {
    Ok(None)
}

/// A constant of Rust source that embeds these bytes.
fn constant(name: &str, path: &Path, bytes: Option<Vec<u8>>) -> io::Result<String> {
    let value = match bytes {
        Some(bytes) => {
            fs::write(path, bytes)?;
            format!("Some(include_bytes!({path:?}))")
        }
        None => "None".to_owned(),
    };
    Ok(format!("const {name}: Option<&[u8]> = {value};\n"))
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|error| io::Error::other(format!("{name}: {error}")))
}
