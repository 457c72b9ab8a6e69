//! The table of all settings: path, type, level and built-in value of each. All other modules use this table.

use crate::policy as limit;

/// A setting. The order is that of explanations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Mode,
    FailMax,
    FailGap,
    ResetTimeout,
    SuccessThreshold,
    TrialFailures,
    TrialCalls,
    ProbeTimeout,
    RetryAfterCap,
    CooldownJitter,
    BackoffMultiplier,
    BackoffMax,
    BackoffJitter,
    Window,
    WindowKind,
    WindowSize,
    MinimumCalls,
    FailureRate,
    FailureCount,
    SlowCallRate,
    SlowCall,
    FailureStatuses,
    NeutralStatuses,
    FailureExceptions,
    NeutralExceptions,
    CancelledAfter,
    NeutralProbe,
    Stagger,
    Lease,
    LeaseCalls,
    ClockSkew,
    StorageBudget,
    OnStorageError,
    RollingEnabled,
    RollingWindow,
    RollingThreshold,
    RollingCooldown,
}

impl Key {
    /// Whether this setting belongs to the window, and is removed when another window replaces it.
    pub(super) fn is_of_window(self) -> bool {
        (Key::Window..=Key::SlowCall).contains(&self)
    }
}

/// Type of a setting's value.
#[derive(Clone, Copy, Debug)]
pub(super) enum ValueType {
    /// A whole number between these bounds.
    Whole(u64, u64),
    /// A number between these bounds. Bounds and value are in thousandths: seconds in milliseconds, rates per mille.
    Decimal(u64, u64),
    Bool,
    Choice(&'static [&'static str]),
    Statuses,
    Patterns,
    /// A map of settings that can be off as a whole.
    Section,
}

/// What a setting applies to, which decides where it may be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Each circuit: under `defaults`, a host, a role, a name or a resolver.
    Circuit,
    /// The whole board: under `defaults` only.
    Board,
    /// Whole hosts: under `advanced`.
    Advanced,
}

/// How large counts of failures and trials may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CountBounds {
    /// As in the table: a larger number in a document is more likely a mistake.
    Configured,
    /// Up to 2^31 - 1, for programs that compute their settings.
    Defined,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) path: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) value_type: ValueType,
    /// Whether `null` is valid, and means off.
    pub(super) may_be_off: bool,
    pub(super) level: Level,
    /// Built-in value, as JSON.
    pub(super) built_in: &'static str,
}

const fn row(key: Key, path: &'static str, value_type: ValueType, built_in: &'static str) -> Row {
    Row { key, path, aliases: &[], value_type, may_be_off: false, level: Level::Circuit, built_in }
}

impl Row {
    /// The row with the bounds that apply to a source. The number of probes in flight keeps its bound: each is stored.
    pub(super) fn bounded_by(self, bounds: CountBounds) -> Row {
        let is_count =
            matches!(self.key, Key::FailMax | Key::FailureCount | Key::MinimumCalls | Key::SuccessThreshold | Key::TrialFailures);
        match self.value_type {
            ValueType::Whole(min, _) if is_count && bounds == CountBounds::Defined => {
                Row { value_type: ValueType::Whole(min, limit::DEFINED_COUNT_MAX), ..self }
            }
            _ => self,
        }
    }

    const fn or_off(self) -> Row {
        Row { may_be_off: true, ..self }
    }

    const fn alias(self, aliases: &'static [&'static str]) -> Row {
        Row { aliases, ..self }
    }

    const fn of_board(self) -> Row {
        Row { level: Level::Board, ..self }
    }

    const fn advanced(self) -> Row {
        Row { level: Level::Advanced, ..self }
    }
}

const fn whole(min: u32, max: u32) -> ValueType {
    ValueType::Whole(min as u64, max as u64)
}

const SECONDS: ValueType = ValueType::Decimal(limit::SECONDS_MIN.0, limit::SECONDS_MAX.0);
const SECONDS_OR_ZERO: ValueType = ValueType::Decimal(0, limit::SECONDS_MAX.0);
const RATE: ValueType = ValueType::Decimal(1, 1_000);

pub(super) fn path_of(key: Key) -> &'static str {
    SETTINGS.iter().find(|row| row.key == key).map_or("", |row| row.path)
}

