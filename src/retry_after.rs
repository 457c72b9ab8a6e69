//! Parser for the `Retry-After` header: delta-seconds, or one of the three formats of an HTTP date.
//!
//! ```
//! use fuseboard::retry_after::{Ignored, parse};
//! use fuseboard::time::{Millis, Wall};
//! let now = Wall(784_111_777_000);
//! assert_eq!(parse("120", now), Ok(Millis(120_000)));
//! assert_eq!(parse("Sun, 06 Nov 1994 08:50:37 GMT", now), Ok(Millis(60_000)));
//! assert_eq!(parse("Sun, 06 Nov 1994 08:49:36 GMT", now), Err(Ignored::Past));
//! ```

use crate::time::{Millis, Wall};
use std::fmt;

const MS_PER_DAY: u64 = 86_400_000;

/// Reason why a `Retry-After` value is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// A negative number.
    Negative,
    /// A date in the past.
    Past,
    /// Neither a number nor an HTTP date.
    Unreadable,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ignored::Negative => "Retry-After ignored: must be whole seconds from 0 or an HTTP date, is negative",
            Ignored::Past => "Retry-After ignored: must be a date in the future, is in the past",
            Ignored::Unreadable => "Retry-After ignored: must be whole seconds or a date such as `Sun, 06 Nov 1994 08:49:37 GMT`",
        })
    }
}

impl std::error::Error for Ignored {}

/// Returns how long the server asks to wait from `now`. A number that does not fit into 64 bits gives the longest wait.
///
/// # Errors
/// If the value is negative, in the past, or malformed.
pub fn parse(value: &str, now: Wall) -> Result<Millis, Ignored> {
    let value = value.trim_ascii();
    if is_digits(value) {
        return Ok(Millis::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    if value.strip_prefix('-').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit())) {
        return Err(Ignored::Negative);
    }
    let date = parse_date(value, now).ok_or(Ignored::Unreadable)?;
    let at = date.wall().ok_or(Ignored::Past)?;
    if at < now { Err(Ignored::Past) } else { Ok(at.since(now)) }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A UTC date and time. The derived order is the order of time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct DateTime {
    year: u64,
    month: u64,
    day: u64,
    second_of_day: u64,
}

impl DateTime {
    /// Returns the Unix time, or `None` for a date before 1970.
    fn wall(self) -> Option<Wall> {
        let days = days_since_0000_03_01(self.year, self.month, self.day)?.checked_sub(DAYS_TO_1970)?;
        Some(Wall(days.saturating_mul(MS_PER_DAY).saturating_add(self.second_of_day * 1_000)))
    }

    fn from_wall(wall: Wall) -> DateTime {
        let days = (wall.0 / MS_PER_DAY).saturating_add(DAYS_TO_1970);
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        DateTime {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * march_month + 2) / 5 + 1,
            second_of_day: wall.0 % MS_PER_DAY / 1_000,
        }
    }

    fn is_valid(self) -> bool {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            2 => 28 + u64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (1..=days).contains(&self.day)
    }
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: u64 = 719_468;

/// `days_from_civil` of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". Years start in March, so that the leap day is
/// the last day of a year. `DateTime::from_wall` is his `civil_from_days`.
fn days_since_0000_03_01(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, year_of_era) = (year / 400, year % 400);
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year)
}

/// Parses the three formats of RFC 9110, section 5.6.7. The name of the day must be valid, but need not fit the date.
fn parse_date(text: &str, now: Wall) -> Option<DateTime> {
    let parts: Vec<&str> = text.split(' ').collect();
    let date = match parts.as_slice() {
        [name, day, month, year, time, "GMT"] => {
            position_of(name.strip_suffix(',')?, &DAY_NAMES, 3)?;
            date_time(number(year, 4)?, month, number(day, 2)?, time)?
        }
        [name, date, time, "GMT"] => {
            position_of(name.strip_suffix(',')?, &DAY_NAMES, usize::MAX)?;
            let mut fields = date.split('-');
            let (day, month, year) = (fields.next()?, fields.next()?, fields.next()?);
            if fields.next().is_some() {
                return None;
            }
            with_century(date_time(number(year, 2)?, month, number(day, 2)?, time)?, now)
        }
        [name, month, "", day, time, year] => asctime(name, month, number(day, 1)?, time, year)?,
        [name, month, day, time, year] => asctime(name, month, number(day, 2)?, time, year)?,
        _ => return None,
    };
    date.is_valid().then_some(date)
}

fn asctime(name: &str, month: &str, day: u64, time: &str, year: &str) -> Option<DateTime> {
    position_of(name, &DAY_NAMES, 3)?;
    date_time(number(year, 4)?, month, day, time)
}

fn date_time(year: u64, month: &str, day: u64, time: &str) -> Option<DateTime> {
    let month = position_of(month, &MONTH_NAMES, 3)?;
    let mut time = time.split(':');
    let (hour, minute, second) = (number(time.next()?, 2)?, number(time.next()?, 2)?, number(time.next()?, 2)?);
    // 60 is a leap second.
    let is_valid = time.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    is_valid.then_some(DateTime { year, month, day, second_of_day: hour * 3_600 + minute * 60 + second })
}

