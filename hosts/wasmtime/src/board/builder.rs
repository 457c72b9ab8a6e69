use super::Board;
use super::admission::Leases;
use super::call_async::Pace;
use super::core::Core;
use super::news::News;
use super::reload::{ReloadListener, Reloads};
use super::seats::{Identities, Seats};
use crate::error::Error;
use crate::guest::{Compiled, Instance, Ports};
use crate::limits::Limits;
use crate::sources::Recipe;
use fuseboard::time::{Mono, Wall};
use fuseboard::{Clock, Diagnostic, Document, Event, Identity, Store};
use fuseboard_lent::{MemoryStore, SystemClock};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Instances of one board at most: each has its own lock, so more than the machine has cores help nobody.
const INSTANCES_MAX: usize = 64;

/// What a board is made of. Everything has a default: the built-in configuration, a store in memory, the machine's clocks, one
/// instance of the embedded component.
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
    recipe: Recipe,
    watching: Watching,
    reload_listeners: Vec<ReloadListener>,
    store: Option<Arc<dyn Store + Send + Sync>>,
    pace: Pace,
    clock: Arc<dyn Clock + Send + Sync>,
    instances: usize,
    component: Component,
    compiled_in: Option<PathBuf>,
    news: News,
    leases: Leases,
    identities: Identities,
    limits: Limits,
}

enum Watching {
    On,
    Off,
}

enum Component {
    Embedded,
    Path(PathBuf),
}

impl Builder {
    pub(super) fn new() -> Builder {
        Builder {
            recipe: Recipe::default(),
            watching: Watching::Off,
            reload_listeners: Vec::new(),
            store: None,
            pace: Pace::Instant,
            clock: Arc::new(SystemClock::new()),
            instances: 1,
            component: Component::Embedded,
            compiled_in: None,
            news: News::default(),
            leases: Leases::On,
            identities: Identities::Random,
            limits: Limits::default(),
        }
    }

    /// Adds a configuration document; later ones win. The name (a path, say) stands in diagnostics and explanations.
    pub fn document(mut self, name: impl Into<String>, text: impl Into<String>) -> Builder {
        self.recipe.document(Document { name: name.into(), text: text.into() });
        self
    }

    /// Adds a configuration document that is read from a file when the board is built, and again by [`Board::reload`]. A path that
    /// the environment or a flag names takes the place of these.
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Builder {
        self.recipe.file(path.into());
        self
    }

    /// Takes settings from the process's environment: the variables that begin with this prefix, as `FUSEBOARD`. `<PREFIX>_CONFIG`
    /// or `<PREFIX>S_YAML` names the document's path.
    pub fn env(mut self, prefix: impl Into<String>) -> Builder {
        self.recipe.environment(prefix.into());
        self
    }

    /// Adds a flag of the program's command line, without its dashes: `config` (the document's path), `breaker-defaults`, `breaker`,
    /// `breaker-role`, `breaker-resolver`, `breaker-classify` or `breaker-rolling`.
    pub fn flag(mut self, name: impl Into<String>, value: impl Into<String>) -> Builder {
        self.recipe.flag(name.into(), value.into());
        self
    }

    /// Reloads soon after a file of the configuration has changed, as long as the board lives. A good reload goes to the reload
    /// listeners; a bad one changes nothing and goes to the error listeners. Their thread is the watcher's,
    /// which a forked child does not have.
    pub fn watch(mut self) -> Builder {
        self.watching = Watching::On;
        self
    }

    /// Hears of each good reload by [`Builder::watch`], with what it left to say. Its panic is caught.
    pub fn reload_listener(mut self, listener: impl Fn(&[Diagnostic]) + Send + Sync + 'static) -> Builder {
        self.reload_listeners.push(Box::new(listener));
        self
    }

    /// A store that answers at once. Default: a [`MemoryStore`] of this board alone.
    pub fn store(mut self, store: impl Store + Send + Sync + 'static) -> Builder {
        self.store = Some(Arc::new(store));
        self.pace = Pace::Instant;
        self
    }

    /// A store that may keep its caller waiting (a file, a network): [`Board::call_async`] asks it on a pool of threads.
    pub fn blocking_store(mut self, store: impl Store + Send + Sync + 'static) -> Builder {
        self.store = Some(Arc::new(store));
        self.pace = Pace::Blocking;
        self
    }

