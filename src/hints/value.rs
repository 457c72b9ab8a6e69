//! One value: a number, a duration or a date.

use super::headers::Scale;
use super::ignored::ValueProblem;
use super::number::{Number, until};
use super::{date, duration};
use crate::time::{Millis, Wall};

/// Returns how long a value asks to wait from `now`. A wait that is too long for the type gives the longest possible one.
pub(super) fn wait(text: &str, scale: Scale, now: Wall) -> Result<Millis, ValueProblem> {
    if let Some(number) = Number::parse(text) {
        return number.wait(scale, now);
    }
    if let Some(duration) = duration::parse(text) {
        return Ok(duration);
    }
    if text.strip_prefix('-').and_then(duration::parse).is_some() {
        return Err(ValueProblem::Negative);
    }
    date::parse(text, now).map_or(Err(ValueProblem::Unreadable), |at| until(at, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Wall = Wall(1_800_000_000_000);

    #[test]
    fn numbers_are_rounded_up_to_a_whole_second_or_millisecond() {
        for (text, seconds) in [("0", 0), ("2.0", 2), ("0.503", 1), ("1e3", 1_000), ("+5", 5), (".5", 1), ("007", 7), ("-0", 0)] {
            assert_eq!(wait(text, Scale::Seconds, NOW), Ok(Millis(seconds * 1_000)), "{text}");
        }
        for (text, ms) in [("0", 0), ("1500", 1_500), ("1500.2", 1_501), ("0.0001", 1)] {
            assert_eq!(wait(text, Scale::Milliseconds, NOW), Ok(Millis(ms)), "{text}");
        }
    }

    #[test]
    fn huge_and_infinite_numbers_are_the_longest_wait() {
        let huge = "9".repeat(500);
        for text in ["18446744073709551615", huge.as_str(), "inf", "+Infinity", "1e999"] {
            for scale in [Scale::Seconds, Scale::Milliseconds, Scale::SecondsOrTime] {
                assert_eq!(wait(text, scale, NOW), Ok(Millis(u64::MAX)), "{text} {scale:?}");
            }
        }
    }

    #[test]
    fn negative_numbers_nan_past_dates_and_other_texts_have_different_problems() {
        for (text, problem) in [
            ("-1", ValueProblem::Negative),
            ("-inf", ValueProblem::Negative),
            ("-1m30s", ValueProblem::Negative),
            ("NaN", ValueProblem::NotANumber),
            ("-nan", ValueProblem::NotANumber),
            ("Sun, 06 Nov 1994 08:49:37 GMT", ValueProblem::Past),
            ("soon", ValueProblem::Unreadable),
            ("0x10", ValueProblem::Unreadable),
            ("--1", ValueProblem::Unreadable),
            ("1 2", ValueProblem::Unreadable),
            ("∞", ValueProblem::Unreadable),
        ] {
            assert_eq!(wait(text, Scale::Seconds, NOW), Err(problem), "{text}");
        }
    }

    #[test]
    fn reset_counts_seconds_from_now_or_since_1970_or_milliseconds() {
        let reset = |text| wait(text, Scale::SecondsOrTime, NOW);
        assert_eq!(reset("60"), Ok(Millis(60_000)));
        assert_eq!(reset("1000000000"), Ok(Millis(1_000_000_000_000)));
        assert_eq!(reset("1000000001"), Err(ValueProblem::Past));
        assert_eq!(reset("1800000060"), Ok(Millis(60_000)));
        assert_eq!(reset("1800000060.25"), Ok(Millis(60_250)));
        assert_eq!(reset("100000000000"), Ok(Millis(100_000_000_000_000 - NOW.0)));
        assert_eq!(reset("100000000001"), Err(ValueProblem::Past));
        assert_eq!(reset("1800000060000"), Ok(Millis(60_000)));
        assert_eq!(wait("1800000060", Scale::Seconds, NOW), Ok(Millis(1_800_000_060_000)));
    }

    #[test]
    fn date_now_is_no_wait() {
        assert_eq!(wait("Fri, 15 Jan 2027 08:00:00 GMT", Scale::Seconds, NOW), Ok(Millis::ZERO));
        assert_eq!(wait("2027-01-15T08:01:00Z", Scale::Milliseconds, NOW), Ok(Millis(60_000)));
    }
}
