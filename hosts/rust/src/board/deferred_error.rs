//! Errors that cannot be reported at once, because an engine is locked or a request is under way on the thread.

use super::event_chain::CAUSED_BY_LISTENERS_MAX;
use super::event_queue::WAITING_MAX;
use crate::error::Error;

/// An error for the listeners, until the next dispatch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DeferredError {
    WakerPanicked,
    /// Too many events wait for the listeners.
    EventsDropped,
    /// Listeners caused too many events.
    ChainCut,
}

impl DeferredError {
    pub(super) fn to_error(self) -> Error {
        match self {
            DeferredError::WakerPanicked => Error::waker_panicked(),
            DeferredError::EventsDropped => Error::events_dropped(WAITING_MAX),
            DeferredError::ChainCut => Error::event_chain_cut(CAUSED_BY_LISTENERS_MAX),
        }
    }
}
