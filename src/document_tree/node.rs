//! The tree: a value with its line in the document.

use crate::quote::quoted;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) content: Content,
    /// Line of the key, for a value in a map.
    pub(crate) line: Option<u32>,
    /// Precedence among values of the same key, lowest first: 0 for a value written in its map, more for one merged by YAML's `<<`.
    pub(crate) rank: usize,
}

impl Node {
    pub(crate) fn new(content: Content, line: Option<u32>) -> Node {
        Node { content, line, rank: 0 }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Null,
    /// Nothing is written, as the value of `fail_max:` in YAML, or a document without any value.
    Blank,
    Bool(bool),
    /// As written in the document. It is parsed as a decimal number, never as a float.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// May have duplicate keys. The code that reads the map reports them, since it knows the path.
    Map(Vec<(String, Node)>),
}

/// Formats a value for messages.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS_MAX: usize = 40;
        match &self.content {
            Content::Null => f.write_str("null"),
            Content::Blank => f.write_str("blank"),
            Content::Bool(value) => value.fmt(f),
            Content::Number(text) if text.len() <= DIGITS_MAX => f.write_str(text),
            Content::Number(text) => write!(f, "{}...", text.chars().take(DIGITS_MAX).collect::<String>()),
            Content::Text(text) => f.write_str(&quoted(text)),
            Content::List(_) => f.write_str("a list"),
            Content::Map(_) => f.write_str("a map"),
        }
    }
}
