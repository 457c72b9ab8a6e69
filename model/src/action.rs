//! What can happen next.

use crate::outcome::ModelOutcome;
use fuseboard::Token;

/// One step of the model. Processes and calls are identified by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A process begins an `allow`.
    Allow {
        process: u8,
    },
    /// A process begins to settle a call.
    Settle {
        process: u8,
        call: u8,
        outcome: ModelOutcome,
    },
    Flush {
        process: u8,
    },
    /// The store carries out the operation of a request.
    CarryOut {
        process: u8,
        token: Token,
    },
    /// A process receives the reply of an operation.
    Deliver {
        process: u8,
        token: Token,
    },
    /// The store does not carry out an operation, and says so.
    Fail {
        process: u8,
        token: Token,
    },
    /// The store carries out a swap, and the answer is lost.
    LoseAnswer {
        process: u8,
        token: Token,
    },
    /// A swap does not reach the store, and the process is not told.
    LoseSwap {
        process: u8,
        token: Token,
    },
    /// A request goes on that waited for another one.
    GoOn {
        process: u8,
        token: Token,
    },
    Abandon {
        process: u8,
        token: Token,
    },
    /// A process ends, and is started again.
    Crash {
        process: u8,
    },
    /// The store loses everything.
    Wipe,
    /// The store returns to what it held this many changes ago.
    RollBack {
        versions: u8,
    },
    /// The clock of a process is from now on this much ahead, in milliseconds.
    SetClock {
        process: u8,
        ahead: i64,
    },
    /// A process is configured with the next policy.
    ChangePolicy {
        process: u8,
    },
    /// Time passes.
    Tick,
}
