//! Answers of the component as our types, within the bounds of [`clamp`](super::clamp).

use super::bindings::exports::fuseboard::breaker::{advisor, board as wit};
use super::convert::{convert_enum, convert_record};
use fuseboard::advisor::Suggestion;
use fuseboard::{
    AboutReport, Admitted, Answer, Cause, CircuitKind, CircuitStatus, Claim, Commanded, CooldownStatus, Decision, Diagnostic, Event,
    EventKind, Explanation, Flushed, HealthReport, LastFailure, Lease, Limit, Listing, Outcome, OverrideKind, OverrideStatus, Permit,
    Phase, Problem, ProblemCode, Reason, Refusal, Refused, Scope, Setting, Settled, Severity, StatusRange, StatusReport, Verdict,
    WindowCounts, WriteMark, Written,
};

convert_enum!(wit::CircuitKind => CircuitKind: Host, Name, Resolver);
convert_enum!(wit::Outcome => Outcome: Success, Failure, Neutral);
convert_enum!(wit::Phase => Phase: Closed, Open, HalfOpen);
convert_enum!(wit::Severity => Severity: Error, Warning);
convert_enum!(wit::OverrideKind => OverrideKind: ForcedOpen, Disabled);
convert_enum!(wit::Written => Written: Stored, Unchanged, Stale, Kept, Unknown);
convert_enum!(wit::ProblemCode => ProblemCode: NotConfigured, BadTarget, BadPermit, BadPatch, BadRetryAfter, TooLarge, Storage);
convert_enum!(wit::Reason => Reason: Open, HalfOpenFull, Staggered, CooldownRetryAfter, CooldownRolling, CooldownOperator, ForcedOpen, Storage);
convert_enum!(
    wit::EventKind => EventKind: PhaseChanged, CooldownSet, CooldownEnded, RetryAfterIgnored, OverrideSet, OverrideEnded, PolicyChanged, OutcomeStale,
    OutcomeUnknown, OutcomesMerged, Uncounted, RecordReplaced, RecordNewer, RecordReadable, WindowReplaced, StorageLost, StorageBack, WriterShared
);
convert_enum!(
    wit::Cause => Cause: Streak, FailureCount, FailureRate, SlowRate, Probe, ResetTime, Expired, Operator, RetryAfter, Burst, StalePermit,
    LostAnswer, Backlog, RecordLimit, StoreRefusal, DamagedRecord, NewerFormat, WindowShape, Store, SharedWriter, OtherBoard
);

convert_record!(wit::Problem => Problem { code: into, detail: text });
convert_record!(wit::Diagnostic => Diagnostic { severity: into, source: text, line, path: text, message: text });
convert_record!(wit::ScopeResult => Scope { kind: into, name: text, role: some text });
convert_record!(wit::Mark => WriteMark { writer, sequence });
convert_record!(wit::Claim => Claim { generation: some, probe: some });
convert_record!(wit::Permit => Permit { circuit: some, resolver: some });
convert_record!(wit::StatusRange => StatusRange { first, last });
convert_record!(wit::LeaseResult => Lease {
    permit: into, calls: lease_calls, ms: lease_ms, slow_ns, success_statuses: list, neutral_statuses: list,
    cancelled_after_ns, circuits: list
});
convert_record!(wit::LastFailure => LastFailure { what: text, at_ms });
convert_record!(wit::Refusal => Refusal { reason: into, retry_after_ms: some wait_ms, last_failure: some });
convert_record!(wit::Refused => Refused { circuit: some, resolver: some, retry_after_ms: some wait_ms, repeat_ms: lease_ms, spread_ms: lease_ms });
convert_record!(wit::Admitted => Admitted { permit: into, lease: boxed, would_refuse: boxed });
convert_record!(wit::Event => Event {
    circuit: some, kind: into, from: some, to: some, cause: into, detail: text, generation, at_ms, here, last_failure: some
});
convert_record!(wit::Decision => Decision { answer: into, events: events, changed: list });
convert_record!(wit::Settled => Settled { outcome: into, written: into, phase: into });
convert_record!(wit::Verdict => Verdict { circuit: into, resolver: some, events: events, changed: list });
convert_record!(wit::OverrideStatus => OverrideStatus { kind: into, note: text, remaining_ms: some wait_ms });
convert_record!(wit::CooldownStatus => CooldownStatus { reason: into, note: text, remaining_ms: wait_ms });
convert_record!(wit::WindowCounts => WindowCounts { successes, failures, slow });
convert_record!(wit::StatusReport => StatusReport { circuit: into, resolver: some });
convert_record!(wit::Listing => Listing { circuits: circuits, next: some text, unreadable: texts });
convert_record!(wit::Commanded => Commanded { circuits: circuits, events: events, changed: list });
convert_record!(wit::Setting => Setting { path: text, value: document, origin: text });
convert_record!(wit::Explanation => Explanation { circuit: list, resolver: list });
convert_record!(wit::HealthReport => HealthReport { storage_lost_since_ms, kept, dropped });
convert_record!(wit::Flushed => Flushed { kept, events: events, changed: list });
convert_record!(advisor::Suggestion => Suggestion { path: text, current: text, suggested: text, why: text });
convert_record!(wit::Limit => Limit { name: text, value });
convert_record!(wit::AboutReport => AboutReport { engine: text, contract: text, record_format, limits: list });
convert_record!(wit::CircuitStatus => CircuitStatus {
    circuit: into, phase: into, override_: some, generation, failure_streak, trial_successes, trial_failures, probes,
    window: some, refused, remaining_ms: some wait_ms, cooldown: some, opened_at_ms, last_failure: some, patch: some document
});

impl From<wit::Answer> for Answer {
    #[inline]
    fn from(answer: wit::Answer) -> Self {
        match answer {
            wit::Answer::Admitted(admitted) => Answer::Admitted(admitted.into()),
            wit::Answer::Refused(refused) => Answer::Refused(refused.into()),
        }
    }
}
