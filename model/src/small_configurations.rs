//! The configurations that every test run explores.

use crate::action_limits::ActionLimits;
use crate::configuration::{Configuration, Explored, Replies};
use crate::model_policy::{ModelPolicy, OnStorageError, Window};
use crate::outcome::ModelOutcome::{Failure, Success};
use crate::situation::Situation;

/// Opens at the first failure, and admits one probe.
pub const STRICT: ModelPolicy = ModelPolicy {
    fail_max: 1,
    reset: 1_000,
    probe_timeout: 1_000,
    trial_calls: 1,
    success_threshold: 1,
    window: Window::None,
    on_storage_error: OnStorageError::Local,
};

pub const TWO_FAILURES: ModelPolicy = ModelPolicy { fail_max: 2, ..STRICT };
pub const TWO_PROBES: ModelPolicy = ModelPolicy { trial_calls: 2, success_threshold: 2, ..STRICT };
pub const COUNTING: ModelPolicy = ModelPolicy { fail_max: 3, window: Window::OfCalls, ..STRICT };
/// Opens late, and waits long.
pub const PATIENT: ModelPolicy = ModelPolicy { fail_max: 2, reset: 2_000, ..STRICT };
pub const REJECTING: ModelPolicy = ModelPolicy { on_storage_error: OnStorageError::Reject, ..TWO_FAILURES };

/// Two processes without faults.
const SMALL: Configuration = Configuration {
    name: "",
    description: "",
    explored: Explored::InEveryTest,
    replies: Replies::AtOnce,
    processes: 2,
    requests: 1,
    policies: &[],
    outcomes: &[Failure, Success],
    tick: 1_000,
    clock_offsets: &[],
    limits: ActionLimits::NONE,
    must_reach: &[],
};

pub const TRIPS: Configuration = Configuration {
    name: "trips",
    description: "failures and successes of two processes",
    replies: Replies::Later,
    policies: &[TWO_FAILURES],
    limits: ActionLimits { allows: 3, ..ActionLimits::NONE },
    must_reach: &[
        Situation::Trip,
        Situation::TripByTwoProcesses,
        Situation::RefusedOpen,
        Situation::Conflict,
        Situation::StreakEnded,
        Situation::Stale,
    ],
    ..SMALL
};

pub const ONE_PROBE_AT_ONCE: Configuration = Configuration {
    name: "probes",
    description: "one slot: a probe closes the circuit, or opens it again",
    policies: &[STRICT],
    limits: ActionLimits { allows: 3, ticks: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::Probe, Situation::RefusedFull, Situation::ClosedByProbe, Situation::ReopenedByProbe],
    ..SMALL
};

pub const TWO_PROBES_AT_ONCE: Configuration = Configuration {
    name: "two-probes",
    description: "two slots: two successes close the circuit",
    policies: &[TWO_PROBES],
    limits: ActionLimits { allows: 3, ticks: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::TwoProbes, Situation::ClosedByProbe, Situation::ReopenedByProbe, Situation::Conflict],
    ..SMALL
};

pub const CRASHES: Configuration = Configuration {
    name: "crashes",
    description: "a process ends at any moment, also while it has a slot, and is started again",
    processes: 1,
    outcomes: &[Failure],
    tick: 1_500,
    policies: &[STRICT],
    limits: ActionLimits { allows: 3, ticks: 2, crashes: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::SlotTakenOver, Situation::LateProbeCounts],
    ..SMALL
};

pub const LOST_ANSWERS: Configuration = Configuration {
    name: "lost-answers",
    description: "the answer to a swap is lost: the swap was carried out or not, and the load that looks for it may fail",
    replies: Replies::Later,
    policies: &[COUNTING],
    limits: ActionLimits { allows: 2, losses: 2, failures: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::Unknown, Situation::LostButFound, Situation::Conflict],
    ..SMALL
};

pub const LOST_SLOTS: Configuration = Configuration {
    name: "lost-slots",
    description: "the answer to a swap that grants a slot is lost",
    policies: &[STRICT],
    outcomes: &[Failure],
    limits: ActionLimits { allows: 3, ticks: 1, losses: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::Probe, Situation::RefusedFull],
    ..SMALL
};

