//! Numbers without a unit.

use super::headers::Scale;
use super::ignored::ValueProblem;
use crate::thousandths;
use crate::time::{Millis, Wall};

/// Above this a reset counts seconds since 1970. As a wait it would be 31 years.
const EPOCH_SECONDS_ABOVE: u64 = 1_000_000_000;
/// Above this a reset counts milliseconds since 1970. As seconds it would be in the year 5138.
const EPOCH_MS_ABOVE: u64 = 100_000_000_000;
const THOUSANDTHS: u64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Negative,
    /// Not a number.
    Nan,
    /// In thousandths, rounded up. `u64::MAX` stands for infinity too.
    Thousandths(u64),
}

impl Number {
    /// Parses a decimal number, `NaN` or infinity.
    pub(super) fn parse(text: &str) -> Option<Number> {
        let (is_negative, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if unsigned.eq_ignore_ascii_case("nan") {
            return Some(Number::Nan);
        }
        let is_infinite = unsigned.eq_ignore_ascii_case("inf") || unsigned.eq_ignore_ascii_case("infinity");
        let size = if is_infinite { u64::MAX } else { thousandths::parse_rounded_up(unsigned)? };
        Some(if is_negative && size > 0 { Number::Negative } else { Number::Thousandths(size) })
    }

    /// Returns the wait that the number asks for. The number is rounded up to whole seconds or milliseconds.
    pub(super) fn wait(self, scale: Scale, now: Wall) -> Result<Millis, ValueProblem> {
        let size = match self {
            Number::Negative => return Err(ValueProblem::Negative),
            Number::Nan => return Err(ValueProblem::NotANumber),
            Number::Thousandths(u64::MAX) => return Ok(Millis(u64::MAX)),
            Number::Thousandths(size) => size,
        };
        let whole = size.div_ceil(THOUSANDTHS);
        match scale {
            Scale::Milliseconds => Ok(Millis(whole)),
            Scale::SecondsOrTime if size > EPOCH_MS_ABOVE * THOUSANDTHS => until(Wall(whole), now),
            Scale::SecondsOrTime if size > EPOCH_SECONDS_ABOVE * THOUSANDTHS => until(Wall(size), now),
            Scale::Seconds | Scale::SecondsOrTime => Ok(Millis::from_secs(whole)),
        }
    }
}

/// Returns the wait until a time of day.
pub(super) fn until(at: Wall, now: Wall) -> Result<Millis, ValueProblem> {
    if at < now { Err(ValueProblem::Past) } else { Ok(at.since(now)) }
}
