//! What cools a whole host down: a burst of failures across its roles, and the server's own word.

use super::given::Given;
use super::policy::SECONDS_MAX;
use super::record::{Cooldown, CooldownReason, Record};
use super::settle::Ended;
use crate::answer::Event;
use crate::names::CircuitKind;
use crate::time::Millis;

/// Stamps of recent failures that a record keeps at least, for boards whose rolling window is longer or whose threshold is higher.
const RECENT_KEPT: usize = 64;

/// Counts a failure in the host's rolling window; at the threshold it cools the host down and starts anew.
pub fn roll(given: &Given, next: &mut Record, ended: &Ended) -> Option<Event> {
    let rolling = given.policy.rolling.as_ref()?;
    let now = given.now.wall;
    next.recent.iter_mut().for_each(|stamp| *stamp = given.not_ahead(*stamp));
    next.recent.push(ended.at(now));
    // Others may look further back: what lies outside of this window is theirs.
    next.recent.retain(|stamp| stamp.plus(SECONDS_MAX) > now);
    let surplus = next.recent.len().saturating_sub(RECENT_KEPT.max(rolling.threshold as usize));
    next.recent.drain(..surplus);
    let within = next.recent.iter().filter(|stamp| stamp.plus(rolling.window) > now).count();
    if within < rolling.threshold as usize {
        return None;
    }
    let cause = format!("{within} failures within {} ms", rolling.window.0);
    next.recent.clear();
    cool(given, next, CooldownReason::Rolling, rolling.cooldown, &cause)
}

/// Heeds a `Retry-After`, which is fresh: it stands also beside an outcome that counts nowhere. A resolver has none.
pub fn heed(given: &Given, next: &mut Record, ended: &Ended) -> Option<Event> {
    let asked = ended.retry_after.filter(|_| given.circuit.kind != CircuitKind::Resolver)?;
    let wait = asked.min(given.policy.retry_after_cap);
    let late = given.now.wall.since(ended.at(given.now.wall));
    let left = Millis(wait.0.saturating_sub(late.0));
    cool(given, next, CooldownReason::RetryAfter, left, &format!("Retry-After of {} ms", wait.0))
}

fn cool(given: &Given, next: &mut Record, reason: CooldownReason, lasts: Millis, cause: &str) -> Option<Event> {
    given.cool(next, Cooldown { reason, until_ms: given.now.after(lasts), note: String::new() }, cause)
}