    /// Default: [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock + Send + Sync + 'static) -> Builder {
        self.clock = Arc::new(clock);
        self
    }

    /// How many instances of the component share the work, 1 to 64. Each host or name is served by one of them, and each serves one
    /// call at a time; so more than one helps where calls wait for the store.
    pub fn instances(mut self, instances: usize) -> Builder {
        self.instances = instances.clamp(1, INSTANCES_MAX);
        self
    }

    /// Another component than the embedded one, read when the board is built. It should spell names as this version does: leases
    /// are found by their circuits' names.
    pub fn component_path(mut self, path: impl Into<PathBuf>) -> Builder {
        self.component = Component::Path(path.into());
        self
    }

    /// Keeps the compiled component in this folder, made if it is not there: further processes then start in milliseconds, where each
    /// would else compile for itself. It is found by the component's hash and wasmtime's version, and what is long unused goes. Whoever
    /// can write there can run code in this process, so take a folder of the user's own. Default: nothing is kept.
    pub fn compiled_in(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.compiled_in = Some(folder.into());
        self
    }

    /// Hears of every event, on the thread of the call that brought it, after the engine has returned: it may call the board. Two
    /// threads' events may come in another order than they happened; `generation` and `at_ms` tell. Its panic is caught.
    pub fn listener(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Builder {
        self.news.listeners.push(Box::new(listener));
        self
    }

    /// Hears of errors that have no caller to go to: in settling what [`Board::call`] made, in reloading by [`Builder::watch`], and when
    /// the board is dropped.
    pub fn error_listener(mut self, listener: impl Fn(&Error) + Send + Sync + 'static) -> Builder {
        self.news.error_listeners.push(Box::new(listener));
        self
    }

    /// [`Leases::Off`] makes every call ask the engine.
    pub fn leases(mut self, leases: Leases) -> Builder {
        self.leases = leases;
        self
    }

    /// For tests: the first instance's identity; further ones, and those made anew, count the writer up. In production writers must
    /// be random, or two processes would take each other's writes for their own.
    pub fn identity(mut self, first: Identity) -> Builder {
        self.identities = Identities::counted(first);
        self
    }

    pub fn limits(mut self, limits: Limits) -> Builder {
        self.limits = limits;
        self
    }

    /// # Errors
    /// When the component cannot be used, the configuration is bad (all its faults are told), or its files cannot be watched.
    pub fn build(self) -> Result<Board, Error> {
        self.build_telling().map(|(board, _)| board)
    }

    /// As [`Builder::build`], with what a good configuration left to say.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn build_telling(self) -> Result<(Board, Vec<Diagnostic>), Error> {
        let limits = self.limits.clamped();
        let sources = self.recipe.read(std::env::vars_os()).map_err(Error::configuration)?;
        let compiled = self.component.compiled(limits, self.compiled_in.as_deref())?;
        let clock = self.clock;
        let store = self.store.unwrap_or_else(|| Arc::new(MemoryStore::with_clock(SharedClock(Arc::clone(&clock)))));
        let ports = Ports { clock: Arc::clone(&clock), store };
        let instance = || Instance::start(Arc::clone(&compiled), ports.clone(), limits);
        let first = instance()?;
        let others = (1..self.instances).map(|_| instance()).collect::<Result<Vec<_>, _>>()?;
        let (seats, warnings) = Seats::new(first, others, self.identities, sources.clone())?;
        let mut core = Core::new(seats, self.news, clock, self.leases, self.pace);
        core.reloads = Reloads::new(self.recipe, self.reload_listeners, sources);
        let core = Arc::new(core);
        if matches!(self.watching, Watching::On) {
            core.watch()?;
        }
        Ok((Board { core }, warnings))
    }
}

impl Component {
    fn compiled(self, limits: Limits, kept_in: Option<&Path>) -> Result<Arc<Compiled>, Error> {
        match self {
            Component::Embedded => Compiled::embedded(limits, kept_in),
            Component::Path(path) => {
                let read = std::fs::read(&path).map_err(|error| Error::component(format!("{}: {error}", path.display())))?;
                Compiled::once(Cow::Owned(read), limits, kept_in)
            }
        }
    }
}

/// The board's clock for its own store: times to live then run as the engine's deadlines do.
struct SharedClock(Arc<dyn Clock + Send + Sync>);

impl Clock for SharedClock {
    fn wall(&self) -> Wall {
        self.0.wall()
    }

    fn mono(&self) -> Mono {
        self.0.mono()
    }
}
