//! A document as a tree that keeps the order of keys and the line of every value, whatever the format it was written in.

use crate::names::quoted;
use std::fmt;
use std::sync::Arc;

/// Where a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) source: Arc<str>,
    pub(super) line: Option<u32>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) content: Content,
    /// Of its key, where it has one.
    pub(super) line: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Null,
    Flag(bool),
    /// As it was written, or the shortest text of the same number: read as a decimal, never as a float.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// A key may stand twice: whoever reads the map says so, since it knows the path.
    Map(Vec<(String, Node)>),
}

/// As messages show it.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS_SHOWN: usize = 40;
        match &self.content {
            Content::Null => f.write_str("null"),
            Content::Flag(flag) => flag.fmt(f),
            Content::Number(text) if text.len() <= DIGITS_SHOWN => f.write_str(text),
            Content::Number(text) => write!(f, "{}...", text.chars().take(DIGITS_SHOWN).collect::<String>()),
            Content::Text(text) => f.write_str(&quoted(text)),
            Content::List(_) => f.write_str("a list"),
            Content::Map(_) => f.write_str("a map"),
        }
    }
}
