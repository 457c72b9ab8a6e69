use super::admission::Leases;
use super::engine_kind::{EngineKind, SharedClock, SharedStore};
use super::error_classifier::ErrorClassifier;
use super::event_dispatcher::{ErrorListener, Listener};
use super::handle::Board;
use super::identity_source::IdentitySource;
use super::observers::{CallRecord, Observe};
use super::on_engine_error::OnEngineError;
use super::on_start::OnStart;
use super::reload_state::ReloadListener;
use super::store_kind::StoreKind;
use crate::config_sources::ConfigSources;
use crate::error::Error;
use fuseboard::{Clock, Diagnostic, Document, Event, Identity, Report};
use fuseboard_stores::SystemClock;
use std::error::Error as StdError;
use std::fmt;
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
    pub(super) config: ConfigSources,
    pub(super) watching: Watching,
    pub(super) reload_listeners: Vec<ReloadListener>,
    pub(super) store: Option<SharedStore>,
    pub(super) store_kind: StoreKind,
    pub(super) clock: SharedClock,
    pub(super) engine: EngineKind,
    pub(super) instances: usize,
    #[cfg(feature = "component")]
    pub(super) component: ComponentOptions,
    pub(super) listeners: Vec<Listener>,
    pub(super) error_listeners: Vec<ErrorListener>,
    pub(super) observers: Vec<Observe>,
    pub(super) classifier: ErrorClassifier,
    pub(super) on_engine_error: OnEngineError,
    pub(super) on_start: OnStart,
    pub(super) leases: Leases,
    pub(super) identities: IdentitySource,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Watching {
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
            observers: Vec::new(),
            classifier: ErrorClassifier::default(),
            on_engine_error: OnEngineError::default(),
            on_start: OnStart::default(),
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

    /// Reloads soon after a file of the configuration has changed, as long as the board exists. A file that another one was renamed onto
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

    /// Sets how many engines share the work, 1 to 64. Each host or name is served by one of them. An engine runs one step of a request at a
    /// time and is free while the store works, so more than one helps only where many threads decide at once.
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

    /// Adds a listener that receives every event, the events of a circuit in their order. It runs after the engine has returned, so it may
    /// call the board. If it panics, the panic is caught.
    ///
    /// One thread at a time calls the listeners: that of the call that caused the event, or one that is calling them already. A listener
    /// that blocks delays later events, but no call of another thread. At most 10,000 events wait for it.
    pub fn listener(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Builder {
        self.listeners.push(Box::new(listener));
        self
    }

    /// Adds a listener that receives the errors that no caller can receive: from an engine that failed during an `allow`
    /// ([`OnEngineError::Admit`]), from settling a [`Board::call`] or a [`Guard`](crate::Guard), from reloading by [`Builder::watch`], and
    /// from dropping the board. It also receives that an observer panicked, and that events were dropped because a listener blocks.
    pub fn error_listener(mut self, listener: impl Fn(&Error) + Send + Sync + 'static) -> Builder {
        self.error_listeners.push(Box::new(listener));
        self
    }

    /// Adds an observer, which receives one record for each call: a refused one when it is refused, an admitted one when it is settled.
    ///
    /// It runs on the thread of the call with no lock held, and may call the board; its own calls are not observed. One that panics is
    /// called no more, and the error listeners are notified once.
    pub fn observer(mut self, observer: impl Fn(&CallRecord<'_>) + Send + Sync + 'static) -> Builder {
        self.observers.push(Box::new(observer));
        self
    }

    /// Sets how errors of guarded calls are reported. The function receives the error and then its sources, until it returns a report.
    /// `None` for all of them, or a panic, reports the error's type name. A refusal among the sources is neutral, whatever the function says.
    ///
    /// ```no_run
    /// use fuseboard_host::{Board, End, Report};
    /// use std::io;
    ///
    /// let builder = Board::builder().classify_error(|error| {
    ///     let error: &io::Error = error.downcast_ref()?;
    ///     (error.kind() == io::ErrorKind::TimedOut).then(|| Report::new(End::Raised(vec!["timeout".to_owned()])))
    /// });
    /// ```
    pub fn classify_error(mut self, classify: impl Fn(&(dyn StdError + 'static)) -> Option<Report> + Send + Sync + 'static) -> Builder {
        self.classifier = ErrorClassifier::new(classify);
        self
    }

    /// Sets what happens to a call if the engine fails while it decides. Default: [`OnEngineError::Admit`].
    pub fn on_engine_error(mut self, choice: OnEngineError) -> Builder {
        self.on_engine_error = choice;
        self
    }

    /// Sets what happens if the store cannot be read when the board is built. Default: [`OnStart::Local`].
    pub fn on_start(mut self, choice: OnStart) -> Builder {
        self.on_start = choice;
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
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Builder");
        shown.field("engine", &self.engine).field("instances", &self.instances);
        shown.field("leases", &self.leases).field("on_engine_error", &self.on_engine_error).finish_non_exhaustive()
    }
}
