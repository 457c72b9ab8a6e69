//! The requests of one instance that wait.

use super::exchange::Exchange;
use super::request_step::{StepAnswer, Token};
use super::state::EngineState;
use std::pin::Pin;
use std::sync::Arc;

/// Most requests of one instance that wait. One more is answered as in an outage.
pub(super) const WAITING_MAX: usize = 256;

/// The end of a request: it gives the state back, with its answer.
pub(super) type RequestEnd = (Box<EngineState>, StepAnswer);

/// The requests that wait.
#[derive(Default)]
pub(super) struct Waiting {
    pub requests: Vec<WaitingRequest>,
    pub next_token: u64,
    /// Exchanges of requests that have ended.
    pub exchanges: Vec<Arc<Exchange>>,
}

pub(super) struct WaitingRequest {
    pub token: Token,
    pub exchange: Arc<Exchange>,
    pub request: Pin<Box<dyn Future<Output = RequestEnd> + Send>>,
}

impl Waiting {
    pub fn take(&mut self, token: Token) -> Option<WaitingRequest> {
        let at = self.requests.iter().position(|waiting| waiting.token == token)?;
        Some(self.requests.swap_remove(at))
    }
}
