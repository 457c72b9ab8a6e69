//! What the component shows to those who look and steer, as our values, within the bounds of [`clamp`].

use super::answer::{events, last_failure, phase, reason, scope, scopes};
use super::bindings::exports::fuseboard::breaker::advisor as wit_advisor;
use super::bindings::exports::fuseboard::breaker::board as wit;
use super::clamp;
use fuseboard::advisor::Suggestion;
use fuseboard::{
    AboutReport, CircuitKind, CircuitStatus, Commanded, CooldownStatus, Explanation, Flushed, HealthReport, Limit, Listing, OverrideKind,
    OverrideStatus, Setting, StatusReport, WindowCounts,
};

pub(super) fn circuit_kind(kind: wit::CircuitKind) -> CircuitKind {
    match kind {
        wit::CircuitKind::Host => CircuitKind::Host,
        wit::CircuitKind::Name => CircuitKind::Name,
        wit::CircuitKind::Resolver => CircuitKind::Resolver,
    }
}

pub(super) fn status(status: wit::StatusReport) -> StatusReport {
    StatusReport { circuit: circuit(status.circuit), resolver: status.resolver.map(circuit) }
}

pub(super) fn listing(listing: wit::Listing) -> Listing {
    Listing {
        circuits: clamp::circuits(listing.circuits, circuit),
        next: listing.next.map(clamp::text),
        unreadable: clamp::list(listing.unreadable, clamp::text),
    }
}

pub(super) fn commanded(commanded: wit::Commanded) -> Commanded {
    Commanded {
        circuits: clamp::circuits(commanded.circuits, circuit),
        events: events(commanded.events),
        changed: scopes(commanded.changed),
    }
}

pub(super) fn explanation(explanation: wit::Explanation) -> Explanation {
    let setting = |setting: wit::Setting| Setting {
        path: clamp::text(setting.path),
        value: clamp::document(setting.value),
        origin: clamp::text(setting.origin),
    };
    Explanation { circuit: clamp::list(explanation.circuit, setting), resolver: clamp::list(explanation.resolver, setting) }
}

pub(super) fn health(health: &wit::HealthReport) -> HealthReport {
    HealthReport { storage_lost_since_ms: health.storage_lost_since_ms, kept: health.kept, dropped: health.dropped }
}

pub(super) fn flushed(flushed: wit::Flushed) -> Flushed {
    Flushed { kept: flushed.kept, events: events(flushed.events), changed: scopes(flushed.changed) }
}

pub(super) fn about(about: wit::AboutReport) -> AboutReport {
    AboutReport {
        engine: clamp::text(about.engine),
        contract: clamp::text(about.contract),
        record_format: about.record_format,
        limits: clamp::list(about.limits, |limit| Limit { name: clamp::text(limit.name), value: limit.value }),
    }
}

pub(super) fn suggestions(suggestions: Vec<wit_advisor::Suggestion>) -> Vec<Suggestion> {
    clamp::list(suggestions, |suggestion| Suggestion {
        path: clamp::text(suggestion.path),
        current: clamp::text(suggestion.current),
        suggested: clamp::text(suggestion.suggested),
        why: clamp::text(suggestion.why),
    })
}

fn circuit(status: wit::CircuitStatus) -> CircuitStatus {
    CircuitStatus {
        circuit: scope(status.circuit),
        phase: phase(status.phase),
        override_: status.override_.map(override_status),
        epoch: status.epoch,
        generation: status.generation,
        failure_streak: status.failure_streak,
        trial_successes: status.trial_successes,
        trial_failures: status.trial_failures,
        probes: status.probes,
        window: status.window.map(|window| WindowCounts { successes: window.successes, failures: window.failures, slow: window.slow }),
        refused: status.refused,
        remaining_ms: status.remaining_ms.map(clamp::wait_ms),
        cooldown: status.cooldown.map(cooldown_status),
        opened_at_ms: status.opened_at_ms,
        last_failure: status.last_failure.map(last_failure),
        patch: status.patch.map(clamp::document),
    }
}

fn override_status(status: wit::OverrideStatus) -> OverrideStatus {
    let kind = match status.kind {
        wit::OverrideKind::ForcedOpen => OverrideKind::ForcedOpen,
        wit::OverrideKind::Disabled => OverrideKind::Disabled,
    };
    OverrideStatus { kind, note: clamp::text(status.note), remaining_ms: status.remaining_ms.map(clamp::wait_ms) }
}

fn cooldown_status(status: wit::CooldownStatus) -> CooldownStatus {
    CooldownStatus { reason: reason(status.reason), note: clamp::text(status.note), remaining_ms: clamp::wait_ms(status.remaining_ms) }
}
