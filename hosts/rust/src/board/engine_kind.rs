//! The two kinds of engine, and how one is made.

use crate::error::Error;
use fuseboard::{Clock, StepEngine, Store};
use std::sync::Arc;

#[cfg(feature = "native")]
use fuseboard_stores::{ClockGuard, StoreGuard};
#[cfg(feature = "component")]
use fuseboard_wasmtime::{CodeOrigin, Component, Limits};
#[cfg(feature = "component")]
use std::path::PathBuf;

/// How a board runs the policy engine. Both kinds return the same answers and store the same records.
///
/// The default is the component, or the native engine where the crate is built without the feature `component`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineKind {
    /// A WebAssembly component in wasmtime: sandboxed, replaceable at run time, the same bytes as in other languages.
    #[cfg(feature = "component")]
    #[default]
    Component,
    /// Compiled into the program: the fastest.
    #[cfg(feature = "native")]
    #[cfg_attr(not(feature = "component"), default)]
    Native,
}

pub(super) type SharedClock = Arc<dyn Clock + Send + Sync>;
pub(super) type SharedStore = Arc<dyn Store + Send + Sync>;
pub(super) type AnyEngine = dyn StepEngine + Send;
pub(super) type BoxedEngine = Box<AnyEngine>;

/// The builder's settings of the component.
#[cfg(feature = "component")]
#[derive(Default)]
pub(super) struct ComponentOptions {
    /// Another component than the embedded one.
    pub(super) path: Option<PathBuf>,
    /// The folder that keeps the compiled component.
    pub(super) compiled_in: Option<PathBuf>,
    pub(super) limits: Limits,
}

/// What all engines of a board are made from.
pub(super) struct EngineFactory {
    source: EngineSource,
    clock: SharedClock,
    store: SharedStore,
}

enum EngineSource {
    #[cfg(feature = "component")]
    Component(Component),
    #[cfg(feature = "native")]
    Native,
}

impl EngineFactory {
    #[cfg(feature = "component")]
    pub(super) fn component(options: &ComponentOptions, clock: SharedClock, store: SharedStore) -> Result<EngineFactory, Error> {
        let ComponentOptions { path, compiled_in, limits } = options;
        let component = match path {
            Some(path) => Component::from_file(path, *limits, compiled_in.as_deref())?,
            None => Component::embedded(*limits, compiled_in.as_deref())?,
        };
        Ok(EngineFactory { source: EngineSource::Component(component), clock, store })
    }

    #[cfg(feature = "native")]
    pub(super) fn native(clock: SharedClock, store: SharedStore) -> EngineFactory {
        EngineFactory { source: EngineSource::Native, clock, store }
    }

    /// What the error listeners receive when the board is built: why the component had to be compiled, if it had to be.
    pub(super) fn start_warning(&self) -> Option<Error> {
        match &self.source {
            #[cfg(feature = "component")]
            EngineSource::Component(component) => match component.code_origin() {
                CodeOrigin::Fallback { why } => Some(Error::compiled_at_start(why.clone())),
                _ => None,
            },
            #[cfg(feature = "native")]
            EngineSource::Native => None,
        }
    }

    /// Starts one engine, not configured yet.
    #[cfg_attr(not(feature = "component"), allow(clippy::unnecessary_wraps, reason = "starting a component can fail"))]
    pub(super) fn start(&self) -> Result<BoxedEngine, Error> {
        let (clock, store) = (Arc::clone(&self.clock), Arc::clone(&self.store));
        match &self.source {
            #[cfg(feature = "component")]
            EngineSource::Component(component) => Ok(Box::new(component.start(clock, store)?)),
            #[cfg(feature = "native")]
            EngineSource::Native => Ok(Box::new(fuseboard::Engine::new(ClockGuard::new(clock), StoreGuard::new(store)))),
        }
    }
}
