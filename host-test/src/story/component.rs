//! The component in wasmtime, as an engine that plays stories.

use super::player::{Dependencies, Player, Start};
use fuseboard_wasmtime::{Instance, Limits};

/// The component in wasmtime, without a board's leases and repeated refusals.
pub type ComponentEngine = Instance;
/// The component as a player.
pub type Component = Player<ComponentEngine>;

/// On a busy machine a guest must not look slow: its time is measured in real time.
const GUEST_MS: u64 = 60_000;

impl Start for Instance {
    fn start(dependencies: Dependencies) -> Instance {
        let limits = Limits { guest_ms: GUEST_MS, ..Limits::default() };
        Instance::new(dependencies.clock, dependencies.store, limits).expect("the embedded component starts")
    }
}
