//! The stages that both servers run through at the same time.

use std::time::Duration;

/// How a server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerHealth {
    Healthy,
    /// Answers 503 with `Retry-After`.
    Unavailable,
    /// Answers 200 after [`SLOW_ANSWER`].
    Slow,
    /// Its port is closed.
    RefusesConnections,
}

impl ServerHealth {
    pub fn is_faulty(self) -> bool {
        self != ServerHealth::Healthy
    }

    pub fn label(self) -> &'static str {
        match self {
            ServerHealth::Healthy => "healthy",
            ServerHealth::Unavailable => "503",
            ServerHealth::Slow => "slow",
            ServerHealth::RefusesConnections => "closed",
        }
    }
}

/// A period in which a server behaves in one way.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    pub health: ServerHealth,
    pub duration: Duration,
}

pub const STAGES: usize = 5;

/// All stages, in less than half a minute. The last one is the recovery.
pub const SCRIPT: [Stage; STAGES] = [
    Stage { health: ServerHealth::Healthy, duration: Duration::from_secs(4) },
    Stage { health: ServerHealth::Unavailable, duration: Duration::from_secs(5) },
    Stage { health: ServerHealth::Slow, duration: Duration::from_secs(5) },
    Stage { health: ServerHealth::RefusesConnections, duration: Duration::from_secs(4) },
    Stage { health: ServerHealth::Healthy, duration: Duration::from_secs(6) },
];

/// Value of the `Retry-After` header of an unavailable server.
pub const RETRY_AFTER_SECONDS: u64 = 2;

/// Delay of a slow server's response.
pub const SLOW_ANSWER: Duration = Duration::from_millis(600);

/// Index of the stage at this time after the start. `None` after the last stage. A stage includes its start and excludes its end.
pub fn stage_at(since_start: Duration) -> Option<usize> {
    let mut end = Duration::ZERO;
    SCRIPT.iter().position(|stage| {
        end += stage.duration;
        since_start < end
    })
}

/// Time from the start to the end of a stage.
pub fn end_of(stage: usize) -> Duration {
    SCRIPT.iter().take(stage + 1).map(|stage| stage.duration).sum()
}

/// Total duration of the stages.
pub fn length() -> Duration {
    SCRIPT.iter().map(|stage| stage.duration).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stages_are_healthy_503_slow_closed_healthy_within_half_a_minute() {
        let stages = SCRIPT.map(|stage| stage.health);
        assert_eq!(
            stages,
            [ServerHealth::Healthy, ServerHealth::Unavailable, ServerHealth::Slow, ServerHealth::RefusesConnections, ServerHealth::Healthy]
        );
        assert!(length() < Duration::from_secs(30) && length() == end_of(STAGES - 1));
    }

    #[test]
    fn every_stage_begins_where_the_one_before_ends() {
        assert_eq!(stage_at(Duration::ZERO), Some(0));
        for stage in 0..STAGES {
            let end = end_of(stage);
            assert_eq!(stage_at(end.saturating_sub(Duration::from_nanos(1))), Some(stage));
            assert_eq!(stage_at(end), Some(stage + 1).filter(|next| *next < STAGES));
        }
    }

    #[test]
    fn retry_after_ends_within_the_unavailable_stage() {
        let unavailable = SCRIPT[1].duration;
        assert!(Duration::from_secs(2 * RETRY_AFTER_SECONDS) < unavailable, "two waits fit into the stage");
    }
}
