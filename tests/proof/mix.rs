//! Which outcomes and faults a random run of open requests may contain, and its settings.

use crate::settings::{OnStorageError, Settings, Window};
use crate::window_oracle::Size;

/// Which outcomes and faults a run may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Only failures, so that the streaks count every outcome. No answer is lost, and no request is abandoned.
    Failures,
    /// Only failures. Answers are lost, and requests are abandoned.
    Losses,
    /// Successes, commands and resolvers too.
    Everything,
    /// As `Everything`, and decided by local copies in an outage. Records are patched, damaged and lost, and the instance is replaced.
    Outside,
}

impl Mix {
    /// Whether the streaks count every outcome.
    pub fn counts_every_outcome(self) -> bool {
        matches!(self, Mix::Failures | Mix::Losses)
    }

    pub fn settings(self) -> Settings {
        let of_calls =
            Window { size: Size::Calls(20), minimum_calls: 1, failure_rate: None, failure_count: Some(8), slow_call_rate: None, slow: 1 };
        let everything = Settings {
            fail_max: Some(3),
            lease: 100,
            window: Some(of_calls),
            on_storage_error: OnStorageError::Reject,
            ..Settings::default()
        };
        match self {
            Mix::Failures | Mix::Losses => Settings { fail_max: None, ..Settings::default() },
            Mix::Everything => everything,
            Mix::Outside => Settings { on_storage_error: OnStorageError::Local, ..everything },
        }
    }
}
