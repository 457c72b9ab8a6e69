//! The waits in all values of one header. Proxies add values after a comma, or repeat the header.

use super::date::is_day_name;
use super::headers::Scale;
use super::ignored::{Ignored, IgnoredHints, ValueProblem};
use super::limits::HINT_VALUE_BYTES_MAX;
use super::value::wait;
use crate::time::{Millis, Wall};

/// Returns the wait that a `Retry-After` value asks for now. No cap is applied.
///
/// # Errors
/// If the value asks for no wait (a negative number, NaN, a past time), if nothing in it can be read, or if it has over
/// [`HINT_VALUE_BYTES_MAX`] bytes.
pub fn parse_retry_after(value: &str, now: Wall) -> Result<Millis, Ignored> {
    const HEADER: &str = "retry-after";
    if value.len() > HINT_VALUE_BYTES_MAX {
        return Err(Ignored::LongValue { header: HEADER });
    }
    let mut ignored = IgnoredHints::default();
    match (longest_wait(HEADER, [value].into_iter(), Scale::Seconds, now, &mut ignored), ignored.into_first()) {
        (None | Some(Millis::ZERO), Some(ignored)) => Err(ignored),
        (wait, _) => Ok(wait.unwrap_or_default()),
    }
}

/// Returns the longest wait of a header's values, or `None` if none can be read. What is ignored is added to `ignored`.
pub(super) fn longest_wait<'a>(
    header: &'static str,
    values: impl Iterator<Item = &'a str>,
    scale: Scale,
    now: Wall,
    ignored: &mut IgnoredHints,
) -> Option<Millis> {
    let mut longest = None;
    for value in values {
        if items(value).next().is_none() {
            ignored.push(unreadable(header, value));
        }
        for item in items(value) {
            let wait = wait(item, scale, now);
            if let Err(problem) = wait {
                ignored.push(Ignored::Value { header, value: item.to_owned(), problem });
            }
            longest = longest.max(match wait {
                Ok(wait) => Some(wait),
                Err(ValueProblem::Unreadable | ValueProblem::UnreadableDate) => None,
                Err(ValueProblem::Negative | ValueProblem::NotANumber | ValueProblem::Past) => Some(Millis::ZERO),
            });
        }
    }
    longest
}

fn unreadable(header: &'static str, value: &str) -> Ignored {
    Ignored::Value { header, value: value.to_owned(), problem: ValueProblem::Unreadable }
}

/// Returns the items of a comma-separated list, trimmed and without empty ones. A comma after the name of a day is part of a date.
pub(super) fn items(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let mut end = rest.find(',').unwrap_or(rest.len());
            if rest.get(..end).is_some_and(|first| is_day_name(first.trim_ascii())) {
                let after = end.saturating_add(1);
                end = rest.get(after..).and_then(|date| date.find(',')).map_or(rest.len(), |comma| after.saturating_add(comma));
            }
            let (item, after) = rest.split_at_checked(end)?;
            rest = after.strip_prefix(',').unwrap_or(after);
            if !item.trim_ascii().is_empty() {
                return Some(item.trim_ascii());
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Wall = Wall(784_111_717_000);

    #[test]
    fn items_are_split_at_commas_but_dates_are_not() {
        let split = |list| items(list).collect::<Vec<_>>();
        assert_eq!(split("2814, 2"), ["2814", "2"]);
        assert_eq!(split(" , 1,,\t2 ,"), ["1", "2"]);
        assert_eq!(split("1, Sun, 06 Nov 1994 08:49:37 GMT,Sunday, 06-Nov-94 08:49:37 GMT , 2").len(), 4);
        assert_eq!(split("Sun,"), ["Sun,"]);
        assert_eq!(split(""), [""; 0]);
    }

    #[test]
    fn longest_wait_of_a_list_is_used() {
        for (value, ms) in [
            ("2814, 2", 2_814_000),
            ("2, 1m0s, Sun, 06 Nov 1994 08:49:37 GMT, 3", 60_000),
            ("-1, NaN, 5", 5_000),
            ("soon, 5", 5_000),
            ("0", 0),
            (" \t120 ", 120_000),
        ] {
            assert_eq!(parse_retry_after(value, NOW), Ok(Millis(ms)), "{value}");
        }
    }

    #[test]
    fn negative_numbers_nan_and_past_times_are_read_as_no_wait() {
        for value in ["-1", "NaN", "Sun, 06 Nov 1994 08:00:00 GMT"] {
            let mut ignored = IgnoredHints::default();
            let wait = longest_wait("retry-after", [value].into_iter(), Scale::Seconds, NOW, &mut ignored);
            assert_eq!(wait, Some(Millis::ZERO), "{value}");
            assert!(ignored.into_first().is_some(), "{value}");
        }
    }

    #[test]
    fn a_value_that_asks_for_no_wait_is_an_error() {
        let long = "9".repeat(HINT_VALUE_BYTES_MAX + 1);
        for value in ["", " ", ",", "soon", "soon, later", "-1", "NaN", "Sun, 06 Nov 1994 08:00:00 GMT", long.as_str()] {
            assert!(parse_retry_after(value, NOW).is_err(), "{value:?}");
        }
        assert_eq!(
            parse_retry_after("soon", NOW).unwrap_err().to_string(),
            "retry-after ignored: must be a number, a duration such as `1m30s`, or a date such as `Sun, 06 Nov 1994 08:49:37 GMT`, \
             is \"soon\""
        );
    }
}
