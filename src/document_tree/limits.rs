//! Limits of a document.

use super::parse_error::ParseError;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Longest text, and longest total of all keys and scalars after each YAML alias is replaced by its value.
    pub(crate) bytes: usize,
    /// Most levels of nested lists and maps.
    pub(crate) depth: usize,
    /// Most values, including those within lists and maps.
    pub(crate) nodes: usize,
}

impl Limits {
    /// Returns the text without a byte order mark.
    ///
    /// # Errors
    /// If the text is too long.
    pub(super) fn check_text(self, text: &str) -> Result<&str, ParseError> {
        if text.len() > self.bytes {
            return Err(ParseError { line: None, message: format!("must have at most {} bytes, has {}", self.bytes, text.len()) });
        }
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    pub(super) fn too_deep(self) -> String {
        format!("must have at most {} levels, has more", self.depth)
    }

    pub(super) fn too_many(self) -> String {
        format!("must have at most {} values, has more", self.nodes)
    }
}