pub(super) static SETTINGS: &[Row] = &[
    row(Key::Mode, "mode", ValueType::Choice(&["enforce", "observe"]), r#""enforce""#),
    row(Key::FailMax, "fail_max", whole(1, limit::FAILURES_MAX), "5").or_off(),
    row(Key::FailGap, "fail_gap_s", SECONDS, "null").or_off(),
    row(Key::ResetTimeout, "reset_timeout_s", SECONDS_OR_ZERO, "60").alias(&["reset", "reset_timeout"]),
    row(Key::SuccessThreshold, "success_threshold", whole(1, limit::TRIALS_MAX), "1"),
    row(Key::TrialFailures, "trial_failures", whole(0, limit::TRIAL_FAILURES_MAX), "0"),
    row(Key::TrialCalls, "trial_calls", whole(1, limit::TRIALS_MAX), "1"),
    row(Key::ProbeTimeout, "probe_timeout_s", SECONDS, "60"),
    row(Key::RetryAfterCap, "retry_after_cap_s", SECONDS_OR_ZERO, "900").alias(&["retry_after_cap"]),
    row(Key::CooldownJitter, "cooldown_jitter", ValueType::Decimal(0, 1_000), "0.1"),
    row(Key::BackoffMultiplier, "open_backoff.multiplier", ValueType::Decimal(1_000, limit::MULTIPLIER_MAX as u64), "1.0"),
    row(Key::BackoffMax, "open_backoff.max_s", SECONDS, "900"),
    row(Key::BackoffJitter, "open_backoff.jitter", ValueType::Decimal(0, 1_000), "0.0"),
    row(Key::Window, "window", ValueType::Section, "null").or_off(),
    row(Key::WindowKind, "window.kind", ValueType::Choice(&["time", "count"]), r#""time""#),
    row(Key::WindowSize, "window.size", whole(1, limit::WINDOW_SECONDS_MAX), "60"),
    row(Key::MinimumCalls, "window.minimum_calls", whole(1, limit::MINIMUM_CALLS_MAX), "20"),
    row(Key::FailureRate, "window.failure_rate", RATE, "0.5").or_off(),
    row(Key::FailureCount, "window.failure_count", whole(1, limit::FAILURES_MAX), "null").or_off(),
    row(Key::SlowCallRate, "window.slow_call_rate", RATE, "null").or_off(),
    row(Key::SlowCall, "window.slow_call_ms", ValueType::Whole(1, limit::SLOW_CALL_MAX.0), "10000"),
    row(Key::FailureStatuses, "classify.failure_statuses", ValueType::Statuses, r#"[408, 429, "5xx"]"#),
    row(Key::NeutralStatuses, "classify.neutral_statuses", ValueType::Statuses, "[401, 403, 404, 410, 451]"),
    row(Key::FailureExceptions, "classify.failure_exceptions", ValueType::Patterns, r#"["*"]"#),
    row(Key::NeutralExceptions, "classify.neutral_exceptions", ValueType::Patterns, "[]"),
    row(Key::CancelledAfter, "classify.cancelled_after_ms", ValueType::Whole(1, limit::CANCELLED_AFTER_MAX.0), "null").or_off(),
    row(Key::NeutralProbe, "half_open.neutral", ValueType::Choice(&["ignore", "success"]), r#""ignore""#),
    row(Key::Stagger, "half_open.jitter_ms", ValueType::Whole(0, limit::STAGGER_MAX.0), "0"),
    row(Key::Lease, "sharing.lease_ms", ValueType::Whole(0, limit::LEASE_MAX.0), "100"),
    row(Key::LeaseCalls, "sharing.lease_calls", whole(0, limit::LEASE_CALLS_MAX), "1000"),
    row(Key::ClockSkew, "sharing.clock_skew_ms", ValueType::Whole(0, limit::CLOCK_SKEW_MAX.0), "1000").of_board(),
    row(Key::StorageBudget, "sharing.storage_budget_ms", ValueType::Whole(1, limit::STORAGE_BUDGET_MAX.0), "250").of_board(),
    row(Key::OnStorageError, "sharing.on_storage_error", ValueType::Choice(&["local", "reject"]), r#""local""#).of_board(),
    row(Key::RollingEnabled, "advanced.rolling.enabled", ValueType::Bool, "false").advanced(),
    row(Key::RollingWindow, "advanced.rolling.window_s", SECONDS, "30").alias(&["window"]).advanced(),
    row(Key::RollingThreshold, "advanced.rolling.threshold_failures", whole(1, limit::THRESHOLD_FAILURES_MAX), "6")
        .alias(&["thresh"])
        .advanced(),
    row(Key::RollingCooldown, "advanced.rolling.cooldown_s", SECONDS, "60").alias(&["cooldown"]).advanced(),
];
