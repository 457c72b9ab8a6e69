use crate::random;
use fuseboard::Identity;
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives each engine of a board its identity, and a new one after a restart.
pub(super) enum IdentitySource {
    /// The process's seed, and a random writer for each engine.
    Random,
    /// For tests: this seed, and writers that count up.
    Counted { next: AtomicU64, seed: u64 },
}

impl IdentitySource {
    pub(super) fn counted(first: Identity) -> IdentitySource {
        IdentitySource::Counted { next: AtomicU64::new(first.writer), seed: first.seed }
    }

    pub(super) fn next(&self) -> Identity {
        match self {
            IdentitySource::Random => Identity { writer: random::random().max(1), seed: random::process_seed() },
            IdentitySource::Counted { next, seed } => Identity { writer: next.fetch_add(1, Ordering::Relaxed), seed: *seed },
        }
    }
}
