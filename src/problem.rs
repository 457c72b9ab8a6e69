//! Why a question could not be answered.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of a [`Problem`], for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemCode {
    NotConfigured,
    BadTarget,
    BadPermit,
    BadPatch,
    TooLarge,
    Storage,
}

/// Why a question could not be answered: a code for programs, and for people what was wrong, what was expected and what to do.
///
/// ```
/// use fuseboard::{Problem, ProblemCode};
/// let problem = Problem::new(ProblemCode::BadTarget, "the role of a plain name: only hosts have roles");
/// assert_eq!(problem.to_string(), "the role of a plain name: only hosts have roles");
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
