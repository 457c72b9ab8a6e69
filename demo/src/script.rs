//! What happens to the server, and when: the one story that both servers tell at the same time.

use std::time::Duration;

/// How a server fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Fine,
    /// Answers 503 and asks for a pause.
    Unavailable,
    /// Answers well, but late.
    Slow,
    /// Its port is closed.
    Refusing,
}

impl Health {
    pub fn is_sick(self) -> bool {
        self != Health::Fine
    }

    pub fn words(self) -> &'static str {
        match self {
            Health::Fine => "fine",
            Health::Unavailable => "503",
            Health::Slow => "slow",
            Health::Refusing => "refusing",
        }
    }
}

/// A stretch of time in one state of health.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    pub health: Health,
    pub lasts: Duration,
}

pub const STAGES: usize = 5;

/// Half a minute at most, so that it is watched to its end; the last stage is the recovery.
pub const SCRIPT: [Stage; STAGES] = [
    Stage { health: Health::Fine, lasts: Duration::from_secs(4) },
    Stage { health: Health::Unavailable, lasts: Duration::from_secs(5) },
    Stage { health: Health::Slow, lasts: Duration::from_secs(5) },
    Stage { health: Health::Refusing, lasts: Duration::from_secs(4) },
    Stage { health: Health::Fine, lasts: Duration::from_secs(6) },
];

/// What an unavailable server puts into `Retry-After`.
pub const RETRY_AFTER_SECONDS: u64 = 2;

/// How late a slow server answers.
pub const SLOW_ANSWER: Duration = Duration::from_millis(600);

/// Which stage it is so long after the start; `None` once the script is over. A stage begins *at* its time.
pub fn stage_at(since_start: Duration) -> Option<usize> {
    let mut end = Duration::ZERO;
    SCRIPT.iter().position(|stage| {
        end += stage.lasts;
        since_start < end
    })
}

/// When a stage ends, from the start.
pub fn end_of(stage: usize) -> Duration {
    SCRIPT.iter().take(stage + 1).map(|stage| stage.lasts).sum()
}

/// How long it all takes.
pub fn length() -> Duration {
    SCRIPT.iter().map(|stage| stage.lasts).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_promised_story_in_less_than_half_a_minute() {
        let story = SCRIPT.map(|stage| stage.health);
        assert_eq!(story, [Health::Fine, Health::Unavailable, Health::Slow, Health::Refusing, Health::Fine]);
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
    fn an_unavailable_server_is_asked_again_within_its_stage() {
        let unavailable = SCRIPT[1].lasts;
        assert!(Duration::from_secs(2 * RETRY_AFTER_SECONDS) < unavailable, "the pause is over before the stage is");
    }
}
