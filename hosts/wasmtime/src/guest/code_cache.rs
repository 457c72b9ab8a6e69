//! A folder in which compiled components are kept for further processes.

use std::path::Path;
use wasmtime::{Cache, CacheConfig, Result};

/// Opens wasmtime's cache in this folder. It finds code by the component's hash, the compiler's settings and wasmtime's version, and
/// ignores a damaged file.
pub(super) fn open(folder: &Path) -> Result<Cache> {
    let mut config = CacheConfig::new();
    config.with_directory(std::path::absolute(folder)?);
    Cache::new(config)
}

#[cfg(test)]
mod tests {
    use super::super::machine_code::MachineCode;
    use super::*;

    /// Compiles with a new cache in this folder. Returns its hits and misses.
    fn compile(folder: &Path) -> (usize, usize) {
        let cache = open(folder).unwrap();
        MachineCode::compile(b"\0asm\x0d\0\x01\0", Some(cache.clone())).unwrap();
        (cache.cache_hits(), cache.cache_misses())
    }

    fn files(folder: &Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn code_of_another_process_is_found_and_damaged_code_compiled_again() {
        let folder = std::env::temp_dir().join(format!("fuseboard-compiled-{}", std::process::id()));
        assert_eq!(compile(&folder), (0, 1));
        assert_eq!(compile(&folder), (1, 0));
        for file in files(&folder) {
            std::fs::write(file, "damaged").unwrap();
        }
        assert_eq!(compile(&folder), (0, 1));
        // The cache's own thread may still write there.
        drop(std::fs::remove_dir_all(&folder));
    }
}
