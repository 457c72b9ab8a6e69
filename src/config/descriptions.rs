//! Descriptions of all settings, for the schema and the reference. A new setting without a description does not compile.

use super::settings::Key;

/// Description of a setting.
pub(super) struct Description {
    /// What the setting does.
    pub(super) what: &'static str,
    /// Unit of its number, or empty.
    pub(super) unit: &'static str,
    /// When to change it, as the end of a sentence that starts with "Change it".
    pub(super) when: &'static str,
}

macro_rules! describe {
    ($($key:ident: $what:literal, $unit:literal, $when:literal;)*) => {
        pub(super) const fn describe(key: Key) -> Description {
            match key {
                $(Key::$key => Description { what: $what, unit: $unit, when: $when },)*
            }
        }
    };
}

describe! {
    Mode: "`enforce` refuses calls. `observe` counts outcomes and reports events, but refuses no call.",
        "", "to `observe` to try a policy on live traffic";
    FailMax: "Number of consecutive failures that opens the circuit. null: consecutive failures do not open it.",
        "failures", "to a lower value if the service fails completely when it fails, to a higher one if single failures are normal";
    FailGap: "A failure that comes later than this after the previous one starts a new streak. null: a streak never ends by time.",
        "seconds", "if calls are rare, so that old failures do not add up with new ones";
    ResetTimeout: "Time that the circuit stays open before it becomes half-open.",
        "seconds", "to the time that the service needs to recover";
    SuccessThreshold: "Number of successes in half-open that closes the circuit.",
        "successes", "to a higher value if the service often succeeds once and then fails again";
    TrialFailures: "Number of failures in half-open that is tolerated. One more opens the circuit again.",
        "failures", "to a higher value if some failures are normal. With success_threshold 6 and trial_failures 4, six of ten probes must succeed";
    TrialCalls: "Maximum number of concurrent probes in half-open, per role, over all processes.",
        "calls", "to a higher value if recovery with one probe at a time takes too long";
    ProbeTimeout: "Time after which another call may take the slot of a probe that has not been settled.",
        "seconds", "to more than the longest duration of a call, with its timeouts and retries";
    RetryAfterCap: "Longest wait that a server may ask for, by `Retry-After` or another hint. A longer one is shortened to this. 0: none is honoured.",
        "seconds", "to a lower value if servers ask for longer waits than you accept";
    CooldownJitter: "Largest share of a cooldown from `Retry-After` or from a burst that is added to the wait of each process and of each refused caller, up to 10 s. An operator's cooldown is not lengthened.",
        "", "to 0 if calls must start at the very end of a cooldown, to more if too many callers start at its end";
    BackoffMultiplier: "Factor by which the open time grows with each re-opening since the circuit was last closed.",
        "", "to more than 1 if the service can be down for long";
    BackoffMax: "Longest open time with the multiplier. At least reset_timeout_s applies.",
        "seconds", "together with the multiplier, to the longest time that a recovered service may stay unused";
    BackoffJitter: "Largest share that is added to each open time, at random. The time is never shortened.",
        "", "to more than 0 if many circuits, or boards with separate stores, would probe at the same time";
    Window: "Second condition for opening, over the last calls or seconds. null: off. An empty map: on, with the built-in values.",
        "", "for services with much traffic that fail in part";
    WindowKind: "What the window holds: the calls of the last seconds (`time`), or the last calls (`count`). If set, it replaces all settings of an inherited window.",
        "", "to `count` if traffic is uneven";
    WindowSize: "Size of the window.",
        "seconds (`time`) or calls (`count`)", "to a lower value to open sooner, to a higher one to tolerate short bursts";
    MinimumCalls: "Number of calls in the window from which the two rates apply. At most the size of a `count` window.",
        "calls", "to the number of calls from which a rate is meaningful";
    FailureRate: "Share of failures in the window that opens the circuit. null: off.",
        "", "to more than the share of failures that is normal for the service";
    FailureCount: "Number of failures in the window that opens the circuit, consecutive or not. null: off.",
        "failures", "if the number of failures matters more than their rate";
    SlowCallRate: "Share of slow calls in the window that opens the circuit. If set, a slow probe counts as a failure. null: off.",
        "", "if a slow response is as bad as none";
    SlowCall: "Duration above which a call is slow.",
        "milliseconds", "to the longest duration that your callers accept, below the timeout of the call";
    FailureStatuses: "Statuses that count as failures. Of the statuses in neither list, 429 and 5xx are neutral, and all others are successes.",
        "", "if the service reports failures with other statuses";
    NeutralStatuses: "Statuses that count neither as failure nor as success. They take precedence over failure_statuses.",
        "", "for statuses that do not tell whether the service is healthy, for example those of invalid requests";
    FailureExceptions: "Exceptions that count as failures: type names, with or without module, with `*` and `?` as wildcards. Base types match too. Exceptions in neither list are neutral.",
        "", "to count only exceptions of the network or the service";
    NeutralExceptions: "Exceptions that count neither as failure nor as success. They take precedence over failure_exceptions.",
        "", "for errors of your own program that are raised during the call";
    CancelledAfter: "A call that its caller cancels after at least this time, before a status was received, counts as a failure. null: it is neutral.",
        "milliseconds", "to the time after which you would call the service too slow, if your callers use timeouts of their own";
    NeutralProbe: "What a probe with a status in neutral_statuses does: `ignore` only frees its slot, `success` counts it as one success. Other neutral outcomes are ignored.",
        "", "to `success` for look-up services, which answer many healthy requests with 404: with `ignore` such a circuit can stay half-open";
    Stagger: "Largest additional wait of a process before its first probe.",
        "milliseconds", "to more than 0 if many processes would probe at the same time";
    Lease: "Duration of a lease, during which a healthy target is admitted without an `allow` call. 0: no leases.",
        "milliseconds", "to 0 if a circuit opened by another process must apply here at once, to a higher value if the store is slow";
    LeaseCalls: "Number of calls that a lease admits. 0: no leases.",
        "calls", "to a lower value to report outcomes sooner under heavy traffic";
    ClockSkew: "Largest difference between the clocks of two processes.",
        "milliseconds", "to what the time service of your machines guarantees";
    StorageBudget: "Longest time that one call waits for the store in total.",
        "milliseconds", "to a lower value if calls are short, to a higher one if the store is far away";
    OnStorageError: "Decisions while the store is unavailable: `local` uses the last known state of this process, `reject` refuses all calls.",
        "", "to `reject` if an unprotected call does harm";
    RollingEnabled: "Whether a burst of failures of a host, over all its roles, sets a cooldown for the whole host.",
        "", "to true if a host that fails in one role should not be called in any role";
    RollingWindow: "Period in which failures count as one burst.",
        "seconds", "together with threshold_failures, to what counts as a burst";
    RollingThreshold: "Number of failures in this period that sets the cooldown.",
        "failures", "together with window_s, to what counts as a burst";
    RollingCooldown: "Duration of the cooldown.",
        "seconds", "to the time that a host needs after a burst";
}

