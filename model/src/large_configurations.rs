//! All configurations, the large ones included.

use crate::configuration::{Configuration, Replies, When};
use crate::configurations::{
    ABANDONED, CRASHES, FAR, LOST_ANSWERS, NONE, OUTAGE, POLICIES, PROBES, REJECT, ROLLED_BACK, SKEWED, STRICT, TOGETHER, TRIPS,
    TWO_AT_ONCE, WIPED,
};
use crate::history::Verdict::{Failure, Success};
use crate::left::Left;

const LARGE: When = When::OnRequest;
const LATER: Replies = Replies::Later;
const BOTH: &[crate::history::Verdict] = &[Failure, Success];

/// The small configurations first.
pub const CONFIGURATIONS: &[Configuration] = &[
    TRIPS,
    PROBES,
    TWO_AT_ONCE,
    CRASHES,
    LOST_ANSWERS,
    OUTAGE,
    REJECT,
    WIPED,
    ROLLED_BACK,
    SKEWED,
    FAR,
    POLICIES,
    TOGETHER,
    ABANDONED,
    Configuration {
        name: "trips-long",
        about: "four calls, and time for a probe",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 4, ticks: 1, ..NONE },
        ..TRIPS
    },
    Configuration {
        name: "three-processes",
        about: "failures and successes of three processes",
        when: LARGE,
        replies: LATER,
        processes: 3,
        at_most: Left { allows: 4, ..NONE },
        ..TRIPS
    },
    Configuration {
        name: "probes-long",
        about: "slots expire, and late replies",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 3, ticks: 2, ..NONE },
        ..PROBES
    },
    Configuration {
        name: "two-probes-long",
        about: "two slots, which expire",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 3, ticks: 2, ..NONE },
        ..TWO_AT_ONCE
    },
    Configuration {
        name: "crashes-long",
        about: "failures and successes, and late replies",
        when: LARGE,
        replies: LATER,
        processes: 2,
        verdicts: BOTH,
        tick: 1_000,
        at_most: Left { allows: 3, ticks: 3, crashes: 1, ..NONE },
        ..CRASHES
    },
    Configuration {
        name: "lost-answers-long",
        about: "lost answers while a circuit opens and probes",
        when: LARGE,
        replies: LATER,
        policies: &[STRICT],
        at_most: Left { allows: 3, ticks: 1, losses: 2, ..NONE },
        reaches: &[],
        ..LOST_ANSWERS
    },
    Configuration {
        name: "outage-long",
        about: "two failures of the store, and three calls",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 3, ticks: 1, failures: 2, flushes: 1, ..NONE },
        ..OUTAGE
    },
    Configuration {
        name: "reject-long",
        about: "two failures of the store, and three calls",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 3, ticks: 1, failures: 2, ..NONE },
        ..REJECT
    },
    Configuration {
        name: "wiped-long",
        about: "the store loses everything, and answers are lost",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 3, ticks: 1, wipes: 1, losses: 1, ..NONE },
        verdicts: BOTH,
        ..WIPED
    },
    Configuration {
        name: "rolled-back-long",
        about: "the store returns to an earlier version, and answers are lost",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 3, ticks: 1, rollbacks: 1, losses: 1, ..NONE },
        verdicts: BOTH,
        ..ROLLED_BACK
    },
    Configuration {
        name: "skewed-clocks-long",
        about: "three calls, and late replies",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 3, ticks: 3, clock_jumps: 1, ..NONE },
        ..SKEWED
    },
    Configuration {
        name: "far-clocks-long",
        about: "late replies",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 3, ticks: 2, clock_jumps: 1, ..NONE },
        ..FAR
    },
    Configuration {
        name: "policy-change-long",
        about: "three calls, and late replies",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 3, ticks: 1, policy_changes: 2, ..NONE },
        verdicts: BOTH,
        ..POLICIES
    },
    Configuration {
        name: "waiting-together-long",
        about: "two processes with two requests each",
        when: LARGE,
        replies: LATER,
        processes: 2,
        requests: 2,
        at_most: Left { allows: 3, ..NONE },
        reaches: &[],
        ..TOGETHER
    },
    Configuration {
        name: "abandoned-long",
        about: "late replies, and lost answers",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 2, abandons: 1, flushes: 1, losses: 1, ..NONE },
        ..ABANDONED
    },
    Configuration {
        name: "everything",
        about: "every fault once",
        when: LARGE,
        replies: LATER,
        at_most: Left { allows: 2, ticks: 1, losses: 1, failures: 1, crashes: 1, wipes: 1, rollbacks: 1, ..NONE },
        reaches: &[],
        ..PROBES
    },
];
