//! The clock that a board shares with its targets and permits.

use fuseboard_host::Clock;
use fuseboard_host::time::{Mono, Wall};
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct BoardClock(pub(crate) Arc<dyn Clock + Send + Sync>);

impl Clock for BoardClock {
    fn wall(&self) -> Wall {
        self.0.wall()
    }

    fn mono(&self) -> Mono {
        self.0.mono()
    }
}
