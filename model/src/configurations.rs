//! The configurations that every test run explores.

use crate::configuration::{Configuration, Replies, When};
use crate::history::Verdict::{Failure, Success};
use crate::left::Left;
use crate::policies::{ModelPolicy, OnStorageError, Window};
use crate::seen::Event;

pub const NONE: Left = Left {
    allows: 0,
    ticks: 0,
    losses: 0,
    failures: 0,
    crashes: 0,
    wipes: 0,
    rollbacks: 0,
    clock_jumps: 0,
    policy_changes: 0,
    abandons: 0,
    flushes: 0,
};

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
    about: "",
    when: When::EveryTest,
    replies: Replies::AtOnce,
    processes: 2,
    requests: 1,
    policies: &[],
    verdicts: &[Failure, Success],
    tick: 1_000,
    clocks: &[],
    at_most: NONE,
    reaches: &[],
};

pub const TRIPS: Configuration = Configuration {
    name: "trips",
    about: "failures and successes of two processes",
    replies: Replies::Later,
    policies: &[TWO_FAILURES],
    at_most: Left { allows: 3, ..NONE },
    reaches: &[Event::Trip, Event::TripByTwoProcesses, Event::RefusedOpen, Event::Conflict, Event::StreakEnded, Event::Stale],
    ..SMALL
};

pub const PROBES: Configuration = Configuration {
    name: "probes",
    about: "one slot, and probes that close and open",
    policies: &[STRICT],
    at_most: Left { allows: 3, ticks: 1, ..NONE },
    reaches: &[Event::Probe, Event::RefusedFull, Event::ClosedByProbe, Event::ReopenedByProbe],
    ..SMALL
};

pub const TWO_AT_ONCE: Configuration = Configuration {
    name: "two-probes",
    about: "two slots, and two successes that close",
    policies: &[TWO_PROBES],
    at_most: Left { allows: 3, ticks: 1, ..NONE },
    reaches: &[Event::TwoProbes, Event::ClosedByProbe, Event::ReopenedByProbe, Event::Conflict],
    ..SMALL
};

pub const CRASHES: Configuration = Configuration {
    name: "crashes",
    about: "a process ends at any moment, also with a slot, and another one begins in its place",
    processes: 1,
    verdicts: &[Failure],
    tick: 1_500,
    policies: &[STRICT],
    at_most: Left { allows: 3, ticks: 2, crashes: 1, ..NONE },
    reaches: &[Event::SlotTakenOver, Event::LateProbeCounts],
    ..SMALL
};

pub const LOST_ANSWERS: Configuration = Configuration {
    name: "lost-answers",
    about: "the answer to a swap is lost, and the swap was carried out or not",
    replies: Replies::Later,
    policies: &[COUNTING],
    at_most: Left { allows: 2, losses: 2, ..NONE },
    reaches: &[Event::Unknown, Event::LostButFound, Event::Conflict],
    ..SMALL
};

pub const OUTAGE: Configuration = Configuration {
    name: "outage",
    about: "operations fail, and outcomes are kept",
    policies: &[TWO_FAILURES],
    at_most: Left { allows: 2, ticks: 1, failures: 1, flushes: 1, ..NONE },
    reaches: &[Event::Kept, Event::BacklogWritten, Event::LocalAdmission, Event::Trip],
    ..SMALL
};

pub const REJECT: Configuration = Configuration {
    name: "reject",
    about: "operations fail, and the policy refuses calls then",
    policies: &[REJECTING],
    at_most: Left { allows: 2, ticks: 1, failures: 1, ..NONE },
    reaches: &[Event::Kept, Event::RefusedByStorage, Event::BacklogWritten],
    ..SMALL
};

pub const WIPED: Configuration = Configuration {
    name: "wiped",
    about: "the store loses everything",
    policies: &[STRICT],
    verdicts: &[Failure],
    at_most: Left { allows: 3, ticks: 1, wipes: 1, ..NONE },
    reaches: &[Event::Wiped, Event::Stale, Event::Trip],
    ..SMALL
};

pub const ROLLED_BACK: Configuration = Configuration {
    name: "rolled-back",
    about: "the store returns to an earlier version",
    policies: &[STRICT],
    verdicts: &[Failure],
    at_most: Left { allows: 3, ticks: 1, rollbacks: 1, ..NONE },
    reaches: &[Event::StaleAfterRollback, Event::Probe],
    ..SMALL
};

pub const SKEWED: Configuration = Configuration {
    name: "skewed-clocks",
    about: "a clock jumps within the skew, and probes are near the deadline",
    verdicts: &[Failure],
    tick: 750,
    clocks: &[0, 250],
    policies: &[STRICT],
    at_most: Left { allows: 2, ticks: 2, clock_jumps: 1, ..NONE },
    reaches: &[Event::EarlyWithinSkew, Event::RefusedOpen],
    ..SMALL
};

pub const FAR: Configuration = Configuration {
    name: "far-clocks",
    about: "a clock jumps by an hour, in both directions",
    verdicts: &[Failure],
    clocks: &[3_600_000, -3_600_000],
    policies: &[STRICT],
    at_most: Left { allows: 2, ticks: 1, clock_jumps: 1, ..NONE },
    reaches: &[Event::Clamped, Event::RefusedOpen, Event::Probe],
    ..SMALL
};

pub const POLICIES: Configuration = Configuration {
    name: "policy-change",
    about: "processes change to a policy that opens earlier and waits less, one after the other",
    policies: &[PATIENT, STRICT],
    verdicts: &[Failure],
    at_most: Left { allows: 2, ticks: 1, policy_changes: 2, ..NONE },
    reaches: &[Event::TripByLowerPolicy, Event::Trip, Event::Probe],
    ..SMALL
};

pub const TOGETHER: Configuration = Configuration {
    name: "waiting-together",
    about: "three requests of one process wait at once",
    processes: 1,
    requests: 3,
    verdicts: &[Failure],
    policies: &[ModelPolicy { fail_max: 4, ..COUNTING }],
    at_most: Left { allows: 3, ..NONE },
    reaches: &[Event::GroupWritten],
    ..SMALL
};

pub const ABANDONED: Configuration = Configuration {
    name: "abandoned",
    about: "two requests of one process wait at once, and a caller does not wait any longer",
    processes: 1,
    requests: 2,
    policies: &[TWO_FAILURES],
    verdicts: &[Failure],
    at_most: Left { allows: 2, abandons: 1, losses: 1, flushes: 1, ..NONE },
    reaches: &[Event::BacklogWritten, Event::Trip],
    ..SMALL
};
