//! The time of day in a date, and its time zone.

use crate::thousandths;

const MS_PER_MINUTE: i64 = 60_000;

/// Parses `08:49:37` or `08:49:37.5`, in milliseconds, rounded up.
pub(super) fn ms_of_day(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let (hour, minute, second) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, parts.next()?);
    let (whole, _) = second.split_at_checked(2)?;
    // 60 is a leap second.
    let is_valid = parts.next().is_none() && hour < 24 && minute < 60 && digits(whole, 2)? <= 60 && is_plain(second);
    is_valid.then_some((hour * 3_600 + minute * 60) * 1_000 + thousandths::parse_rounded_up(second)?)
}

/// Whether the seconds have only digits and a decimal point. The parser of thousandths also accepts an exponent.
fn is_plain(second: &str) -> bool {
    second.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Parses `GMT`, `UTC`, `UT`, `Z`, `+0000` or `+00:00`, as the milliseconds by which the zone is ahead of UTC.
pub(super) fn zone_ms(text: &str) -> Option<i64> {
    if ["gmt", "utc", "ut", "z"].iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Some(0);
    }
    let (sign, offset) = match text.strip_prefix('+') {
        Some(offset) => (1, offset),
        None => (-1, text.strip_prefix('-')?),
    };
    let (hour, minute) = offset.split_once(':').or_else(|| offset.split_at_checked(2))?;
    let (hour, minute) = (digits(hour, 2)?, digits(minute, 2)?);
    let minutes = i64::try_from(hour * 60 + minute).ok()?;
    (hour < 24 && minute < 60).then_some(sign * minutes * MS_PER_MINUTE)
}

/// Parses a number of exactly `count` digits.
pub(super) fn digits(text: &str, count: usize) -> Option<u64> {
    if text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_parsed() {
        assert_eq!(ms_of_day("00:00:00"), Some(0));
        assert_eq!(ms_of_day("08:49:37.0001"), Some(31_777_001));
        assert_eq!(ms_of_day("23:59:60"), Some(86_400_000));
        for text in ["", "24:00:00", "08:60:00", "08:49:61", "08:49", "8:49:37", "08:49:37:00", "08:49:3e1", "08:49:+7", "08:49:é"] {
            assert_eq!(ms_of_day(text), None, "{text}");
        }
    }

    #[test]
    fn zones_are_parsed() {
        for text in ["GMT", "utc", "UT", "z", "+0000", "-00:00"] {
            assert_eq!(zone_ms(text), Some(0), "{text}");
        }
        assert_eq!(zone_ms("+0530"), Some(19_800_000));
        assert_eq!(zone_ms("-08:00"), Some(-28_800_000));
        for text in ["", "EST", "+", "+00", "+2400", "+0060", "0000", "+é0"] {
            assert_eq!(zone_ms(text), None, "{text}");
        }
    }
}
