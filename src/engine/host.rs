//! Runs a request with a clock and a store that reply at once.

use super::clock::{self, Clock};
use super::exchange::{Exchange, Waits};
use super::operation::Reply;
use super::request::Request;
use super::store::Store;
use crate::{Problem, ProblemCode};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// The host's clock and store.
#[derive(Clone, Copy)]
pub(super) struct Host<'a, C, S> {
    pub clock: &'a C,
    pub store: &'a S,
}

impl<C: Clock, S: Store> Host<'_, C, S> {
    /// Runs a request to its end. Its first operations were carried out before, with the replies in `earlier`.
    pub fn run<T>(
        self,
        request: &mut Request,
        mut earlier: EarlierReplies,
        work: impl AsyncFnOnce(&mut Request) -> T,
    ) -> Result<T, Problem> {
        let exchange = Arc::clone(&request.exchange);
        let mut answer = None;
        self.drive(&exchange, &mut earlier, pin!(async { answer = Some(work(request).await) }));
        answer.ok_or_else(waits_for_nothing)
    }

    /// Polls a request until it ends. It does not depend on the type of the answer, so it is compiled once.
    fn drive(self, exchange: &Exchange, earlier: &mut EarlierReplies, mut work: Pin<&mut dyn Future<Output = ()>>) {
        let mut context = Context::from_waker(Waker::noop());
        while work.as_mut().poll(&mut context) == Poll::Pending {
            let waits = exchange.reply(|state, operation| {
                let reply = earlier.take_first().unwrap_or_else(|| operation.run(self.store));
                // The time is read again only after the last of the earlier replies.
                if earlier.is_empty() {
                    state.now = clock::now(self.clock);
                }
                reply
            });
            if waits == Waits::No {
                return;
            }
        }
    }
}

fn waits_for_nothing() -> Problem {
    Problem::new(ProblemCode::Storage, "the request waits for no store operation: this is a fault of the engine, report it")
}

/// The replies to at most two operations, in their order.
#[derive(Default)]
pub(super) struct EarlierReplies([Option<Reply>; 2]);

impl EarlierReplies {
    pub fn push(&mut self, reply: Reply) {
        if let Some(free) = self.0.iter_mut().find(|place| place.is_none()) {
            *free = Some(reply);
        }
    }

    fn take_first(&mut self) -> Option<Reply> {
        self.0.iter_mut().find_map(Option::take)
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}
