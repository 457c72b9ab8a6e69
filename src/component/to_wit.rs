//! Converts the engine's answers to the contract's types.

use super::convert::{convert_enum, convert_record};
use super::wit::exports::fuseboard::breaker::{advisor, board as wit};
use crate::advisor::Suggestion;
use crate::{
    AboutReport, Admitted, Answer, Cause, CircuitKind, CircuitStatus, Claim, Commanded, CooldownStatus, Decision, Diagnostic, Event,
    EventKind, Explanation, Flushed, HealthReport, LastFailure, Lease, Limit, Listing, Outcome, OverrideKind, OverrideStatus, Permit,
    Phase, Problem, ProblemCode, Reason, Refusal, Refused, Scope, Setting, Settled, Severity, StatusRange, StatusReport, Verdict,
    WindowCounts, WriteMark, Written,
};

convert_enum!(CircuitKind => wit::CircuitKind: Host, Name, Resolver);
convert_enum!(Outcome => wit::Outcome: Success, Failure, Neutral);
convert_enum!(Phase => wit::Phase: Closed, Open, HalfOpen);
convert_enum!(Severity => wit::Severity: Error, Warning);
convert_enum!(OverrideKind => wit::OverrideKind: ForcedOpen, Disabled);
convert_enum!(Written => wit::Written: Stored, Unchanged, Stale, Kept, Unknown);
convert_enum!(ProblemCode => wit::ProblemCode: NotConfigured, BadTarget, BadPermit, BadPatch, BadRetryAfter, TooLarge, Storage);
convert_enum!(Reason => wit::Reason: Open, HalfOpenFull, Staggered, CooldownRetryAfter, CooldownRolling, CooldownOperator, ForcedOpen, Storage);
convert_enum!(
    EventKind => wit::EventKind: PhaseChanged, CooldownSet, CooldownEnded, RetryAfterIgnored, OverrideSet, OverrideEnded, PolicyChanged, OutcomeStale,
    OutcomeUnknown, OutcomesMerged, Uncounted, RecordReplaced, RecordNewer, RecordReadable, WindowReplaced, StorageLost, StorageBack, WriterShared
);
convert_enum!(
    Cause => wit::Cause: Streak, FailureCount, FailureRate, SlowRate, Probe, ResetTime, Expired, Operator, RetryAfter, Burst, StalePermit,
    LostAnswer, Backlog, RecordLimit, StoreRefusal, DamagedRecord, NewerFormat, WindowShape, Store, SharedWriter, OtherBoard
);

convert_record!(Problem => wit::Problem { code: into, detail });
convert_record!(Diagnostic => wit::Diagnostic { severity: into, source, line, path, message });
convert_record!(Scope => wit::Scope { kind: into, name, role });
convert_record!(WriteMark => wit::Mark { writer, sequence });
convert_record!(Claim => wit::Claim { generation: some, probe: some });
convert_record!(Permit => wit::Permit { circuit: some, resolver: some });
convert_record!(StatusRange => wit::StatusRange { first, last });
convert_record!(Lease => wit::Lease { permit: into, calls, ms, slow_ns, success_statuses: all, neutral_statuses: all, cancelled_after_ns, circuits: all });
convert_record!(LastFailure => wit::LastFailure { what, at_ms });
convert_record!(Refusal => wit::Refusal { reason: into, retry_after_ms, last_failure: some });
convert_record!(Refused => wit::Refused { circuit: some, resolver: some, retry_after_ms, repeat_ms, spread_ms });
convert_record!(Admitted => wit::Admitted { permit: into, lease: boxed, would_refuse: boxed });
convert_record!(Event => wit::Event { circuit: some, kind: into, from: some, to: some, cause: into, detail, generation, at_ms, here, last_failure: some });
convert_record!(Decision => wit::Decision { answer: into, events: all, changed: all });
convert_record!(Settled => wit::Settled { outcome: into, written: into, phase: into });
convert_record!(Verdict => wit::Verdict { circuit: into, resolver: some, events: all, changed: all });
convert_record!(OverrideStatus => wit::OverrideStatus { kind: into, note, remaining_ms });
convert_record!(CooldownStatus => wit::CooldownStatus { reason: into, note, remaining_ms });
convert_record!(WindowCounts => wit::WindowCounts { successes, failures, slow });
convert_record!(StatusReport => wit::StatusReport { circuit: into, resolver: some });
convert_record!(Listing => wit::Listing { circuits: all, next, unreadable });
convert_record!(Commanded => wit::Commanded { circuits: all, events: all, changed: all });
convert_record!(Setting => wit::Setting { path, value, origin });
convert_record!(Explanation => wit::Explanation { circuit: all, resolver: all });
convert_record!(HealthReport => wit::HealthReport { storage_lost_since_ms, kept, dropped });
convert_record!(Flushed => wit::Flushed { kept, events: all, changed: all });
convert_record!(Suggestion => advisor::Suggestion { path, current, suggested, why });
convert_record!(Limit => wit::Limit { name, value });
convert_record!(AboutReport => wit::AboutReport { engine, contract, record_format, limits: all });
convert_record!(CircuitStatus => wit::CircuitStatus {
    circuit: into, phase: into, override_: some, generation, failure_streak, trial_successes, trial_failures, probes,
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
