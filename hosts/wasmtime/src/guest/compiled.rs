use super::bindings::BreakerPre;
use super::host_state::HostState;
use super::imports;
use super::ticker::Ticker;
use crate::error::Error;
use crate::limits::Limits;
use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::component::Component;
use wasmtime::{Cache, CacheConfig, Config, Inlining, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Compiled components kept for boards to come; a process uses one, tests a few.
const KEPT_MAX: usize = 8;
/// Instances of one component that may live at once in a process.
const POOL_INSTANCES: u32 = 256;
/// Core modules, memories and tables of one component: ours needs one memory and one table, an adapter in front some more.
const POOL_MODULES_EACH: u32 = 8;
const POOL_MEMORIES_EACH: u32 = 2;

static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/fuseboard.wasm"));

/// A component compiled and linked, from which instances are made in microseconds.
pub(crate) struct Compiled {
    bytes: Cow<'static, [u8]>,
    stack_bytes: usize,
    pub(super) engine: wasmtime::Engine,
    pub(super) pre: BreakerPre<HostState>,
}

impl Compiled {
    /// The component that this library carries.
    pub(crate) fn embedded(limits: Limits, kept_in: Option<&Path>) -> Result<Arc<Compiled>, Error> {
        Compiled::once(Cow::Borrowed(EMBEDDED), limits, kept_in)
    }

    /// Compiles these bytes, unless this process has done so before, or another one that kept them in the same folder.
    pub(crate) fn once(bytes: Cow<'static, [u8]>, limits: Limits, kept_in: Option<&Path>) -> Result<Arc<Compiled>, Error> {
        static KEPT: Mutex<Vec<Arc<Compiled>>> = Mutex::new(Vec::new());
        // Held while compiling: who asks for the same bytes meanwhile would have to wait for them anyway.
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|compiled| compiled.stack_bytes == limits.stack_bytes && compiled.bytes == bytes);
        if let Some(known) = known {
            return Ok(Arc::clone(known));
        }
        let compiled = Compiled::compile(bytes, limits.stack_bytes, kept_in);
        let compiled = Arc::new(compiled.map_err(|error| Error::component(format!("{error:#}")))?);
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push(Arc::clone(&compiled));
        Ok(compiled)
    }

    pub(super) fn ticker(&self) -> Result<Arc<Ticker>, Error> {
        Ticker::ticking(&self.engine)
    }

    fn compile(bytes: Cow<'static, [u8]>, stack_bytes: usize, kept_in: Option<&Path>) -> wasmtime::Result<Compiled> {
        let engine = engine(stack_bytes, kept_in.map(cache).transpose()?)?;
        let component = Component::new(&engine, &bytes)?;
        let pre = BreakerPre::new(imports::link(&engine)?.instantiate_pre(&component)?)?;
        Ok(Compiled { bytes, stack_bytes, engine, pre })
    }
}

pub(super) fn engine(stack_bytes: usize, cache: Option<Cache>) -> wasmtime::Result<wasmtime::Engine> {
    let mut config = Config::new();
    config.wasm_component_model(true).epoch_interruption(true).max_wasm_stack(stack_bytes).cache(cache);
    // The guest is built for size, with few of its functions inlined.
    config.compiler_inlining(Inlining::Yes);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    // The pool reserves address space, not memory. Where even that is rationed, instances are made one by one.
    wasmtime::Engine::new(&config).or_else(|_| wasmtime::Engine::new(config.allocation_strategy(InstanceAllocationStrategy::OnDemand)))
}

/// wasmtime's own: by the component's hash, the compiler's settings and version. What is damaged there is compiled anew.
fn cache(folder: &Path) -> wasmtime::Result<Cache> {
    let mut config = CacheConfig::new();
    config.with_directory(std::path::absolute(folder)?);
    Cache::new(config)
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(POOL_INSTANCES)
        .total_core_instances(POOL_INSTANCES * POOL_MODULES_EACH)
        .total_memories(POOL_INSTANCES)
        .total_tables(POOL_INSTANCES * POOL_MODULES_EACH)
        .max_core_instances_per_component(POOL_MODULES_EACH)
        .max_memories_per_component(POOL_MEMORIES_EACH)
        .max_tables_per_component(POOL_MODULES_EACH)
        .max_memory_size(Limits::MEMORY_BYTES_MAX)
        .table_elements(Limits::TABLE_ENTRIES_MAX);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often this component was found compiled, and how often not.
    fn compile(folder: &Path) -> (usize, usize) {
        let cache = cache(folder).unwrap();
        Component::new(&engine(Limits::default().stack_bytes, Some(cache.clone())).unwrap(), b"\0asm\x0d\0\x01\0").unwrap();
        (cache.cache_hits(), cache.cache_misses())
    }

    fn files(folder: &Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn what_another_process_compiled_is_found_and_what_is_damaged_there_compiled_anew() {
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
