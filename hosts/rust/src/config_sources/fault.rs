use fuseboard::{Diagnostic, Severity, redact_urls};

/// A fault of the configuration that the host finds itself. A source that is a URL by mistake may have a password.
pub(super) fn fault(source: impl Into<String>, message: impl Into<String>) -> Diagnostic {
    let source = redact_urls(&source.into()).into_owned();
    Diagnostic { severity: Severity::Error, source, line: None, path: String::new(), message: message.into() }
}
