use fuseboard::{Diagnostic, Severity};

/// A fault of the configuration that the host finds itself.
pub(super) fn fault(source: impl Into<String>, message: impl Into<String>) -> Diagnostic {
    Diagnostic { severity: Severity::Error, source: source.into(), line: None, path: String::new(), message: message.into() }
}
