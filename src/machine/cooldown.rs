//! Cooldowns that outcomes set for a whole host: after a burst of failures, or because of a `Retry-After`.

use super::call_outcome::CallOutcome;
use super::context::Context;
use super::record::{Cooldown, CooldownReason, Record};
use crate::answer::Event;
use crate::names::CircuitKind;
use crate::policy::SECONDS_MAX;
use crate::time::Millis;

/// A record keeps at least this many stamps of recent failures, for boards with a longer rolling window or a higher threshold.
const RECENT_KEPT: usize = 64;

/// Counts a failure in the host's rolling window. At the threshold it sets a cooldown and empties the window.
pub fn count_burst(context: &Context, next: &mut Record, call: &CallOutcome) -> Option<Event> {
    let rolling = context.policy.rolling.as_ref()?;
    let now = context.now;
    next.recent.iter_mut().for_each(|stamp| *stamp = context.restamp(*stamp));
    next.recent.push(call.ended_at(now));
    // Stamps outside this policy's window stay: another board's window may be longer.
    next.recent.retain(|stamp| !stamp.is_aged(SECONDS_MAX, now));
    let surplus = next.recent.len().saturating_sub(RECENT_KEPT.max(rolling.threshold as usize));
    next.recent.drain(..surplus);
    let within = next.recent.iter().filter(|stamp| !stamp.is_aged(rolling.window, now)).count();
    if within < rolling.threshold as usize {
        return None;
    }
    let detail = format!("{within} failures within {} ms", rolling.window.0);
    next.recent.clear();
    start_cooldown(context, next, CooldownReason::Rolling, rolling.cooldown, &detail)
}

/// Applies a `Retry-After`, even if the outcome counts nowhere: the server's answer is recent. A resolver has no cooldown.
pub fn apply_retry_after(context: &Context, next: &mut Record, call: &CallOutcome) -> Option<Event> {
    let requested = call.retry_after.filter(|_| context.circuit.kind != CircuitKind::Resolver)?;
    let wait = requested.min(context.policy.retry_after_cap);
    let elapsed = call.ended_at(context.now).age(context.now);
    let left = Millis(wait.0.saturating_sub(elapsed.0));
    start_cooldown(context, next, CooldownReason::RetryAfter, left, &format!("Retry-After of {} ms", wait.0))
}

fn start_cooldown(context: &Context, next: &mut Record, reason: CooldownReason, duration: Millis, detail: &str) -> Option<Event> {
    let until_ms = context.now.after(duration);
    context.set_cooldown(next, Cooldown { reason, until_ms, length_ms: duration, note: String::new() }, detail)
}
