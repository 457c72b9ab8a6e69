//! Builds the tree of a YAML document from its parts. Replaces aliases by their values, and merges maps with `<<`.

use super::limits::Limits;
use super::node::{Content, Node};
use super::parse_error::ParseError;
use super::plain_scalar;
use super::yaml_parts::{Part, PartKind};

/// Builds a tree. A document without parts is blank.
pub(super) fn build(parts: &[Part<'_>], limits: Limits) -> Result<Node, ParseError> {
    if parts.is_empty() {
        return Ok(Node::new(Content::Blank, None));
    }
    Builder { parts, next: 0, nodes: 0, bytes: 0, limits }.node(1, None)
}

struct Builder<'p, 'a> {
    parts: &'p [Part<'a>],
    /// Index of the next part.
    next: usize,
    nodes: usize,
    /// Total length of all keys and scalars.
    bytes: usize,
    limits: Limits,
}

enum Key {
    Name(String),
    /// `<<` without quotes.
    Merge,
}

impl<'p, 'a> Builder<'p, 'a> {
    fn take(&mut self) -> Result<&'p Part<'a>, ParseError> {
        let part = self.parts.get(self.next).ok_or(ParseError { line: None, message: "ends too early".into() })?;
        self.next += 1;
        Ok(part)
    }

    /// Takes the next part if it ends a list or a map.
    fn take_end(&mut self) -> bool {
        let is_end = matches!(self.parts.get(self.next), Some(Part { kind: PartKind::End, .. }) | None);
        self.next += usize::from(is_end);
        is_end
    }

    /// Builds a value. Its line is its key's, or else its own.
    fn node(&mut self, depth: usize, key_line: Option<u32>) -> Result<Node, ParseError> {
        let part = self.take()?;
        let line = key_line.or(Some(part.line));
        if let PartKind::Alias(index) = part.kind {
            let after = std::mem::replace(&mut self.next, index);
            let node = self.node(depth, line);
            self.next = after;
            // The error is at the alias, not at the value that its anchor names.
            return node.map_err(|error| ParseError { line: Some(part.line), ..error });
        }
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(parse_error(part, &self.limits.too_many()));
        }
        if depth > self.limits.depth {
            return Err(parse_error(part, &self.limits.too_deep()));
        }
        let content = match &part.kind {
            PartKind::Plain(text) => plain_scalar::content(self.count(part, text)?),
            PartKind::Text(text) => Content::Text(self.count(part, text)?.to_owned()),
            PartKind::Map => Content::Map(self.map(depth)?),
            PartKind::List => Content::List(self.list(depth)?),
            // Not reached: an alias never names an alias, and each end belongs to a list or a map.
            PartKind::End | PartKind::Alias(_) => Content::Null,
        };
        Ok(Node::new(content, line))
    }

    /// Counts the bytes of a text: aliases can turn a few bytes into gigabytes.
    fn count<'t>(&mut self, part: &Part<'_>, text: &'t str) -> Result<&'t str, ParseError> {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes <= self.limits.bytes {
            return Ok(text);
        }
        Err(parse_error(part, &format!("must have at most {} bytes after aliases are replaced, has more", self.limits.bytes)))
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, ParseError> {
        let mut list = Vec::new();
        while !self.take_end() {
            list.push(self.node(depth + 1, None)?);
        }
        Ok(list)
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(String, Node)>, ParseError> {
        let mut map = Vec::new();
        let mut merged: Option<Vec<(String, Node)>> = None;
        while !self.take_end() {
            let part = self.take()?;
            let key = self.key(part)?;
            let value = self.node(depth + 1, Some(part.line))?;
            match key {
                Key::Name(name) => map.push((name, value)),
                Key::Merge if merged.is_some() => {
                    return Err(parse_error(part, "`<<` must be in a map only once: give it a list of maps"));
                }
                Key::Merge => merged = Some(merge(value).map_err(|other| parse_error(part, &not_mergeable(&other)))?),
            }
        }
        map.append(&mut merged.unwrap_or_default());
        Ok(map)
    }

    fn key(&mut self, part: &'p Part<'a>) -> Result<Key, ParseError> {
        let key = match part.kind {
            PartKind::Alias(index) => self.parts.get(index).unwrap_or(part),
            _ => part,
        };
        match &key.kind {
            PartKind::Plain(text) if text == "<<" => Ok(Key::Merge),
            PartKind::Plain(text) | PartKind::Text(text) => Ok(Key::Name(self.count(part, text)?.to_owned())),
            _ => Err(parse_error(part, "a key must be a text")),
        }
    }
}

fn not_mergeable(node: &Node) -> String {
    format!("`<<` must be a map or a list of maps, is {node}")
}

/// Returns the entries of a map, or of all maps in a list. Entries of earlier maps take precedence, by a lower rank.
fn merge(node: Node) -> Result<Vec<(String, Node)>, Node> {
    let maps = match node.content {
        Content::List(list) => list,
        _ => vec![node],
    };
    let (mut merged, mut rank) = (Vec::new(), 0);
    for map in maps {
        let Content::Map(entries) = map.content else { return Err(map) };
        // Higher than all ranks of the maps before, which may have merged other maps themselves.
        let base = rank + 1;
        for (key, mut node) in entries {
            node.rank += base;
            rank = rank.max(node.rank);
            merged.push((key, node));
        }
    }
    Ok(merged)
}

fn parse_error(part: &Part<'_>, reason: &str) -> ParseError {
    ParseError { line: Some(part.line), message: format!("invalid YAML: {reason}") }
}
