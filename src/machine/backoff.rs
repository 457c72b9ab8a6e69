//! How long an open circuit waits: back-off, jitter, and the stagger of each process. All are deterministic: a hash replaces a
//! random number.

use crate::names::Scope;
use crate::policy::Policy;
use crate::spread_hash::spread_hash;
use crate::time::Millis;

/// A duration from 0 to `most`, always the same for the same circuit, generation and seed.
fn share(purpose: &str, circuit: &Scope, generation: u64, seed: u64, most: Millis) -> Millis {
    let role = circuit.role.as_deref().unwrap_or_default();
    let parts = [purpose.as_bytes(), circuit.name.as_bytes(), role.as_bytes(), &generation.to_le_bytes(), &seed.to_le_bytes()];
    // `most` is usually zero: skip the hash then.
    Millis(if most == Millis::ZERO { 0 } else { spread_hash(&parts) % most.0.saturating_add(1).max(1) })
}

/// How long an opening waits after `openings` earlier ones since the last close: `reset_timeout × multiplier ^ openings`, at most the
/// larger of `reset_timeout` and the back-off's `max`. Jitter is added to that.
#[must_use]
pub fn open_wait(policy: &Policy, circuit: &Scope, seed: u64, openings: u32, generation: u64) -> Millis {
    let most = policy.reset_timeout.max(policy.backoff.max);
    let mut wait = policy.reset_timeout;
    for _ in 0..openings {
        if policy.backoff.multiplier <= 1_000 || wait >= most || wait == Millis::ZERO {
            break;
        }
        // Rounded up: otherwise a wait of 1 ms would never grow.
        wait = Millis(wait.0.saturating_mul(u64::from(policy.backoff.multiplier)).div_ceil(1_000)).min(most);
    }
    let jitter = Millis(wait.0.saturating_mul(u64::from(policy.backoff.jitter)) / 1_000);
    wait.plus(share("jitter", circuit, generation, seed, jitter))
}

/// How much longer than others this process waits before its first probe of a half-open generation.
#[must_use]
pub fn stagger(policy: &Policy, circuit: &Scope, generation: u64, seed: u64) -> Millis {
    share("stagger", circuit, generation, seed, policy.stagger)
}
