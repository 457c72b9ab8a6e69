//! Reading the sources again: when the program asks, or when a watched file has changed.

use super::Board;
use super::core::Core;
use super::seats::Exports;
use crate::error::Error;
use crate::sources::Recipe;
use crate::watch::{Seen, Watch};
use fuseboard::{Diagnostic, Severity, Sources};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub(super) type ReloadListener = Box<dyn Fn(&[Diagnostic]) + Send + Sync>;
/// The sources, or why they could not be read.
type Read = Result<Sources, Vec<Diagnostic>>;

/// What a board's configuration comes from.
#[derive(Default)]
pub(super) struct Reloads {
    recipe: Recipe,
    listeners: Vec<ReloadListener>,
    /// What was read last. Locked while it is read and put to use: older sources must not come over newer ones.
    last: Mutex<Option<Read>>,
    watch: OnceLock<Watch>,
}

impl Reloads {
    pub(super) fn new(recipe: Recipe, listeners: Vec<ReloadListener>, sources: Sources) -> Reloads {
        Reloads { recipe, listeners, last: Mutex::new(Some(Ok(sources))), watch: OnceLock::new() }
    }

    fn tell(&self, warnings: &[Diagnostic]) {
        for listener in &self.listeners {
            drop(catch_unwind(AssertUnwindSafe(|| listener(warnings))));
        }
    }
}

impl Board {
    /// Reads files and environment again, as the builder named them, and configures the board anew. Circuits keep their state, and
    /// permits stay good; leases end. Answers the warnings.
    ///
    /// # Errors
    /// With every fault, and then nothing has changed.
    pub fn reload(&self) -> Result<Vec<Diagnostic>, Error> {
        self.core.reload()
    }
}

impl<X: Exports> Core<X> {
    fn reload(&self) -> Result<Vec<Diagnostic>, Error> {
        let mut last = self.reloads.last.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.reloads.recipe.read(std::env::vars_os());
        *last = Some(read.clone());
        self.reconfigure(read.map_err(Error::configuration)?)
    }

    /// The same, where there is something new. A file that is touched, or changed and back again, is not.
    fn reload_news(&self) -> Option<Result<Vec<Diagnostic>, Error>> {
        let mut last = self.reloads.last.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.reloads.recipe.read(std::env::vars_os());
        if last.as_ref() == Some(&read) {
            return None;
        }
        *last = Some(read.clone());
        Some(read.map_err(Error::configuration).and_then(|sources| self.reconfigure(sources)))
    }

    fn see(&self, seen: Seen) {
        match seen {
            Seen::Trouble(why) => self.news.tell_error(&unwatched(&why)),
            Seen::Change => match self.reload_news() {
                Some(Ok(warnings)) => self.reloads.tell(&warnings),
                Some(Err(error)) => self.news.tell_error(&error),
                None => {}
            },
        }
    }
}

impl<X: Exports + Send + 'static> Core<X> {
    /// Watches the files of the configuration, as long as the board lives. Without a file there is nothing to watch.
    pub(super) fn watch(self: &Arc<Self>) -> Result<(), Error> {
        let files = self.reloads.recipe.files(std::env::vars_os());
        if files.is_empty() {
            return Ok(());
        }
        // A strong one would keep the board alive for ever.
        let board = Arc::downgrade(self);
        let see = move |seen| {
            if let Some(core) = board.upgrade() {
                core.see(seen);
            }
        };
        let watch = Watch::start(files, see).map_err(|why| unwatched(&why))?;
        drop(self.reloads.watch.set(watch));
        Ok(())
    }
}

fn unwatched(why: &str) -> Error {
    let message = format!("cannot be watched: {why}");
    let source = "the configuration's files".to_owned();
    Error::configuration(vec![Diagnostic { severity: Severity::Error, source, line: None, path: String::new(), message }])
}
