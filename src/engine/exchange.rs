//! The hand-over between a request and its driver: the request gives up the engine's state while it waits.

use super::operation::{Operation, Reply};
use super::state::EngineState;
use crate::time::Millis;
use std::future::poll_fn;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// Passes the engine's state between one request and its driver. The request adds what it waits for, and the driver adds the reply.
///
/// The state moves, so no reference into it can survive a wait. The lock is held only for the move.
#[derive(Default)]
pub(super) struct Exchange {
    message: Mutex<Message>,
}

#[derive(Default)]
enum Message {
    #[default]
    None,
    Waits(Box<EngineState>, Awaited),
    GoesOn(Box<EngineState>, Resumption),
}

/// What a request waits for.
pub(super) enum Awaited {
    Store(Operation),
    /// Its turn at a gate, for so long.
    Gate(Millis),
}

/// What a waiting request is resumed with.
pub(super) enum Resumption {
    Reply(Reply),
    /// The host abandoned the request.
    Abandoned,
}

impl Exchange {
    fn lock(&self) -> MutexGuard<'_, Message> {
        self.message.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the request: hands over the state, and waits until it comes back.
    pub async fn hand_over(&self, state: Box<EngineState>, awaited: Awaited) -> (Box<EngineState>, Resumption) {
        let mut handed_over = Some((state, awaited));
        poll_fn(|_| {
            if let Some((state, awaited)) = handed_over.take() {
                *self.lock() = Message::Waits(state, awaited);
                return Poll::Pending;
            }
            self.take_resumption()
        })
        .await
    }

    /// For a request that has not run yet: waits until its driver gives it the state.
    pub async fn receive(&self) -> (Box<EngineState>, Resumption) {
        poll_fn(|_| self.take_resumption()).await
    }

    fn take_resumption(&self) -> Poll<(Box<EngineState>, Resumption)> {
        let mut message = self.lock();
        match mem::take(&mut *message) {
            Message::GoesOn(state, resumption) => Poll::Ready((state, resumption)),
            other => {
                *message = other;
                Poll::Pending
            }
        }
    }

    /// For a driver that replies at once: gives the state back with the reply. Returns whether the request waits for one.
    pub fn reply(&self, reply: impl FnOnce(&mut EngineState, Operation) -> Reply) -> Waits {
        let mut message = self.lock();
        match mem::take(&mut *message) {
            Message::Waits(mut state, Awaited::Store(operation)) => {
                let reply = reply(&mut state, operation);
                *message = Message::GoesOn(state, Resumption::Reply(reply));
                Waits::Yes
            }
            Message::Waits(_, Awaited::Gate(_)) | Message::None | Message::GoesOn(..) => Waits::No,
        }
    }

    /// For a driver that replies later: takes the state, and what the request waits for.
    pub fn take(&self) -> Option<(Box<EngineState>, Awaited)> {
        match mem::take(&mut *self.lock()) {
            Message::Waits(state, awaited) => Some((state, awaited)),
            Message::None | Message::GoesOn(..) => None,
        }
    }

    /// For a driver that replies later: gives the state back.
    pub fn resume(&self, state: Box<EngineState>, resumption: Resumption) {
        *self.lock() = Message::GoesOn(state, resumption);
    }
}

/// Whether a request waits for the reply to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    Yes,
    No,
}
