use crate::error::Error;
use crate::guest::{CodeOrigin, Compiled, HostImports, Instance};
use crate::limits::Limits;
use fuseboard::{Clock, Store};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

/// A compiled component, from which instances start in microseconds. Cheap to clone.
///
/// A process compiles the same bytes once, and keeps the machine code.
///
/// ```
/// use fuseboard::PolicyEngine;
/// use fuseboard_stores::{ManualClock, MemoryStore};
/// use fuseboard_wasmtime::{Component, Limits};
/// use std::sync::Arc;
///
/// let component = Component::embedded(Limits::default(), None)?;
/// let instance = component.start(Arc::new(ManualClock::default()), Arc::new(MemoryStore::new()))?;
/// assert!(!instance.is_stopped());
/// # Ok::<(), fuseboard_wasmtime::Error>(())
/// ```
#[derive(Clone)]
pub struct Component {
    compiled: Arc<Compiled>,
    limits: Limits,
}

impl Component {
    /// Loads the component that this crate embeds, with the machine code that its build compiled. If that code cannot be used, the
    /// component is compiled, and [`code_origin`](Component::code_origin) returns the reason. `compiled_in` is a folder that then keeps
    /// the code for other processes.
    ///
    /// # Errors
    /// Fails if this crate was built without a component, or if the component cannot be compiled on this machine.
    pub fn embedded(limits: Limits, compiled_in: Option<&Path>) -> Result<Component, Error> {
        let limits = limits.clamped();
        Ok(Component { compiled: Compiled::embedded(limits, compiled_in)?, limits })
    }

    /// Compiles a component from its bytes.
    ///
    /// # Errors
    /// Fails if they are no component, or if its imports or exports are not the contract's.
    pub fn from_bytes(bytes: Vec<u8>, limits: Limits, compiled_in: Option<&Path>) -> Result<Component, Error> {
        let limits = limits.clamped();
        Ok(Component { compiled: Compiled::given(Cow::Owned(bytes), limits, compiled_in)?, limits })
    }

    /// Compiles a component from a file.
    ///
    /// # Errors
    /// Fails if the file cannot be read, and as [`Component::from_bytes`].
    pub fn from_file(path: &Path, limits: Limits, compiled_in: Option<&Path>) -> Result<Component, Error> {
        let bytes = std::fs::read(path).map_err(|error| Error::component(format!("{}: {error}", path.display())))?;
        Component::from_bytes(bytes, limits, compiled_in)
    }

    /// Returns where the component's machine code is from.
    #[must_use]
    pub fn code_origin(&self) -> &CodeOrigin {
        self.compiled.origin()
    }

    /// Starts an instance, not configured yet, over a clock and a store.
    ///
    /// # Errors
    /// Fails if no further instance can be made: for lack of memory, or because 256 run in this process already
    /// ([`Error::is_out_of_instances`]). Trying again later may succeed.
    pub fn start(&self, clock: Arc<dyn Clock + Send + Sync>, store: Arc<dyn Store + Send + Sync>) -> Result<Instance, Error> {
        Instance::start(Arc::clone(&self.compiled), HostImports { clock, store }, self.limits)
    }
}
