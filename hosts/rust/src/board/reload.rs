//! Reading the configuration again: on request, or when a watched file has changed.

use super::handle::Board;
use super::inner::BoardInner;
use super::reload_state::ReadSources;
use crate::error::Error;
use crate::watch::{Watch, WatchEvent};
use fuseboard::{Diagnostic, Severity};
use std::sync::Arc;

impl Board {
    /// Reads the files and the environment that the builder named again, and reconfigures the board. Circuits keep their state and
    /// permits stay valid; leases end. Returns the warnings.
    ///
    /// # Errors
    /// Returns every fault of a bad configuration, which changes nothing.
    pub fn reload(&self) -> Result<Vec<Diagnostic>, Error> {
        self.current().reload()
    }
}

impl BoardInner {
    fn reload(&self) -> Result<Vec<Diagnostic>, Error> {
        let mut last = self.reloads.last();
        let read = self.reloads.config.read(std::env::vars_os());
        self.apply(&mut last, read)
    }

    /// As `reload`, unless the sources are the same as before: a file may have been touched, or changed and changed back.
    fn reload_if_changed(&self) -> Option<Result<Vec<Diagnostic>, Error>> {
        let mut last = self.reloads.last();
        let read = self.reloads.config.read(std::env::vars_os());
        if last.as_ref() == Some(&read) {
            return None;
        }
        Some(self.apply(&mut last, read))
    }

    /// Applies what was read. If the engine fails, the next reload reads and applies it again.
    fn apply(&self, last: &mut Option<ReadSources>, read: ReadSources) -> Result<Vec<Diagnostic>, Error> {
        let applied = read.clone().map_err(Error::configuration).and_then(|sources| self.reconfigure(sources));
        let is_lost = applied.as_ref().is_err_and(Error::is_engine_stopped);
        *last = (!is_lost).then_some(read);
        applied
    }

    fn handle_watch_event(&self, event: WatchEvent) {
        match event {
            WatchEvent::Failed(why) => self.events.dispatch_error(&cannot_watch(&why)),
            WatchEvent::Changed => match self.reload_if_changed() {
                Some(Ok(warnings)) => self.reloads.dispatch(&warnings),
                Some(Err(error)) => self.events.dispatch_error(&error),
                None => {}
            },
        }
    }

    /// Watches the files of the configuration as long as the board exists.
    pub(super) fn watch(self: &Arc<Self>) -> Result<(), Error> {
        let files = self.reloads.config.files(std::env::vars_os());
        if files.is_empty() {
            return Ok(());
        }
        // Weak, because a strong reference would keep the board alive forever.
        let board = Arc::downgrade(self);
        let handle_event = move |event| {
            if let Some(board) = board.upgrade() {
                board.handle_watch_event(event);
            }
        };
        let watch = Watch::start(files, handle_event).map_err(|why| cannot_watch(&why))?;
        self.reloads.keep_watching(watch);
        Ok(())
    }
}

fn cannot_watch(why: &str) -> Error {
    let message = format!("cannot be watched: {why}");
    let source = "the configuration's files".to_owned();
    Error::configuration(vec![Diagnostic { severity: Severity::Error, source, line: None, path: String::new(), message }])
}

#[cfg(test)]
mod tests {
    use super::super::fake_engine::TestBoard;

    #[test]
    fn a_reload_that_the_engine_did_not_survive_is_made_again_although_nothing_changed() {
        let board = TestBoard::new(1);
        assert!(board.inner.reload_if_changed().is_some_and(|reloaded| reloaded.is_ok()), "nothing was read yet");
        assert!(board.inner.reload_if_changed().is_none());
        board.script.stops.lock().unwrap().extend([0; 2]);
        assert!(board.inner.reload().is_err_and(|error| error.is_engine_stopped()), "the engine stops at both attempts");
        assert!(board.inner.reload_if_changed().is_some_and(|reloaded| reloaded.is_ok()));
        assert!(board.inner.reload_if_changed().is_none());
    }
}
