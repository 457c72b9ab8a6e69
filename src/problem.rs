//! The error of engine operations.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of a [`Problem`], for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemCode {
    /// `configure` has not succeeded yet.
    NotConfigured,
    /// A target or a scope has an invalid name or role.
    BadTarget,
    /// A permit does not belong to the target, or is malformed.
    BadPermit,
    /// A patch is not valid at its scope.
    BadPatch,
    /// A `Retry-After` value asks for no wait, or cannot be read.
    BadRetryAfter,
    /// A record or an argument exceeds a limit.
    TooLarge,
    /// The store failed.
    Storage,
}

/// Error of an engine operation: a code for programs, and a text for people. The text says what failed, what is accepted and what to do.
///
/// ```
/// use fuseboard::{Problem, ProblemCode};
/// let problem = Problem::new(ProblemCode::BadTarget, "a plain name must not have a role: only hosts have roles");
/// assert_eq!(problem.to_string(), "a plain name must not have a role: only hosts have roles");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: ProblemCode,
    pub detail: String,
}

impl Problem {
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Problem {
        Problem { code, detail: detail.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}
