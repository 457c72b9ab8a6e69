//! Compiles a component to machine code for the target that this program was built for. `cargo xtask component` runs it;
//! `hosts/wasmtime/build.rs` embeds the result.
//!
//! Usage: `fuseboard-precompile COMPONENT FOLDER`. It writes to `FOLDER/TARGET`:
//!
//! - `fuseboard.cwasm`, the machine code, and `fuseboard-small.cwasm`, half as large, for programs without a compiler;
//! - `fuseboard.wasm`, a copy of the component. The code is embedded only together with a component that equals this copy.

#![warn(clippy::pedantic)]

#[path = "../../wasmtime/build/precompile.rs"]
mod precompile;

use precompile::CodeGoal;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

const TARGET: &str = env!("TARGET");

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [component, folder] = arguments.as_slice() else { return Err("usage: fuseboard-precompile COMPONENT FOLDER".into()) };
    let component = fs::read(component).map_err(|error| format!("{component}: {error}"))?;
    let folder = Path::new(folder).join(TARGET);
    fs::create_dir_all(&folder)?;
    for (name, goal) in [("fuseboard.cwasm", CodeGoal::Speed), ("fuseboard-small.cwasm", CodeGoal::Size)] {
        write(&folder.join(name), &precompile::precompile(&component, TARGET, goal)?)?;
    }
    write(&folder.join("fuseboard.wasm"), &component)
}

/// Writes a file unless it has these bytes already: cargo builds again what depends on a file with a new modification time.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()).into())
}
