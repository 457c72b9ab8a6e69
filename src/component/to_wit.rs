//! What the engine says, from our types to the contract's.

use super::same::{same_cases, same_fields};
use super::wit::exports::fuseboard::breaker::{advisor, board as wit};
use crate::advisor::Suggestion;
use crate::{
    AboutReport, Admitted, Answer, CircuitKind, CircuitStatus, Claim, Commanded, CooldownStatus, Decision, Diagnostic, Event, EventKind,
    Explanation, Flushed, HealthReport, LastFailure, Lease, Limit, Listing, Outcome, OverrideKind, OverrideStatus, Permit, Phase, Problem,
    ProblemCode, Reason, Refusal, Refused, Scope, Setting, Settled, Severity, StatusRange, StatusReport, Verdict, WindowCounts, Written,
};

same_cases!(CircuitKind => wit::CircuitKind: Host, Name, Resolver);
same_cases!(Outcome => wit::Outcome: Success, Failure, Neutral);
same_cases!(Phase => wit::Phase: Closed, Open, HalfOpen);
same_cases!(Severity => wit::Severity: Error, Warning);
same_cases!(OverrideKind => wit::OverrideKind: ForcedOpen, Disabled);
same_cases!(Written => wit::Written: Stored, Unchanged, Stale, Kept, Unknown);
same_cases!(ProblemCode => wit::ProblemCode: NotConfigured, BadTarget, BadPermit, BadPatch, TooLarge, Storage);
same_cases!(Reason => wit::Reason: Open, HalfOpenFull, Staggered, CooldownRetryAfter, CooldownRolling, CooldownOperator, ForcedOpen, Storage);
same_cases!(
    EventKind => wit::EventKind: PhaseChanged, CooldownSet, CooldownEnded, RetryAfterIgnored, OverrideSet, OverrideEnded, PolicyChanged, OutcomeStale,
    OutcomeUnknown, OutcomesMerged, RecordReplaced, WindowReplaced, StorageLost, StorageBack
);

same_fields!(Problem => wit::Problem { code: into, detail });
same_fields!(Diagnostic => wit::Diagnostic { severity: into, source, line, path, message });
same_fields!(Scope => wit::Scope { kind: into, name, role });
same_fields!(Claim => wit::Claim { epoch, generation, probe });
same_fields!(Permit => wit::Permit { circuit: some, resolver: some });
same_fields!(StatusRange => wit::StatusRange { first, last });
same_fields!(Lease => wit::Lease { permit: into, calls, ms, slow_ns, success_statuses: all, circuits: all });
same_fields!(LastFailure => wit::LastFailure { what, at_ms });
same_fields!(Refusal => wit::Refusal { reason: into, retry_after_ms, last_failure: some });
same_fields!(Refused => wit::Refused { circuit: some, resolver: some, retry_after_ms, repeat_ms });
same_fields!(Admitted => wit::Admitted { permit: into, lease: boxed, would_refuse: boxed });
same_fields!(Event => wit::Event { circuit: some, kind: into, from: some, to: some, cause, generation, at_ms, here, last_failure: some });
same_fields!(Decision => wit::Decision { answer: into, events: all, changed: all });
same_fields!(Settled => wit::Settled { outcome: into, written: into, phase: into });
same_fields!(Verdict => wit::Verdict { circuit: into, resolver: some, events: all, changed: all });
same_fields!(OverrideStatus => wit::OverrideStatus { kind: into, note, remaining_ms });
same_fields!(CooldownStatus => wit::CooldownStatus { reason: into, note, remaining_ms });
same_fields!(WindowCounts => wit::WindowCounts { successes, failures, slow });
same_fields!(StatusReport => wit::StatusReport { circuit: into, resolver: some });
same_fields!(Listing => wit::Listing { circuits: all, next, unreadable });
same_fields!(Commanded => wit::Commanded { circuits: all, events: all, changed: all });
same_fields!(Setting => wit::Setting { path, value, origin });
same_fields!(Explanation => wit::Explanation { circuit: all, resolver: all });
same_fields!(HealthReport => wit::HealthReport { storage_lost_since_ms, kept, dropped });
same_fields!(Flushed => wit::Flushed { kept, events: all, changed: all });
same_fields!(Suggestion => advisor::Suggestion { path, current, suggested, why });
same_fields!(Limit => wit::Limit { name, value });
same_fields!(AboutReport => wit::AboutReport { engine, contract, record_format, limits: all });
same_fields!(CircuitStatus => wit::CircuitStatus {
    circuit: into, phase: into, override_: some, epoch, generation, failure_streak, trial_successes, trial_failures, probes,
    window: some, refused, remaining_ms, cooldown: some, opened_at_ms, last_failure: some, patch
});

impl From<Answer> for wit::Answer {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Admitted(admitted) => wit::Answer::Admitted(admitted.into()),
            Answer::Refused(refused) => wit::Answer::Refused(refused.into()),
        }
    }
}
