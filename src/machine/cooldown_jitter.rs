//! Spreads the end of a cooldown: over processes, and over the callers of one process. The stored deadline is the same for all.

use super::record::{Cooldown, CooldownReason, role_of};
use crate::names::Scope;
use crate::policy::{COOLDOWN_JITTER_MAX, Policy};
use crate::spread_hash::spread_hash;
use crate::time::{Deadline, Millis};

/// The largest part by which a process waits longer than the stored cooldown. An operator's cooldown ends at its deadline.
#[must_use]
pub fn largest_part(policy: &Policy, cooldown: &Cooldown) -> Millis {
    match cooldown.reason {
        CooldownReason::Operator => Millis::ZERO,
        CooldownReason::RetryAfter | CooldownReason::Rolling => {
            Millis(cooldown.length_ms.0.saturating_mul(u64::from(policy.cooldown_jitter)) / 1_000).min(COOLDOWN_JITTER_MAX)
        }
    }
}

/// When this process admits calls again. All roles of a host wait equally long.
#[must_use]
pub fn own_end(policy: &Policy, circuit: &Scope, seed: u64, cooldown: &Cooldown) -> Deadline {
    let part = part_of("process", largest_part(policy, cooldown), circuit, seed, cooldown, 0);
    cooldown.until_ms.plus(part)
}

/// How much longer the wait of this process's `nth` refusal is than the wait of the process.
#[must_use]
pub fn spread(policy: &Policy, circuit: &Scope, seed: u64, cooldown: &Cooldown, nth: u64) -> Millis {
    let purpose = format!("caller {}", role_of(circuit));
    part_of(&purpose, largest_part(policy, cooldown), circuit, seed, cooldown, nth)
}

fn part_of(purpose: &str, largest: Millis, circuit: &Scope, seed: u64, cooldown: &Cooldown, nth: u64) -> Millis {
    if largest == Millis::ZERO {
        return Millis::ZERO;
    }
    let until = cooldown.until_ms.at.0.to_le_bytes();
    let parts = [purpose.as_bytes(), circuit.name.as_bytes(), &until, &seed.to_le_bytes(), &nth.to_le_bytes()];
    Millis(spread_hash(&parts) % largest.0.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_reaches_from_zero_to_the_largest() {
        let until_ms = Deadline::default();
        let cooldown = Cooldown { reason: CooldownReason::Rolling, until_ms, length_ms: Millis(1_000), note: String::new() };
        let parts = |seed: u64| part_of("process", Millis(3), &Scope::host("a.example"), seed, &cooldown, 0).0;
        let mut found: Vec<u64> = (0..200).map(parts).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, [0, 1, 2, 3]);
    }
}
