//! The advisor's question and answer, as `wit/advisor.wit` tells each field.

use fuseboard::Target;

/// What was seen of one target over a stretch of time: all calls of all processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    pub target: Target,
    /// In seconds: 60 to 604,800.
    pub observed_s: u32,
    /// Calls made, refusals not among them.
    pub calls: u64,
    pub failures: u64,
    pub opened: u32,
    pub reopened: u32,
    pub longest_healed_streak: u32,
    pub median_outage_ms: Option<u64>,
    pub retry_afters: u32,
    pub largest_retry_after_ms: Option<u64>,
}

/// One setting that could be better, with the value to put in a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub path: String,
    pub current: String,
    pub suggested: String,
    pub why: String,
}
