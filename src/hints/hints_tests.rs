//! Properties of the reader over arbitrary texts.

use super::calendar::DateTime;
use super::requested_wait::requested_wait;
use super::{date, parse_retry_after};
use crate::permit::{End, Hint, Outcome, Report};
use crate::time::{Millis, Wall};
use proptest::collection::vec;
use proptest::prelude::*;

/// Arbitrary texts, and texts of the characters that values contain: those are more often nearly valid.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-+0-9.,:eE TZNaInfdhmsµGU]{0,40}",
        "(Sun, )?[0-9]{1,2}[ -](Nov|Feb|é)[ -][0-9]{2,4} [0-9]{2}:[0-9]{2}:[0-9]{2}( GMT| [+-][0-9]{4})?",
    ]
}

fn hint() -> impl Strategy<Value = Hint> {
    let name = prop_oneof![
        Just("Retry-After".to_owned()),
        Just("retry-after-ms".to_owned()),
        Just("X-RateLimit-Reset".to_owned()),
        Just("ratelimit-remaining".to_owned()),
        Just("date".to_owned()),
        any::<String>(),
    ];
    (name, value()).prop_map(|(name, value)| Hint { name, value })
}

proptest! {
    #[test]
    fn no_text_panics(hints in vec(hint(), 0..80), status in 395_u16..=505, now in any::<u64>(), ms in any::<Option<u64>>()) {
        let report = Report { status: Some(status), hints, retry_after_ms: ms, ..Report::new(End::Returned) };
        for outcome in [Outcome::Success, Outcome::Failure, Outcome::Neutral] {
            let requested = requested_wait(&report, outcome, Wall(now));
            prop_assert!(requested.ignored.text().is_none_or(|text| text.len() <= 4_096));
        }
    }

    #[test]
    fn no_retry_after_panics(value in value(), now in any::<u64>()) {
        let _ = parse_retry_after(&value, Wall(now));
    }

    #[test]
    fn whole_seconds_are_read_as_they_are(seconds in 0..10_000_000_u64) {
        prop_assert_eq!(parse_retry_after(&seconds.to_string(), Wall(0)), Ok(Millis(seconds * 1_000)));
    }

    #[test]
    fn every_date_is_read_as_it_was_written(seconds in 0..250_000_000_000_u64) {
        let wall = Wall(seconds * 1_000);
        let DateTime { year, month, day, ms_of_day } = DateTime::from_wall(wall);
        let time = format!("{:02}:{:02}:{:02}", ms_of_day / 3_600_000, ms_of_day / 60_000 % 60, ms_of_day / 1_000 % 60);
        prop_assert_eq!(date::parse(&format!("{year:04}-{month:02}-{day:02}T{time}Z"), Wall(0)), Some(wall));
    }
}
