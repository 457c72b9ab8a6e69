//! The server's time of day, as far as this process knows it.

use fuseboard::time::{Mono, Wall};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// An answer that took longer says too little about when the server read its clock. The time is wrong by at most half of it.
const ROUND_TRIP_MAX: Duration = Duration::from_millis(200);

/// The server's time of day when the monotonic clock had a reading. Between two answers it runs on with the monotonic clock.
#[derive(Debug, Default)]
pub struct ServerTime(Mutex<Option<Sample>>);

#[derive(Clone, Copy, Debug)]
struct Sample {
    wall: Wall,
    mono: Mono,
}

impl ServerTime {
    /// The time of day, `None` before the first answer.
    pub fn wall(&self, now: Mono) -> Option<Wall> {
        let sample = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sample.map(|sample| Wall(sample.wall.0.saturating_add(milliseconds(now, sample.mono))))
    }

    /// Whether an answer is wanted: none is known, or the last one is older than this.
    pub fn is_older_than(&self, age: Duration, now: Mono) -> bool {
        let sample = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sample.is_none_or(|sample| Duration::from_nanos(now.0.saturating_sub(sample.mono.0)) > age)
    }

    /// Takes in an answer. The server read its clock between the two readings of the monotonic one; the middle is used.
    pub fn answered(&self, wall: Wall, sent: Mono, received: Mono) {
        let round_trip = received.0.saturating_sub(sent.0);
        if Duration::from_nanos(round_trip) <= ROUND_TRIP_MAX {
            let sample = Sample { wall, mono: Mono(sent.0.saturating_add(round_trip / 2)) };
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sample);
        }
    }
}

fn milliseconds(now: Mono, since: Mono) -> u64 {
    now.0.saturating_sub(since.0) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Mono {
        Mono(ms * 1_000_000)
    }

    #[test]
    fn the_time_of_an_answer_is_that_of_the_middle_and_runs_on() {
        let time = ServerTime::default();
        assert_eq!(time.wall(ms(0)), None);
        time.answered(Wall(500_000), ms(10), ms(20));
        assert_eq!([time.wall(ms(15)), time.wall(ms(1_015))], [Some(Wall(500_000)), Some(Wall(501_000))]);
    }

    #[test]
    fn an_answer_that_took_too_long_changes_nothing() {
        let time = ServerTime::default();
        time.answered(Wall(500_000), ms(0), ms(0));
        time.answered(Wall(900_000), ms(100), ms(301));
        assert_eq!(time.wall(ms(1_000)), Some(Wall(501_000)));
        time.answered(Wall(900_000), ms(100), ms(300));
        assert_eq!(time.wall(ms(1_000)), Some(Wall(900_800)));
    }

    #[test]
    fn an_answer_is_wanted_at_first_and_when_the_last_one_is_old() {
        let time = ServerTime::default();
        let is_wanted = |now| time.is_older_than(Duration::from_secs(10), ms(now));
        assert!(is_wanted(0));
        time.answered(Wall(500_000), ms(0), ms(0));
        assert_eq!((is_wanted(10_000), is_wanted(10_001)), (false, true));
    }
}
