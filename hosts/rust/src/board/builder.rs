use super::admission::Leases;
use super::engine_kind::{EngineFactory, EngineKind, SharedClock, SharedStore};
use super::engine_pool::EnginePool;
use super::event_dispatcher::{ErrorListener, EventDispatcher, Listener};
use super::handle::Board;
use super::identity_source::IdentitySource;
use super::inner::{BoardInner, BoardParts};
use super::reload_state::{ReloadListener, ReloadState};
use super::store_kind::StoreKind;
use crate::config_sources::ConfigSources;
use crate::error::Error;
use fuseboard::{Clock, Diagnostic, Document, Event, Identity, Store};
use fuseboard_stores::{MemoryStore, SystemClock};
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "component")]
use super::engine_kind::ComponentOptions;
#[cfg(feature = "component")]
use fuseboard_wasmtime::Limits;

/// The largest number of engines of one board. Each has its own lock, so more engines than cores have no use.
const INSTANCES_MAX: usize = 64;

/// Configures and builds a [`Board`]. Everything has a default: the built-in configuration, a store in memory, the system's clocks, one
/// engine of the default [`EngineKind`].
///
/// ```no_run
/// # fn main() -> Result<(), fuseboard_host::Error> {
/// use fuseboard_host::Board;
/// let board = Board::builder()
///     .config_file("breakers.yaml")
///     .env("FUSEBOARD")
///     .flag("breaker", "api.crossref.org=fail_max:9")
///     .watch()
///     .reload_listener(|warnings| println!("reloaded, {} warnings", warnings.len()))
///     .error_listener(|error| eprintln!("{error}"))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Builder {
    config: ConfigSources,
    watching: Watching,
    reload_listeners: Vec<ReloadListener>,
    store: Option<SharedStore>,
    store_kind: StoreKind,
    clock: SharedClock,
    engine: EngineKind,
    instances: usize,
    #[cfg(feature = "component")]
    component: ComponentOptions,
    listeners: Vec<Listener>,
    error_listeners: Vec<ErrorListener>,
    leases: Leases,
    identities: IdentitySource,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Watching {
    On,
    Off,
}

impl Board {
    pub fn builder() -> Builder {
        Builder {
            config: ConfigSources::default(),
            watching: Watching::Off,
            reload_listeners: Vec::new(),
            store: None,
            store_kind: StoreKind::Immediate,
            clock: Arc::new(SystemClock::new()),
            engine: EngineKind::default(),
            instances: 1,
            #[cfg(feature = "component")]
            component: ComponentOptions::default(),
            listeners: Vec::new(),
            error_listeners: Vec::new(),
            leases: Leases::On,
            identities: IdentitySource::Random,
        }
    }
}

impl Builder {
    /// Adds a configuration document. Later ones take precedence. Diagnostics and explanations show the name, for example a path.
    pub fn document(mut self, name: impl Into<String>, text: impl Into<String>) -> Builder {
        self.config.document(Document { name: name.into(), text: text.into() });
        self
    }

    /// Adds a configuration document that is read from a file when the board is built, and again by [`Board::reload`]. A path from the
    /// environment or from a flag replaces all paths given here.
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Builder {
        self.config.file(path.into());
        self
    }

    /// Reads settings from the environment variables that begin with this prefix, for example `FUSEBOARD`. `<PREFIX>_CONFIG` or
    /// `<PREFIX>S_YAML` is the document's path.
    pub fn env(mut self, prefix: impl Into<String>) -> Builder {
        self.config.environment(prefix.into());
        self
    }

    /// Adds a command-line flag, without its dashes: `config` (the document's path), `breaker-defaults`, `breaker`, `breaker-role`,
    /// `breaker-resolver`, `breaker-classify` or `breaker-rolling`.
    pub fn flag(mut self, name: impl Into<String>, value: impl Into<String>) -> Builder {
        self.config.flag(name.into(), value.into());
        self
    }

    /// Reloads soon after a file of the configuration has changed, as long as the board lives. A file that another one was renamed onto
    /// is read at once, every other changed file when it has been still for 1 s.
    ///
    /// A good reload goes to the reload listeners. A bad one changes nothing and goes to the error listeners. They run on the watcher's
    /// thread, which a forked child process does not have.
    pub fn watch(mut self) -> Builder {
        self.watching = Watching::On;
        self
    }

    /// Adds a listener that receives the warnings of each good reload by [`Builder::watch`]. If it panics, the panic is caught.
    pub fn reload_listener(mut self, listener: impl Fn(&[Diagnostic]) + Send + Sync + 'static) -> Builder {
        self.reload_listeners.push(Box::new(listener));
        self
    }

    /// Sets a store that answers at once. Default: a [`MemoryStore`] for this board alone.
    pub fn store(mut self, store: impl Store + Send + Sync + 'static) -> Builder {
        self.store = Some(Arc::new(store));
        self.store_kind = StoreKind::Immediate;
        self
    }

