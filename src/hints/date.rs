//! Dates: the three formats of HTTP (RFC 9110, section 5.6.7) and RFC 3339.
//!
//! Case does not matter. The name of the day is optional and need not fit the date. A day may have one digit, and the zone may be
//! missing (UTC), `UTC`, `Z` or an offset.

use super::calendar::DateTime;
use super::time_of_day::{digits, ms_of_day, zone_ms};
use crate::time::Wall;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Words of a date: the name of the day, day, month, year, time, zone.
const WORDS_MAX: usize = 6;

/// Parses a date. `now` selects the century of a year with two digits.
pub(super) fn parse(text: &str, now: Wall) -> Option<Wall> {
    parse_rfc_3339(text).or_else(|| parse_http_date(text, now))
}

/// Whether a text is the name of a day, in full or in three letters.
pub(super) fn is_day_name(text: &str) -> bool {
    DAYS.iter().any(|name| text.eq_ignore_ascii_case(name) || name.get(..3).is_some_and(|short| text.eq_ignore_ascii_case(short)))
}

/// `1994-11-06T08:49:37Z`, also with a blank in place of `T`.
fn parse_rfc_3339(text: &str) -> Option<Wall> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut fields = date.split('-');
    let (year, month, day) = (digits(fields.next()?, 4)?, digits(fields.next()?, 2)?, digits(fields.next()?, 2)?);
    let (time, zone) = time.split_at_checked(time.find(['Z', 'z', '+', '-'])?)?;
    let is_whole = fields.next().is_none();
    is_whole.then(|| wall(DateTime { year, month, day, ms_of_day: ms_of_day(time)? }, zone_ms(zone)?)).flatten()
}

fn parse_http_date(text: &str, now: Wall) -> Option<Wall> {
    let words: Vec<&str> = text.split([' ', ',', '\t']).filter(|word| !word.is_empty()).take(WORDS_MAX + 1).collect();
    let words = match words.as_slice() {
        [name, words @ ..] if is_day_name(name) => words,
        words => words,
    };
    let (fields, time, zone) = match words {
        [month, day, time, year] if month_number(month).is_some() => ([*day, *month, *year], *time, None),
        [day, month, year, time, zone @ ..] if zone.len() <= 1 => ([*day, *month, *year], *time, zone.first()),
        [date, time, zone @ ..] if zone.len() <= 1 => (dashed(date)?, *time, zone.first()),
        _ => return None,
    };
    let [day, month, year] = fields;
    let date = |year| Some(DateTime { year, month: month_number(month)?, day: day_number(day)?, ms_of_day: ms_of_day(time)? });
    let date = match digits(year, 4) {
        Some(year) => date(year)?,
        None => date(digits(year, 2)?)?.with_century(now),
    };
    wall(date, zone.map_or(Some(0), |zone| zone_ms(zone))?)
}

/// Splits a date such as `06-Nov-94`.
fn dashed(date: &str) -> Option<[&str; 3]> {
    let mut fields = date.split('-');
    let three = [fields.next()?, fields.next()?, fields.next()?];
    fields.next().is_none().then_some(three)
}

fn day_number(text: &str) -> Option<u64> {
    digits(text, 2).or_else(|| digits(text, 1))
}

fn month_number(text: &str) -> Option<u64> {
    (1..).zip(MONTHS).find(|(_, name)| text.eq_ignore_ascii_case(name)).map(|(number, _)| number)
}

fn wall(local: DateTime, zone_ms: i64) -> Option<Wall> {
    local.is_valid().then(|| Wall(local.wall().0.saturating_add_signed(zone_ms.saturating_neg())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT, the example date of the RFC.
    const RFC: Wall = Wall(784_111_777_000);

    #[test]
    fn formats_of_http_and_of_rfc_3339_give_the_same_time() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"]
        {
            assert_eq!(parse(text, RFC), Some(RFC), "{text}");
        }
    }

    #[test]
    fn common_variants_are_accepted() {
        for text in [
            "sun, 06 nov 1994 08:49:37 gmt",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 09:49:37 +0100",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun 06 Nov 1994 08:49:37 GMT",
            "06 Nov 1994 08:49:37 GMT",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun Nov 6 08:49:37 1994",
            "1994-11-06t08:49:37z",
            "1994-11-06 08:49:37Z",
            "1994-11-06T09:49:37+01:00",
            "1994-11-06T00:49:37-0800",
        ] {
            assert_eq!(parse(text, RFC), Some(RFC), "{text}");
        }
        assert_eq!(parse("1994-11-06T08:49:37.25Z", RFC), Some(Wall(RFC.0 + 250)));
    }

    #[test]
    fn two_digit_year_is_at_most_50_years_ahead() {
        let is_ahead = |text| parse(text, RFC).expect("a date") > RFC;
        assert!(is_ahead("Sunday, 06-Nov-44 08:49:37 GMT"));
        assert!(!is_ahead("Sunday, 06-Nov-44 08:49:38 GMT"));
        assert!(!is_ahead("Sunday, 06-Nov-45 08:49:37 GMT"));
        // 2095-06-01: `05` is 2105.
        let now = Wall(3_957_724_800_000);
        assert!(parse("Monday, 01-Jun-05 00:00:00 GMT", now).expect("a date") > now);
    }

    #[test]
    fn leap_seconds_are_valid() {
        assert_eq!(parse("Sat, 31 Dec 2016 23:59:60 GMT", RFC), Some(Wall(1_483_228_800_000)));
        assert_eq!(parse("Wed, 29 Feb 2023 00:00:00 GMT", RFC), None);
    }

    #[test]
    fn latest_clock_reading_does_not_panic() {
        for year in 0..100 {
            let _ = parse(&format!("Sunday, 06-Nov-{year:02} 08:49:37 GMT"), Wall(u64::MAX));
        }
    }

    #[test]
    fn dates_before_1970_are_1970() {
        assert_eq!(parse("Fri, 31 Dec 1969 00:00:00 GMT", RFC), Some(Wall(0)));
        assert_eq!(parse("Sat, 01 Jan 0000 00:00:00 GMT", RFC), Some(Wall(0)));
        assert_eq!(parse("1970-01-01T00:00:00+23:59", RFC), Some(Wall(0)));
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "soon",
            "Sun",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37 EST",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Son, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nvo 1994 08:49:37 GMT",
            "Sun, 06 Nov 994 08:49:37 GMT",
            "Sunday, 06-Nov-94-1 08:49:37 GMT",
            "Sun Nov 06 08:49:37 1994 1994",
            "1994-11-06",
            "1994-11-06T08:49:37",
            "1994-13-06T08:49:37Z",
            "1994-11-06-01T08:49:37Z",
            "11/06/1994 08:49:37",
        ] {
            assert_eq!(parse(text, RFC), None, "{text:?}");
        }
    }
}
