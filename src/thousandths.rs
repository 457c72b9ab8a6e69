//! Decimal numbers as whole thousandths, without floats. A number is compared with its bounds before it is rounded.

/// A non-negative number in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parsed {
    /// Whole thousandths. Saturates at a value above every bound.
    whole: u64,
    /// Whether the number is a whole number of thousandths.
    exact: bool,
    /// Whether the rest is at least half a thousandth.
    round_up: bool,
}

/// Reason why a text is not a number within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotInRange {
    NotANumber,
    Below,
    Above,
}

/// Parses a decimal number and rounds it to the nearest thousandth. The bounds are in thousandths too.
pub(crate) fn parse_within(text: &str, min: u64, max: u64) -> Result<u64, NotInRange> {
    let (negative, digits) = split_sign(text);
    let number = parse_unsigned(digits).ok_or(NotInRange::NotANumber)?;
    let zero = number.whole == 0 && number.exact;
    if (negative && !zero) || number.whole < min {
        return Err(NotInRange::Below);
    }
    if number.whole > max || (number.whole == max && !number.exact) {
        return Err(NotInRange::Above);
    }
    Ok(number.whole.saturating_add(u64::from(number.round_up)))
}

/// Parses a decimal number without a sign and rounds it up to whole thousandths. A number that does not fit gives `u64::MAX`.
pub(crate) fn parse_rounded_up(text: &str) -> Option<u64> {
    let number = parse_unsigned(text)?;
    Some(number.whole.saturating_add(u64::from(!number.exact)))
}

/// Whether a text is a decimal number in YAML's core schema or in JSON.
pub(crate) fn is_number(text: &str) -> bool {
    parse_unsigned(split_sign(text).1).is_some()
}

/// Whether a text is a whole number, in any notation: `5`, `5.0`, `0.5e1`.
pub(crate) fn is_whole(text: &str) -> bool {
    parse_unsigned(split_sign(text).1).is_some_and(|number| number.exact && number.whole.is_multiple_of(1_000))
}

/// Returns whether a number is negative, and the text after its sign.
fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Formats thousandths as a decimal number: `0.1`, `60`.
pub(crate) fn format(thousandths: u64) -> String {
    let (whole, rest) = (thousandths / 1_000, thousandths % 1_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}").trim_end_matches('0').to_owned() }
}

/// Parses a number without a sign: `12`, `0.5`, `.5`, `1.5e-3`.
fn parse_unsigned(text: &str) -> Option<Parsed> {
    let parts = text.split_once('e').or_else(|| text.split_once('E'));
    let (mantissa, exponent) = parts.map_or((text, Some(0)), |(mantissa, text)| (mantissa, exponent(text)));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // The number of digits up to the thousandths: three after the decimal point.
    let end = i64::try_from(before.len()).ok()?.saturating_add(exponent?).saturating_add(3);
    let mut number = Parsed { whole: 0, exact: true, round_up: false };
    let mut index = 0;
    for digits in [before, after] {
        for byte in digits.bytes() {
            let digit = char::from(byte).to_digit(10)?;
            if index < end {
                number.whole = number.whole.saturating_mul(10).saturating_add(digit.into());
            } else {
                number.exact &= digit == 0;
                number.round_up |= index == end && digit >= 5;
            }
            index += 1;
        }
    }
    if index == 0 {
        return None;
    }
    while index < end && number.whole > 0 {
        number.whole = number.whole.saturating_mul(10);
        index += 1;
    }
    Some(number)
}

/// Parses an exponent. A large one is limited, because the number is zero or outside all bounds in any case.
fn exponent(text: &str) -> Option<i64> {
    const EXPONENT_MAX: i64 = 10_000;
    let (negative, digits) = split_sign(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(EXPONENT_MAX).min(EXPONENT_MAX);
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<u64, NotInRange> {
        parse_within(text, 0, u64::MAX - 1)
    }

    #[test]
    fn decimal_numbers_become_thousandths() {
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
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn smaller_digits_are_rounded_to_the_nearest() {
        for (text, expected) in [("0.3333", 333), ("0.6666", 667), ("0.0005", 1), ("0.00049999", 0), ("5e-5", 0), ("9e-4", 1)] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn numbers_are_rounded_up_to_thousandths() {
        for (text, expected) in [("1", 1_000), ("0.503", 503), ("0.0001", 1), ("1e-9", 1), ("0.000", 0), ("1e99", u64::MAX)] {
            assert_eq!(parse_rounded_up(text), Some(expected), "{text}");
        }
        assert_eq!(["-1", "+1", "", "."].map(parse_rounded_up), [None; 4]);
    }

    #[test]
    fn bounds_are_compared_with_the_exact_number() {
        assert_eq!(parse_within("0.0009", 1, 1_000), Err(NotInRange::Below));
        assert_eq!(parse_within("1.0001", 1, 1_000), Err(NotInRange::Above));
        assert_eq!(parse_within("1.0000", 1, 1_000), Ok(1_000));
        assert_eq!(parse_within("-0.0001", 0, 1_000), Err(NotInRange::Below));
    }

    #[test]
    fn huge_numbers_and_exponents_are_parsed() {
        for text in ["1e999", "1e99999999999999999999", "99999999999999999999999999", "0.0001e30"] {
            assert_eq!(parse_within(text, 0, 1_000), Err(NotInRange::Above), "{text}");
        }
        assert_eq!(parse("0e999"), Ok(0));
        assert_eq!(parse("1e-999"), Ok(0));
        assert_eq!(parse("1e-99999999999999999999"), Ok(0));
    }

    #[test]
    fn other_texts_are_not_numbers() {
        for text in ["", ".", "-", "NaN", ".nan", "inf", ".inf", "1e", "1e+", "e5", "1_000", "0x10", "1.2.3", "--1", "1 ", "١"] {
            assert_eq!(parse(text), Err(NotInRange::NotANumber), "{text:?}");
        }
    }

    #[test]
    fn format_omits_trailing_zeros() {
        assert_eq!([0, 1, 100, 1_500, 60_000].map(format), ["0", "0.001", "0.1", "1.5", "60"]);
    }
}
