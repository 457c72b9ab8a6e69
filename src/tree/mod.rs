//! Text to a tree that keeps the order of keys and the line of every value, within limits. Stored records and patches are JSON;
//! a document is JSON or YAML.

mod expand;
pub(crate) mod json;
pub(crate) mod scalar;
mod yaml;
#[cfg(test)]
mod yaml_tests;

use crate::names::quoted;
use std::fmt;

/// How large a text may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Of the text; of all values too, once each alias is what it stands for.
    pub bytes: usize,
    pub depth: usize,
    /// Values, those within lists and maps too.
    pub nodes: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) content: Content,
    /// Of its key, where it has one.
    pub(crate) line: Option<u32>,
    /// 0: it stands in its map itself. Otherwise YAML's `<<` brought it, and among values of one key the lowest rank holds.
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
    Flag(bool),
    /// As it was written: read as a decimal, never as a float.
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

/// What makes a text unreadable, and where, if that is known.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) line: Option<u32>,
    pub(crate) message: String,
}

/// A document. Its name says which format its faults are told in: nearly all JSON is YAML, but nobody who writes JSON wants to hear
/// of block mappings.
pub(crate) fn document(name: &str, text: &str, limits: Limits) -> Result<Node, Unreadable> {
    let is_json =
        name.len().checked_sub(".json".len()).and_then(|end| name.get(end..)).is_some_and(|end| end.eq_ignore_ascii_case(".json"));
    json::read(text, limits).or_else(|of_json| yaml::read(text, limits).map_err(|of_yaml| if is_json { of_json } else { of_yaml }))
}

/// The text behind its byte order mark, if it is not too long.
fn within(text: &str, limits: Limits) -> Result<&str, Unreadable> {
    if text.len() > limits.bytes {
        return Err(Unreadable { line: None, message: format!("{} bytes long: at most {} are read", text.len(), limits.bytes) });
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