pub const LOST_BACKLOG: Configuration = Configuration {
    name: "lost-backlog",
    description: "the answer to a swap of kept outcomes is lost, and the load that looks for the swap may fail",
    processes: 1,
    policies: &[COUNTING],
    outcomes: &[Failure],
    limits: ActionLimits { allows: 2, ticks: 2, losses: 1, failures: 2, ..ActionLimits::NONE },
    must_reach: &[Situation::Kept, Situation::BacklogWritten],
    ..SMALL
};

pub const OUTAGE: Configuration = Configuration {
    name: "outage",
    description: "operations fail, calls are decided locally, and outcomes are kept",
    policies: &[TWO_FAILURES],
    limits: ActionLimits { allows: 2, ticks: 1, failures: 1, flushes: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::Kept, Situation::BacklogWritten, Situation::LocalAdmission, Situation::Trip],
    ..SMALL
};

pub const REJECT: Configuration = Configuration {
    name: "reject",
    description: "operations fail, and calls are refused then",
    policies: &[REJECTING],
    limits: ActionLimits { allows: 2, ticks: 1, failures: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::Kept, Situation::RefusedByStorage, Situation::BacklogWritten],
    ..SMALL
};

pub const WIPED: Configuration = Configuration {
    name: "wiped",
    description: "the store loses everything",
    policies: &[STRICT],
    outcomes: &[Failure],
    limits: ActionLimits { allows: 3, ticks: 1, wipes: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::Wiped, Situation::Stale, Situation::Trip],
    ..SMALL
};

pub const ROLLED_BACK: Configuration = Configuration {
    name: "rolled-back",
    description: "the store returns to an earlier version",
    policies: &[STRICT],
    outcomes: &[Failure],
    limits: ActionLimits { allows: 3, ticks: 1, rollbacks: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::StaleAfterRollback, Situation::Probe],
    ..SMALL
};

pub const SKEWED_CLOCKS: Configuration = Configuration {
    name: "skewed-clocks",
    description: "a clock jumps within the skew, near the deadline of an open circuit",
    outcomes: &[Failure],
    tick: 750,
    clock_offsets: &[0, 250],
    policies: &[STRICT],
    limits: ActionLimits { allows: 2, ticks: 2, clock_jumps: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::EarlyWithinSkew, Situation::RefusedOpen],
    ..SMALL
};

pub const FAR_CLOCKS: Configuration = Configuration {
    name: "far-clocks",
    description: "a clock jumps by an hour or two, in both directions",
    outcomes: &[Failure],
    clock_offsets: &[3_600_000, -3_600_000],
    policies: &[STRICT],
    limits: ActionLimits { allows: 2, ticks: 1, clock_jumps: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::Clamped, Situation::RefusedOpen, Situation::Probe],
    ..SMALL
};

pub const POLICY_CHANGE: Configuration = Configuration {
    name: "policy-change",
    description: "one process after the other changes to a policy that opens earlier and waits less",
    policies: &[PATIENT, STRICT],
    outcomes: &[Failure],
    limits: ActionLimits { allows: 2, ticks: 1, policy_changes: 2, ..ActionLimits::NONE },
    must_reach: &[Situation::TripByLowerPolicy, Situation::Trip, Situation::Probe],
    ..SMALL
};

pub const WAITING_TOGETHER: Configuration = Configuration {
    name: "waiting-together",
    description: "three requests of one process wait at once",
    processes: 1,
    requests: 3,
    outcomes: &[Failure],
    policies: &[ModelPolicy { fail_max: 4, ..COUNTING }],
    limits: ActionLimits { allows: 3, ..ActionLimits::NONE },
    must_reach: &[Situation::GroupWritten],
    ..SMALL
};

pub const ABANDONED: Configuration = Configuration {
    name: "abandoned",
    description: "two requests of one process wait at once, and one is abandoned",
    processes: 1,
    requests: 2,
    policies: &[TWO_FAILURES],
    outcomes: &[Failure],
    limits: ActionLimits { allows: 2, abandons: 1, losses: 1, flushes: 1, ..ActionLimits::NONE },
    must_reach: &[Situation::BacklogWritten, Situation::Trip],
    ..SMALL
};
