//! Durations with units: `1m30s`, `2.5h`, `350ms`.

use crate::thousandths;
use crate::time::Millis;

/// Returns the sum of the parts, each rounded up to whole milliseconds.
pub(super) fn parse(text: &str) -> Option<Millis> {
    let mut total = Millis::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = split_where(rest, |letter| !letter.is_ascii_digit() && letter != '.');
        let (unit, after) = split_where(after.trim_ascii_start(), |letter| !letter.is_alphabetic());
        total = total.plus(part(thousandths::parse_rounded_up(number)?, unit)?);
        rest = after.trim_ascii_start();
    }
    (!text.is_empty()).then_some(total)
}

fn split_where(text: &str, is_end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(is_end).unwrap_or(text.len()))
}

/// Returns the duration of one part: its number in thousandths, and its unit.
fn part(thousandths: u64, unit: &str) -> Option<Millis> {
    let seconds = |seconds: u64| Millis(thousandths.saturating_mul(seconds));
    Some(match unit.to_ascii_lowercase().as_str() {
        "d" => seconds(86_400),
        "h" => seconds(3_600),
        "m" => seconds(60),
        "s" => seconds(1),
        "ms" => Millis(thousandths.div_ceil(1_000)),
        "us" | "µs" => Millis(thousandths.div_ceil(1_000_000)),
        "ns" => Millis(thousandths.div_ceil(1_000_000_000)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_added() {
        for (text, expected) in [
            ("1m0s", 60_000),
            ("1m30s", 90_000),
            ("2H", 7_200_000),
            ("1d 1h", 90_000_000),
            ("1.5s", 1_500),
            ("0.0004s", 1),
            ("350ms", 350),
            ("17 ms 1us", 18),
            ("999ns", 1),
            ("1.5 m", 90_000),
            ("99999999999999999999d1s", u64::MAX),
        ] {
            assert_eq!(parse(text), Some(Millis(expected)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_durations() {
        for text in ["", "1", "s", "1x", "1m30", "m1", "1..5s", "-1s", "1m-1s", "1 s;", "١s"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
