use super::bindings::BreakerPre;
use super::imports;
use super::lent::Lent;
use super::ticker::Ticker;
use crate::error::Error;
use crate::limits::Limits;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::component::Component;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

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
    pub(super) pre: BreakerPre<Lent>,
}

impl Compiled {
    /// The component that this library carries.
    pub(crate) fn embedded(limits: Limits) -> Result<Arc<Compiled>, Error> {
        Compiled::once(Cow::Borrowed(EMBEDDED), limits)
    }

    /// Compiles these bytes, unless this process has done so before.
    pub(crate) fn once(bytes: Cow<'static, [u8]>, limits: Limits) -> Result<Arc<Compiled>, Error> {
        static KEPT: Mutex<Vec<Arc<Compiled>>> = Mutex::new(Vec::new());
        // Held while compiling: who asks for the same bytes meanwhile would have to wait for them anyway.
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|compiled| compiled.stack_bytes == limits.stack_bytes && compiled.bytes == bytes);
        if let Some(known) = known {
            return Ok(Arc::clone(known));
        }
        let compiled = Arc::new(Compiled::compile(bytes, limits.stack_bytes).map_err(|error| Error::component(format!("{error:#}")))?);
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push(Arc::clone(&compiled));
        Ok(compiled)
    }

    pub(super) fn ticker(&self) -> Result<Arc<Ticker>, Error> {
        Ticker::ticking(&self.engine)
    }

    fn compile(bytes: Cow<'static, [u8]>, stack_bytes: usize) -> wasmtime::Result<Compiled> {
        let engine = engine(stack_bytes)?;
        let component = Component::new(&engine, &bytes)?;
        let pre = BreakerPre::new(imports::link(&engine)?.instantiate_pre(&component)?)?;
        Ok(Compiled { bytes, stack_bytes, engine, pre })
    }
}

pub(super) fn engine(stack_bytes: usize) -> wasmtime::Result<wasmtime::Engine> {
    let mut config = Config::new();
    config.wasm_component_model(true).epoch_interruption(true).max_wasm_stack(stack_bytes);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    // The pool reserves address space, not memory. Where even that is rationed, instances are made one by one.
    wasmtime::Engine::new(&config).or_else(|_| wasmtime::Engine::new(config.allocation_strategy(InstanceAllocationStrategy::OnDemand)))
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
