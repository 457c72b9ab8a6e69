//! What `configure` is given, and what it says of it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A document of at most 1 MiB. The name (a path, say) stands in diagnostics and explanations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub name: String,
    pub text: String,
}

/// All sources, in rising precedence: documents in their order, environment, flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    pub documents: Vec<Document>,
    /// Variables that begin with this prefix are read.
    pub prefix: String,
    /// Names and values.
    pub environment: Vec<(String, String)>,
    /// Names without dashes, and values.
    pub flags: Vec<(String, String)>,
}

/// Who an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Random and unique per instance, new after a rebuild or a fork.
    pub writer: u64,
    /// For jitter; the same for all instances of one process.
    pub seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Error,
    Warning,
}

/// One fault in a source: where it stands, and what was expected.
///
/// ```
/// use fuseboard::{Diagnostic, Severity};
/// let fault = Diagnostic {
///     severity: Severity::Error,
///     source: "breakers.json".into(),
///     line: None,
///     path: "hosts.api.crossref.org.fail_max".into(),
///     message: "must be at least 1, is 0".into(),
/// };
/// assert_eq!(fault.to_string(), "breakers.json: hosts.api.crossref.org.fail_max: must be at least 1, is 0");
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
