//! One request of a case, and how far it came.

use crate::interleaving_cases::{Action, RequestResult};
use fuseboard::Token;

#[derive(Debug)]
pub enum RequestState {
    Unbegun,
    Open(Token),
    Ended(RequestResult),
}

pub struct OpenRequest {
    pub instance: usize,
    pub action: Action,
    pub state: RequestState,
}
