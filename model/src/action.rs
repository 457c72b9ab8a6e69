//! What can happen next.

use crate::history::Verdict;
use fuseboard::Token;

/// One step of the model. Processes and calls are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Allow {
        process: u8,
    },
    Settle {
        process: u8,
        call: u8,
        verdict: Verdict,
    },
    Flush {
        process: u8,
    },
    /// The store carries out the operation of a request. The reply is delivered later.
    CarryOut {
        process: u8,
        token: Token,
    },
    Deliver {
        process: u8,
        token: Token,
    },
    /// The store does not carry out the operation, and says so.
    Fail {
        process: u8,
        token: Token,
    },
    /// The store carries out a swap, and its answer is lost.
    LoseAnswer {
        process: u8,
        token: Token,
    },
    /// A swap does not reach the store, and the process does not learn it.
    LoseSwap {
        process: u8,
        token: Token,
    },
    GoOn {
        process: u8,
        token: Token,
    },
    Abandon {
        process: u8,
        token: Token,
    },
    /// The process ends and another one begins in its place.
    Crash {
        process: u8,
    },
    Wipe,
    /// The store is as it was this many versions ago.
    RollBack {
        versions: u8,
    },
    /// A process's clock is now this much ahead, in milliseconds.
    SetClock {
        process: u8,
        ahead: i64,
    },
    /// The process gets the next policy.
    ChangePolicy {
        process: u8,
    },
    Tick,
}
