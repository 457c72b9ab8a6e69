//! All configurations, the large ones included.

use crate::action_limits::ActionLimits;
use crate::configuration::{Configuration, Explored, Replies};
use crate::outcome::ModelOutcome::{self, Failure, Success};
use crate::small_configurations::{
    ABANDONED, CRASHES, FAR_CLOCKS, LOST_ANSWERS, LOST_BACKLOG, LOST_SLOTS, ONE_PROBE_AT_ONCE, OUTAGE, POLICY_CHANGE, REJECT, ROLLED_BACK,
    SKEWED_CLOCKS, STRICT, TRIPS, TWO_PROBES_AT_ONCE, WAITING_TOGETHER, WIPED,
};

const LARGE: Explored = Explored::OnRequest;
const LATER: Replies = Replies::Later;
const BOTH: &[ModelOutcome] = &[Failure, Success];

/// The small configurations first.
pub const CONFIGURATIONS: &[Configuration] = &[
    TRIPS,
    ONE_PROBE_AT_ONCE,
    TWO_PROBES_AT_ONCE,
    CRASHES,
    LOST_ANSWERS,
    LOST_SLOTS,
    LOST_BACKLOG,
    OUTAGE,
    REJECT,
    WIPED,
    ROLLED_BACK,
    SKEWED_CLOCKS,
    FAR_CLOCKS,
    POLICY_CHANGE,
    WAITING_TOGETHER,
    ABANDONED,
    Configuration {
        name: "trips-long",
        description: "four calls, and time for a probe",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 4, ticks: 1, ..ActionLimits::NONE },
        ..TRIPS
    },
    Configuration {
        name: "three-processes",
        description: "failures and successes of three processes",
        explored: LARGE,
        replies: LATER,
        processes: 3,
        limits: ActionLimits { allows: 4, ..ActionLimits::NONE },
        ..TRIPS
    },
    Configuration {
        name: "probes-long",
        description: "slots expire, and late replies",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 3, ticks: 2, ..ActionLimits::NONE },
        ..ONE_PROBE_AT_ONCE
    },
    Configuration {
        name: "two-probes-long",
        description: "two slots, which expire",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 3, ticks: 2, ..ActionLimits::NONE },
        ..TWO_PROBES_AT_ONCE
    },
    Configuration {
        name: "crashes-long",
        description: "failures and successes, and late replies",
        explored: LARGE,
        replies: LATER,
        processes: 2,
        outcomes: BOTH,
        tick: 1_000,
        limits: ActionLimits { allows: 3, ticks: 3, crashes: 1, ..ActionLimits::NONE },
        ..CRASHES
    },
    Configuration {
        name: "lost-answers-long",
        description: "lost answers while a circuit opens and probes",
        explored: LARGE,
        replies: LATER,
        policies: &[STRICT],
        limits: ActionLimits { allows: 3, ticks: 1, losses: 2, ..ActionLimits::NONE },
        must_reach: &[],
        ..LOST_ANSWERS
    },
    Configuration {
        name: "outage-long",
        description: "two failures of the store, and three calls",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 3, ticks: 1, failures: 2, flushes: 1, ..ActionLimits::NONE },
        ..OUTAGE
    },
    Configuration {
        name: "reject-long",
        description: "two failures of the store, and three calls",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 3, ticks: 1, failures: 2, ..ActionLimits::NONE },
        ..REJECT
    },
    Configuration {
        name: "wiped-long",
        description: "the store loses everything, and answers are lost",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 3, ticks: 1, wipes: 1, losses: 1, ..ActionLimits::NONE },
        outcomes: BOTH,
        ..WIPED
    },
    Configuration {
        name: "rolled-back-long",
        description: "the store returns to an earlier version, and answers are lost",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 3, ticks: 1, rollbacks: 1, losses: 1, ..ActionLimits::NONE },
        outcomes: BOTH,
        ..ROLLED_BACK
    },
    Configuration {
        name: "skewed-clocks-long",
        description: "three calls, and late replies",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 3, ticks: 3, clock_jumps: 1, ..ActionLimits::NONE },
        ..SKEWED_CLOCKS
    },
    Configuration {
        name: "far-clocks-long",
        description: "late replies",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 3, ticks: 2, clock_jumps: 1, ..ActionLimits::NONE },
        ..FAR_CLOCKS
    },
    Configuration {
        name: "policy-change-long",
        description: "three calls, and late replies",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 3, ticks: 1, policy_changes: 2, ..ActionLimits::NONE },
        outcomes: BOTH,
        ..POLICY_CHANGE
    },
    Configuration {
        name: "waiting-together-long",
        description: "two processes with two requests each",
        explored: LARGE,
        replies: LATER,
        processes: 2,
        requests: 2,
        limits: ActionLimits { allows: 3, ..ActionLimits::NONE },
        must_reach: &[],
        ..WAITING_TOGETHER
    },
    Configuration {
        name: "abandoned-long",
        description: "late replies, and lost answers",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 2, abandons: 1, flushes: 1, losses: 1, ..ActionLimits::NONE },
        ..ABANDONED
    },
    Configuration {
        name: "everything",
        description: "every fault once",
        explored: LARGE,
        replies: LATER,
        limits: ActionLimits { allows: 2, ticks: 1, losses: 1, failures: 1, crashes: 1, wipes: 1, rollbacks: 1, ..ActionLimits::NONE },
        must_reach: &[],
        ..ONE_PROBE_AT_ONCE
    },
];
