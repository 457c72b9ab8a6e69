//! How often a target repeated a refusal, and the wait that each caller receives.

use fuseboard::Refused;
use std::sync::Arc;

/// 2^64 divided by the golden ratio.
const GOLDEN_RATIO: u64 = 0x9e37_79b9_7f4a_7c15;

/// Refusals that were repeated without calling the engine, by the circuit that refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Repeats {
    pub(super) circuit: u64,
    pub(super) resolver: u64,
}

impl Repeats {
    /// The refusal for one more caller. Where its wait is spread, each caller is given another part.
    pub(super) fn spread(self, refused: &Arc<Refused>) -> Arc<Refused> {
        if refused.spread_ms == 0 {
            return Arc::clone(refused);
        }
        // Steps by the golden ratio: successive parts are far apart and fill the range evenly.
        let step = self.circuit.wrapping_mul(GOLDEN_RATIO) >> 32;
        let part = (step * (u64::from(refused.spread_ms) + 1)) >> 32;
        Arc::new(Refused { retry_after_ms: refused.longest_wait(part), ..Refused::clone(refused) })
    }
}