/// Chooses the century of a two-digit year: the latest one that gives a date at most 50 years ahead.
fn with_century(date: DateTime, now: Wall) -> DateTime {
    let now = DateTime::from_wall(now);
    let latest = DateTime { year: now.year.saturating_add(50), ..now };
    let year = latest.year.saturating_sub(latest.year.saturating_sub(date.year) % 100);
    let complete = DateTime { year, ..date };
    if complete > latest { DateTime { year: year.saturating_sub(100), ..complete } } else { complete }
}

const DAY_NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTH_NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Returns the 1-based position of a name in `names`, whose entries are cut to `letters` letters.
fn position_of(text: &str, names: &[&str], letters: usize) -> Option<u64> {
    (1..).zip(names).find(|(_, name)| name.get(..letters).unwrap_or(name).eq_ignore_ascii_case(text)).map(|(position, _)| position)
}

fn number(text: &str, digits: usize) -> Option<u64> {
    if is_digits(text) && text.len() == digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT, the example date of the RFC.
    const RFC: Wall = Wall(784_111_777_000);

    #[track_caller]
    fn waits(value: &str, now: Wall, expected: u64) {
        assert_eq!(parse(value, now), Ok(Millis(expected)), "{value:?}");
    }

    #[test]
    fn delta_seconds_may_have_white_space_around() {
        waits("0", RFC, 0);
        waits(" \t120 ", RFC, 120_000);
        waits("007", RFC, 7_000);
    }

    #[test]
    fn huge_number_is_the_longest_wait() {
        waits("18446744073709551615", RFC, u64::MAX);
        waits(&"9".repeat(500), RFC, u64::MAX);
    }

    #[test]
    fn negative_number_is_ignored() {
        assert_eq!(parse("-1", RFC), Err(Ignored::Negative));
        assert_eq!(parse("-99999999999999999999", RFC), Err(Ignored::Negative));
    }

    #[test]
    fn three_date_formats_give_the_same_wait() {
        let before = Wall(RFC.0 - 1_500);
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            waits(date, before, 1_500);
        }
        waits("Thu Nov 10 08:49:37 1994", RFC, 4 * 86_400_000);
    }

    #[test]
    fn date_now_is_zero_and_past_date_is_ignored() {
        waits("Sun, 06 Nov 1994 08:49:37 GMT", RFC, 0);
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:37 GMT", Wall(RFC.0 + 1)), Err(Ignored::Past));
        assert_eq!(parse("Fri, 31 Dec 1969 23:59:59 GMT", Wall(0)), Err(Ignored::Past));
        assert_eq!(parse("Sat, 01 Jan 0000 00:00:00 GMT", Wall(0)), Err(Ignored::Past));
    }

    #[test]
    fn two_digit_year_is_at_most_50_years_ahead() {
        let in_1994 = |value| parse(value, RFC);
        assert!(in_1994("Sunday, 06-Nov-44 08:49:37 GMT").is_ok());
        assert_eq!(in_1994("Sunday, 06-Nov-44 08:49:38 GMT"), Err(Ignored::Past));
        assert_eq!(in_1994("Sunday, 06-Nov-45 08:49:37 GMT"), Err(Ignored::Past));
        // 2095-06-01: `05` is 2105.
        assert!(parse("Monday, 01-Jun-05 00:00:00 GMT", Wall(3_957_724_800_000)).is_ok());
    }

    #[test]
    fn leap_years_and_leap_seconds_are_valid() {
        waits("Thu, 29 Feb 2024 00:00:00 GMT", Wall(1_709_164_800_000 - 1), 1);
        waits("Sat, 31 Dec 2016 23:59:60 GMT", Wall(1_483_228_799_000), 1_000);
        for date in ["Wed, 29 Feb 2023 00:00:00 GMT", "Mon, 29 Feb 2100 00:00:00 GMT", "Mon, 31 Apr 2040 00:00:00 GMT"] {
            assert_eq!(parse(date, RFC), Err(Ignored::Unreadable), "{date}");
        }
        assert!(parse("Tue, 29 Feb 2400 00:00:00 GMT", RFC).is_ok());
    }

    #[test]
    fn from_wall_and_wall_are_inverse() {
        for day in (0..2_000_000_u64).step_by(97) {
            let wall = Wall(day * MS_PER_DAY + 86_399_000);
            assert_eq!(DateTime::from_wall(wall).wall(), Some(wall));
        }
    }

    #[test]
    fn latest_clock_reading_does_not_panic() {
        for year in 0..100 {
            let _ = parse(&format!("Sunday, 06-Nov-{year:02} 08:49:37 GMT"), Wall(u64::MAX));
        }
    }

    #[test]
    fn other_texts_are_unreadable() {
        let texts = [
            "",
            " ",
            "soon",
            "1.5",
            "+5",
            "1 2",
            "0x10",
            "1e3",
            "-",
            "--1",
            "١٢",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Son, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nvo 1994 08:49:37 GMT",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06-Nov-94-1 08:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sun Nov 6 08:49:37 1994",
            "1994-11-06T08:49:37Z",
        ];
        for text in texts {
            assert_eq!(parse(text, RFC), Err(Ignored::Unreadable), "{text:?}");
        }
    }
}
