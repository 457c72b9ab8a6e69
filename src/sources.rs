//! Input of `configure`, and the diagnostics that it returns.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A configuration document of at most 1 MiB. Diagnostics and explanations show its name, for example a path. Of a URL they show its scheme
/// and authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub name: String,
    pub text: String,
}

/// Sources of a configuration. Precedence rises from the first document to the last, then environment, then flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    pub documents: Vec<Document>,
    /// Only variables that start with this prefix are read.
    pub prefix: String,
    /// Pairs of name and value, in any order.
    pub environment: Vec<(String, String)>,
    /// Pairs of name, without dashes, and value. A later flag overrides an earlier one.
    pub flags: Vec<(String, String)>,
}

/// Identity of an engine instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Random and unique per instance, never 0. It must change after a rebuild or a fork.
    pub writer: u64,
    /// Seed for jitter, the same for all instances of a process.
    pub seed: u64,
}

impl Identity {
    /// Refuses the writer 0, the value of a field that was not set. Instances with the same writer would take each other's writes for
    /// their own.
    pub(crate) fn check(self) -> Result<(), Diagnostic> {
        if self.writer != 0 {
            return Ok(());
        }
        let message = "must be a random number from 1 to 2^64 - 1, of this instance alone, is 0: draw one for each instance".to_owned();
        Err(Diagnostic { severity: Severity::Error, source: "identity".to_owned(), line: None, path: "writer".to_owned(), message })
    }
}

/// Severity of a [`Diagnostic`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// The configuration is accepted.
    Warning,
}

/// Error or warning about one place in a source.
///
/// ```
/// use fuseboard::{Diagnostic, Severity};
/// let diagnostic = Diagnostic {
///     severity: Severity::Error,
///     source: "breakers.json".into(),
///     line: None,
///     path: "hosts.api.crossref.org.fail_max".into(),
///     message: "must be between 1 and 10000, is 0".into(),
/// };
/// assert_eq!(diagnostic.to_string(), "breakers.json: hosts.api.crossref.org.fail_max: must be between 1 and 10000, is 0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    pub severity: Severity,
    pub source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    pub path: String,
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.path.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        write!(f, ": {}", self.message)
    }
}
