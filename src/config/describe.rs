//! What each setting is for, and when to change it: for the schema and the reference. A new key does not compile without its words.

use super::settings::Key;

/// A setting in words.
pub(super) struct Words {
    /// What it means, as a sentence.
    pub(super) what: &'static str,
    /// What its number counts; empty where it is none.
    pub(super) unit: &'static str,
    /// Goes on after "change it".
    pub(super) when: &'static str,
}

macro_rules! describe {
    ($($key:ident: $what:literal, $unit:literal, $when:literal;)*) => {
        pub(super) const fn words(key: Key) -> Words {
            match key {
                $(Key::$key => Words { what: $what, unit: $unit, when: $when },)*
            }
        }
    };
}

describe! {
    Mode: "`enforce` refuses calls; `observe` counts, judges and tells, but refuses nothing.",
        "", "to `observe` while you try a policy on live traffic";
    FailMax: "Consecutive failures that trip the circuit; null: never by count.",
        "failures", "down for a service that fails wholly when it fails, up for one whose single failures mean little";
    FailGap: "A failure later than this after the one before starts a new streak; null: streaks do not age.",
        "seconds", "where calls are rare, so that a failure of last night does not add up with one of today";
    ResetTimeout: "How long the circuit stays open before it is probed.",
        "seconds", "to the time that the service needs to recover: shorter for a restart, longer for a quota";
    SuccessThreshold: "Successes in half-open that close the circuit.",
        "successes", "up where a service answers once and fails again";
    TrialFailures: "Failures in half-open that are forgiven; one more re-opens.",
        "failures", "up where some failures are normal: success_threshold 6 and trial_failures 4 ask for six of ten";
    TrialCalls: "Probes in flight at once while half-open, per role, over all processes.",
        "calls", "up where one probe at a time heals too slowly";
    ProbeTimeout: "A probe that is not settled by then may lose its slot to another.",
        "seconds", "above the longest time that a call may take, timeouts and retries inside it included";
    RetryAfterCap: "`Retry-After` is honoured up to this; 0 ignores the header.",
        "seconds", "down where servers ask for more patience than you have";
    BackoffMultiplier: "Each re-opening since the last close waits this many times longer.",
        "", "above 1 where a service may stay down for long";
    BackoffMax: "The longest of these waits; counts as at least reset_timeout_s.",
        "seconds", "with the multiplier: how long after its recovery may a service stay unused?";
    BackoffJitter: "Adds up to this share to each wait, never shortens it.",
        "", "above 0 where many circuits, or boards with stores of their own, would come back at once";
    Window: "A second trip condition, over the last calls or seconds; null: off, an empty map: on with the values shown.",
        "", "on for services with much traffic that fail in part";
    WindowKind: "What the window holds: the calls of the last seconds (`time`), or the last calls (`count`). Naming it replaces an inherited window whole.",
        "", "to `count` where traffic is uneven";
    WindowSize: "How much the window holds.",
        "seconds or calls, as kind says", "down to trip sooner, up to forgive short bursts";
    MinimumCalls: "The two rates are judged from this many calls on; at most the size, if that counts calls.",
        "calls", "to a number of calls that makes a rate mean something";
    FailureRate: "This share of failures in the window trips; null: off.",
        "", "above the share of failures that the service has on a good day";
    FailureCount: "This many failures within the window trip, consecutive or not; null: off.",
        "failures", "on where failures matter by number and not by rate";
    SlowCallRate: "This share of slow calls in the window trips; with it, a slow probe is a failed one. null: off.",
        "", "on where a slow answer is as bad as none";
    SlowCall: "A call is slow if it takes longer than this.",
        "milliseconds", "to what your callers can bear, below the call's own timeout";
    FailureStatuses: "Statuses that count as failures. In neither list: 429 and 5xx are neutral, all else is success.",
        "", "where a service tells its failures by other statuses";
    NeutralStatuses: "Statuses that count as neither; they win over failure_statuses.",
        "", "for answers that say nothing of the service's health, as those to wrong requests";
    FailureExceptions: "Exceptions that count as failures: type names, with or without module; `*` and `?` match; a type's bases count too. In neither list: neutral.",
        "", "to count only what the network or the service raises";
    NeutralExceptions: "Exceptions that count as neither; they win over failure_exceptions.",
        "", "for your own program's faults, raised within the call";
    Stagger: "Each process waits up to this much longer before its first probe.",
        "milliseconds", "above 0 where many processes would probe at the same instant";
    Lease: "How long a healthy target is admitted without asking the store; 0: every call asks.",
        "milliseconds", "to 0 where a trip elsewhere must hold here at once, up where the store is slow";
    LeaseCalls: "How many calls a lease admits; 0: no leases.",
        "calls", "down to hand in counts sooner under heavy traffic";
    ClockSkew: "How far the clocks of two processes may differ.",
        "milliseconds", "to what your machines' time service guarantees";
    StorageBudget: "All waiting for the store within one call, at most.",
        "milliseconds", "down where calls are quick, up for a store far away";
    OnStorageError: "While the store cannot be reached: `local` goes by what this process knows, `reject` refuses.",
        "", "to `reject` where an unguarded call does harm";
    RollingEnabled: "Whether failures of a host, over all its roles, set a cooldown for all of it.",
        "", "on where a host that fails in one role should rest in all";
    RollingWindow: "How far back such failures count.",
        "seconds", "with threshold_failures: how dense is a burst?";
    RollingThreshold: "This many within it set the cooldown.",
        "failures", "with window_s: how dense is a burst?";
    RollingCooldown: "How long the cooldown lasts.",
        "seconds", "to the rest that a host needs after a burst";
}

/// What a map of the document holds, by the end of its path; `None` where nothing is said of it.
pub(super) fn map(name: &str) -> Option<&'static str> {
    Some(match name {
        "defaults" => "What holds for every circuit unless its host, role, name or resolver says otherwise.",
        "advanced" => "What concerns whole hosts, across their roles.",
        "hosts" => "Hosts by name: `api.example.org`, `api.example.org:8443`, or `*.example.org` for all its sub-domains.",
        "names" => "Services that are no HTTP hosts (a database, a queue), by any name.",
        "resolvers" => "Resolvers, by name: a call through one passes its circuit and the target's.",
        "roles" => "What holds for one role of a host (metadata, landing, artifact, or any word), at most 16.",
        "open_backoff" => "Each re-opening since the last close waits longer.",
        "classify" => "What counts as a failure, and what as nothing.",
        "half_open" => "How processes begin to probe.",
        "sharing" => "How processes share the state of circuits.",
        "rolling" => "Failures of a host, over all its roles, that set a cooldown for all of it.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::settings::SETTINGS;
    use super::*;

    #[test]
    fn every_setting_and_every_map_has_words() {
        for row in SETTINGS {
            let words = words(row.key);
            assert!(words.what.ends_with(['.']) && !words.when.is_empty(), "{}", row.path);
            for (place, _) in row.path.match_indices('.') {
                let name = row.path[..place].rsplit('.').next().unwrap_or_default();
                assert!(name == "window" || map(name).is_some(), "{name}");
            }
        }
    }
}
