//! The hints that are ignored and why, as text for people.

use super::limits::{HINT_NAME_BYTES_MAX, HINT_VALUE_BYTES_MAX, HINTS_MAX, IGNORED_MAX};
use crate::quote::{joined_by, quoted};
use std::fmt;

/// The ignored hints of one report. Only the first few are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IgnoredHints(Vec<Ignored>);

impl IgnoredHints {
    pub(super) fn push(&mut self, ignored: Ignored) {
        if self.0.len() < IGNORED_MAX {
            self.0.push(ignored);
        }
    }

    pub(super) fn into_first(self) -> Option<Ignored> {
        self.0.into_iter().next()
    }

    /// Returns what is ignored and why, in one text.
    pub(crate) fn text(&self) -> Option<String> {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        (!texts.is_empty()).then(|| joined_by("; ", &texts))
    }
}

/// A hint, or a part of one, that is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// More hints than are read.
    TooManyHints,
    /// A name that is too long.
    LongName,
    /// A value that is too long.
    LongValue { header: &'static str },
    /// A value that cannot be read, or asks for no wait.
    Value { header: &'static str, value: String, problem: ValueProblem },
    /// A reset with a status that does not mean that the quota is used up.
    QuotaLeft { header: &'static str, status: u16 },
    /// The caller's own wait, for a call that the caller counted as a success.
    OwnWait,
}

/// Why a value is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueProblem {
    /// A negative number. It asks for no wait.
    Negative,
    /// Not a number (NaN). It asks for no wait.
    NotANumber,
    /// A time in the past. It asks for no wait.
    Past,
    /// Neither a number, a duration nor a date.
    Unreadable,
    /// The header `date` has no readable date.
    UnreadableDate,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ignored::TooManyHints => write!(f, "hints ignored: a report must have at most {HINTS_MAX}, the later ones are not read"),
            Ignored::LongName => write!(f, "hint ignored: its name must have at most {HINT_NAME_BYTES_MAX} bytes"),
            Ignored::LongValue { header } => write!(f, "{header} ignored: must have at most {HINT_VALUE_BYTES_MAX} bytes"),
            Ignored::Value { header, value, problem } => write!(f, "{header} ignored: must be {problem}, is {}", quoted(value)),
            Ignored::QuotaLeft { header, status: 403 } => write!(f, "{header} ignored: with 403 the remaining quota must be 0"),
            Ignored::QuotaLeft { header, status } => {
                write!(f, "{header} ignored: with {status} the remaining quota must be 0 or unknown")
            }
            Ignored::OwnWait => f.write_str("the caller's own wait ignored: the caller counted the call as a success"),
        }
    }
}

/// Shows which values are accepted.
impl fmt::Display for ValueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueProblem::Negative => "at least 0",
            ValueProblem::NotANumber => "a number",
            ValueProblem::Past => "a time in the future",
            ValueProblem::UnreadableDate => "a date such as `Sun, 06 Nov 1994 08:49:37 GMT`",
            ValueProblem::Unreadable => "a number, a duration such as `1m30s`, or a date such as `Sun, 06 Nov 1994 08:49:37 GMT`",
        })
    }
}

impl std::error::Error for Ignored {}