    /// Sets a store that may block its caller, such as a file or a network: [`Board::call_async`] uses it on a pool of threads.
    pub fn blocking_store(mut self, store: impl Store + Send + Sync + 'static) -> Builder {
        self.store = Some(Arc::new(store));
        self.store_kind = StoreKind::Blocking;
        self
    }

    /// Sets the clock. Default: [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock + Send + Sync + 'static) -> Builder {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets how the policy engine runs. Default: [`EngineKind::default`].
    pub fn engine(mut self, kind: EngineKind) -> Builder {
        self.engine = kind;
        self
    }

    /// Sets how many engines share the work, 1 to 64. Each host or name is served by one of them, and each serves one call at a time, so
    /// more than one helps where calls wait for the store.
    pub fn instances(mut self, instances: usize) -> Builder {
        self.instances = instances.clamp(1, INSTANCES_MAX);
        self
    }

    /// Sets a component other than the embedded one, read when the board is built. It must spell names as this version does, because
    /// leases are found by their circuits' names. For `EngineKind::Component`.
    #[cfg(feature = "component")]
    pub fn component_path(mut self, path: impl Into<PathBuf>) -> Builder {
        self.component.path = Some(path.into());
        self
    }

    /// Keeps the compiled component in this folder, which is created if it does not exist. Other processes then start in milliseconds
    /// instead of compiling it again. For `EngineKind::Component`. Default: nothing is kept.
    ///
    /// Entries are found by the component's hash and wasmtime's version, and unused ones are removed after some time. Whoever can write
    /// to the folder can run code in this process, so choose one that only its user can write to.
    #[cfg(feature = "component")]
    pub fn compiled_in(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.component.compiled_in = Some(folder.into());
        self
    }

    /// Sets what the component may use. For `EngineKind::Component`.
    #[cfg(feature = "component")]
    pub fn limits(mut self, limits: Limits) -> Builder {
        self.component.limits = limits;
        self
    }

    /// Adds a listener that receives every event. It runs on the thread of the call that caused the event, after the engine has returned,
    /// so it may call the board. Events of two threads may arrive in another order than they happened: compare `generation` and `at_ms`.
    /// If it panics, the panic is caught.
    pub fn listener(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Builder {
        self.listeners.push(Box::new(listener));
        self
    }

    /// Adds a listener that receives the errors that no caller can receive: from settling a [`Board::call`], from reloading by
    /// [`Builder::watch`], and from dropping the board.
    pub fn error_listener(mut self, listener: impl Fn(&Error) + Send + Sync + 'static) -> Builder {
        self.error_listeners.push(Box::new(listener));
        self
    }

    /// Sets whether the board uses leases and repeats refusals. With [`Leases::Off`] every call calls the engine.
    pub fn leases(mut self, leases: Leases) -> Builder {
        self.leases = leases;
        self
    }

    /// For tests: sets the first engine's identity; further and restarted engines count the writer up. In production writers must be
    /// random, or two processes would mistake each other's writes for their own.
    pub fn identity(mut self, first: Identity) -> Builder {
        self.identities = IdentitySource::counted(first);
        self
    }

    /// Builds the board.
    ///
    /// # Errors
    /// Fails if the configuration is bad (with all its faults), if its files cannot be watched, or if the component cannot be used.
    pub fn build(self) -> Result<Board, Error> {
        self.build_with_warnings().map(|(board, _)| board)
    }

    /// As [`Builder::build`], and returns the warnings of the configuration.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn build_with_warnings(self) -> Result<(Board, Vec<Diagnostic>), Error> {
        let sources = self.config.read(std::env::vars_os()).map_err(Error::configuration)?;
        let factory = self.engine_factory()?;
        let first = factory.start()?;
        let others = (1..self.instances).map(|_| factory.start()).collect::<Result<Vec<_>, _>>()?;
        let events = EventDispatcher::new(self.listeners, self.error_listeners);
        if let Some(warning) = factory.start_warning() {
            events.dispatch_error(&warning);
        }
        let (engines, warnings) = EnginePool::new(first, others, self.identities, sources.clone())?;
        let inner = Arc::new(BoardInner::new(BoardParts {
            engines,
            events,
            clock: self.clock,
            store_kind: self.store_kind,
            reloads: ReloadState::new(self.config, self.reload_listeners, sources),
            leases: self.leases,
        }));
        if self.watching == Watching::On {
            inner.watch()?;
        }
        Ok((Board { inner }, warnings))
    }

    #[cfg_attr(not(feature = "component"), allow(clippy::unnecessary_wraps, reason = "reading a component can fail"))]
    fn engine_factory(&self) -> Result<EngineFactory, Error> {
        let clock = Arc::clone(&self.clock);
        // A store of the board's own uses the board's clock, so that times to live run as the engine's deadlines do.
        let store = self.store.as_ref().map_or_else(|| Arc::new(MemoryStore::with_clock(Arc::clone(&clock))) as SharedStore, Arc::clone);
        match self.engine {
            #[cfg(feature = "component")]
            EngineKind::Component => EngineFactory::component(&self.component, clock, store),
            #[cfg(feature = "native")]
            EngineKind::Native => Ok(EngineFactory::native(clock, store)),
        }
    }
}
