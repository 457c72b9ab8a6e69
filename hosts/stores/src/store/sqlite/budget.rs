use fuseboard::time::Millis;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest budget of one operation. A longer one is cut to it.
const WITHIN_MAX: Duration = Duration::from_hours(1);

/// First pause of an operation that finds the file locked. Each further pause is twice as long.
const PAUSE_MIN: Duration = Duration::from_micros(100);
const PAUSE_MAX: Duration = Duration::from_millis(1);

/// What an operation may spend. It runs by the machine's monotonic clock, since it bounds real waiting, also in tests that move time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    end: Instant,
}

impl Budget {
    pub(super) fn of(within: Millis) -> Budget {
        let now = Instant::now();
        let within = Duration::from_millis(within.0).min(WITHIN_MAX);
        Budget { end: now.checked_add(within).unwrap_or(now) }
    }

    /// What is left of the budget, or `None` where it is used up.
    pub(super) fn remaining(self) -> Option<Duration> {
        self.end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    /// Waits before attempt number `attempt` (counted from 0), but not past the end.
    pub(super) fn pause(self, attempt: u32) -> Pause {
        let Some(left) = self.remaining() else { return Pause::BudgetUsedUp };
        let pause = PAUSE_MIN.saturating_mul(1_u32.checked_shl(attempt.min(16)).unwrap_or(u32::MAX)).min(PAUSE_MAX);
        std::thread::sleep(pause.min(left));
        Pause::TryAgain
    }
}

/// Whether an operation that found the file locked may try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    TryAgain,
    BudgetUsedUp,
}

/// The budget of the operation that uses a connection now. The connection's busy handler reads it.
#[derive(Clone, Debug)]
pub(super) struct CurrentBudget {
    budget: Arc<Mutex<Budget>>,
}

impl CurrentBudget {
    pub(super) fn new(budget: Budget) -> CurrentBudget {
        CurrentBudget { budget: Arc::new(Mutex::new(budget)) }
    }

    pub(super) fn set(&self, budget: Budget) {
        *self.budget.lock().unwrap_or_else(PoisonError::into_inner) = budget;
    }

    pub(super) fn get(&self) -> Budget {
        *self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_up_budget_allows_no_further_attempt() {
        let budget = Budget::of(Millis(0));
        assert_eq!((budget.remaining(), budget.pause(0)), (None, Pause::BudgetUsedUp));
    }

    #[test]
    fn pauses_end_with_the_budget() {
        let budget = Budget::of(Millis(1));
        for attempt in 0.. {
            if budget.pause(attempt) == Pause::BudgetUsedUp {
                break;
            }
            assert!(attempt < 100, "pauses grow, so few of them fill a millisecond");
        }
    }

    #[test]
    fn an_endless_budget_is_cut() {
        assert!(Budget::of(Millis(u64::MAX)).remaining() <= Some(WITHIN_MAX));
    }
}
