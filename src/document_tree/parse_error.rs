//! The error of parsing.

/// Reason why a text cannot be parsed, with the line if it is known.
#[derive(Debug)]
pub(crate) struct ParseError {
    pub(crate) line: Option<u32>,
    pub(crate) message: String,
}
