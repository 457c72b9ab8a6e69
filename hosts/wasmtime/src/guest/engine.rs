//! The wasmtime engine that instances run in.

use super::compiler_settings::{CodeGoal, compiler_settings};
use crate::limits::Limits;
use wasmtime::{Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result};

/// Instances that may exist at once in an engine.
pub(super) const POOL_INSTANCES: u32 = 256;
/// Core modules, memories and tables of one component. Ours needs one memory and one table; a component with adapters needs more.
const POOL_MODULES_EACH: u32 = 8;
const POOL_MEMORIES_EACH: u32 = 2;

/// The goal of the code that this library loads. A program without a compiler is small, so its code is too.
pub(super) const CODE_GOAL: CodeGoal = if cfg!(feature = "compiler") { CodeGoal::Speed } else { CodeGoal::Size };

/// An engine whose calls have this much stack. It loads code compiled with [`compiler_settings`], whatever the stack.
pub(super) fn engine(stack_bytes: usize) -> Result<Engine> {
    let mut config = compiler_settings(CODE_GOAL);
    config.max_wasm_stack(stack_bytes);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    // The pool reserves address space, not memory. Where address space is limited too, instances are allocated one by one.
    Engine::new(&config).or_else(|_| Engine::new(config.allocation_strategy(InstanceAllocationStrategy::OnDemand)))
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
