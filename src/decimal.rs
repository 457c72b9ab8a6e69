//! Decimal texts to whole thousandths, without floats: bounds are held against the exact number, and only then is it rounded.

/// A number from zero on, in thousandths and what is left below them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Thousandths {
    /// At most what 64 bits hold: no bound lies there.
    whole: u64,
    exact: bool,
    round_up: bool,
}

/// Why a text is not a number within its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotWithin {
    NoNumber,
    Below,
    Above,
}

/// A decimal text in thousandths, rounded to the nearest. The bounds are in thousandths too.
pub(crate) fn thousandths(text: &str, min: u64, max: u64) -> Result<u64, NotWithin> {
    let (negative, digits) = signed(text);
    let number = parse(digits).ok_or(NotWithin::NoNumber)?;
    let zero = number.whole == 0 && number.exact;
    if (negative && !zero) || number.whole < min {
        return Err(NotWithin::Below);
    }
    if number.whole > max || (number.whole == max && !number.exact) {
        return Err(NotWithin::Above);
    }
    Ok(number.whole.saturating_add(u64::from(number.round_up)))
}

/// Whether it is a number as YAML's core schema and JSON write one in decimal digits.
pub(crate) fn is_number(text: &str) -> bool {
    parse(signed(text).1).is_some()
}

/// Whether nothing stands behind the point, however it is written: `5`, `5.0`, `0.5e1`.
pub(crate) fn is_whole(text: &str) -> bool {
    parse(signed(text).1).is_some_and(|number| number.exact && number.whole.is_multiple_of(1_000))
}

/// Whether it is negative, and what stands behind the sign.
fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// As configurations show it: `0.1`, `60`.
pub(crate) fn shown(thousandths: u64) -> String {
    let (whole, rest) = (thousandths / 1_000, thousandths % 1_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}").trim_end_matches('0').to_owned() }
}

/// Reads `12`, `0.5`, `.5`, `1.5e-3`.
fn parse(text: &str) -> Option<Thousandths> {
    let parts = text.split_once('e').or_else(|| text.split_once('E'));
    let (mantissa, exponent) = parts.map_or((text, Some(0)), |(mantissa, text)| (mantissa, exponent(text)));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // The thousandths end behind so many digits: after the point, three more.
    let end = i64::try_from(before.len()).ok()?.saturating_add(exponent?).saturating_add(3);
    let mut number = Thousandths { whole: 0, exact: true, round_up: false };
    let mut place = 0;
    for digits in [before, after] {
        for byte in digits.bytes() {
            let digit = char::from(byte).to_digit(10)?;
            if place < end {
                number.whole = number.whole.saturating_mul(10).saturating_add(digit.into());
            } else {
                number.exact &= digit == 0;
                number.round_up |= place == end && digit >= 5;
            }
            place += 1;
        }
    }
    if place == 0 {
        return None;
    }
    while place < end && number.whole > 0 {
        number.whole = number.whole.saturating_mul(10);
        place += 1;
    }
    Some(number)
}

/// An exponent, cut where the number is anyway beyond every bound, or nothing.
fn exponent(text: &str) -> Option<i64> {
    const EXPONENT_MAX: i64 = 10_000;
    let (negative, digits) = signed(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(EXPONENT_MAX).min(EXPONENT_MAX);
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(text: &str) -> Result<u64, NotWithin> {
        thousandths(text, 0, u64::MAX - 1)
    }

    #[test]
    fn decimals_become_thousandths() {
        for (text, expected) in [
            ("0.1", 100),
            ("60", 60_000),
            ("60.0", 60_000),
            (".5", 500),
            ("5.", 5_000),
            ("1e3", 1_000_000),
            ("1.5E-3", 2),
            ("+1", 1_000),
            ("-0", 0),
        ] {
            assert_eq!(any(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn below_the_thousandths_is_rounded_to_the_nearest() {
        for (text, expected) in [("0.3333", 333), ("0.6666", 667), ("0.0005", 1), ("0.00049999", 0), ("5e-5", 0), ("9e-4", 1)] {
            assert_eq!(any(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn bounds_are_held_against_the_exact_number() {
        assert_eq!(thousandths("0.0009", 1, 1_000), Err(NotWithin::Below));
        assert_eq!(thousandths("1.0001", 1, 1_000), Err(NotWithin::Above));
        assert_eq!(thousandths("1.0000", 1, 1_000), Ok(1_000));
        assert_eq!(thousandths("-0.0001", 0, 1_000), Err(NotWithin::Below));
    }

    #[test]
    fn nothing_is_too_large_to_be_read() {
        for text in ["1e999", "1e99999999999999999999", "99999999999999999999999999", "0.0001e30"] {
            assert_eq!(thousandths(text, 0, 1_000), Err(NotWithin::Above), "{text}");
        }
        assert_eq!(any("0e999"), Ok(0));
        assert_eq!(any("1e-999"), Ok(0));
        assert_eq!(any("1e-99999999999999999999"), Ok(0));
    }

    #[test]
    fn what_is_no_number_is_told() {
        for text in ["", ".", "-", "NaN", ".nan", "inf", ".inf", "1e", "1e+", "e5", "1_000", "0x10", "1.2.3", "--1", "1 ", "١"] {
            assert_eq!(any(text), Err(NotWithin::NoNumber), "{text:?}");
        }
    }

    #[test]
    fn they_are_shown_as_people_write_them() {
        assert_eq!([0, 1, 100, 1_500, 60_000].map(shown), ["0", "0.001", "0.1", "1.5", "60"]);
    }
}
