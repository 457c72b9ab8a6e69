//! The component in wasmtime plays a board.

use super::player::{Player, Seats, exports};
use fuseboard::advisor::{Metrics, Suggestion};
use fuseboard::{
    About, Command, Commanded, Decision, Diagnostic, Explanation, Filter, Flushed, Health, Identity, Lease, Listing, Outcome, Permit,
    Problem, Report, Scope, Sources, StatusReport, Tally, Target, Verdict,
};
use fuseboard_host::{Instance, Limits};

/// The component in wasmtime, without the host library's own leases and repeats.
pub struct Component(Instance);

/// A machine that does much else must not make a guest look slow: its time is measured by the clock on the wall.
const GUEST_MS: u64 = 60_000;

/// The sandbox must hold in every story: a stopped guest is a fault of the story's telling, and says which export it was.
fn unstopped<T>(asked: Result<T, fuseboard_host::Error>) -> T {
    asked.unwrap_or_else(|stopped| panic!("the component was stopped: {stopped}"))
}

macro_rules! play_in_wasmtime {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Player for Component {
            fn seat(seats: Seats) -> Self {
                Component(unstopped(Instance::new(seats.clock, seats.store, Limits { guest_ms: GUEST_MS, ..Limits::default() })))
            }
            $(fn $name(&mut self, $($arg: $type),*) -> $answer {
                unstopped(self.0.$name($($arg),*))
            })*
        }
    };
}

exports!(play_in_wasmtime);