/// Returns the description of a map, by the last part of its path.
pub(super) fn describe_map(name: &str) -> Option<&'static str> {
    Some(match name {
        "defaults" => "Settings of every circuit. Those of a host, a role, a name or a resolver take precedence.",
        "advanced" => "Settings of whole hosts, over all their roles.",
        "hosts" => "Hosts by name: `api.example.org`, `api.example.org:8443`, or `*.example.org` for all its subdomains.",
        "names" => "Services that are not HTTP hosts (for example a database or a queue), by name.",
        "resolvers" => "Resolvers by name. A call with a resolver passes through the resolver's circuit and the target's.",
        "roles" => "Settings of single roles of a host (metadata, landing, artifact, or any word), at most 16.",
        "open_backoff" => "Growth of the open time with each re-opening since the circuit was last closed.",
        "classify" => "Which outcomes count as failure, and which as neutral.",
        "half_open" => "Probing while half-open.",
        "sharing" => "Shared state of several processes.",
        "rolling" => "Cooldown of a whole host after a burst of failures over all its roles.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::settings::SETTINGS;
    use super::*;

    #[test]
    fn every_setting_and_every_map_has_a_description() {
        for row in SETTINGS {
            let description = describe(row.key);
            assert!(description.what.ends_with(['.']) && !description.when.is_empty(), "{}", row.path);
            for (index, _) in row.path.match_indices('.') {
                let name = row.path[..index].rsplit('.').next().unwrap_or_default();
                assert!(name == "window" || describe_map(name).is_some(), "{name}");
            }
        }
    }
}
