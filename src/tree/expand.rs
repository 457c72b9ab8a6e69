//! YAML's parts to a tree: aliases become what they stand for, and `<<` brings what other maps say.

use super::yaml::{Kind, Part, too_deep, too_many};
use super::{Content, Limits, Node, Unreadable, scalar};

/// An empty text is an empty document.
pub(super) fn tree(parts: &[Part<'_>], limits: Limits) -> Result<Node, Unreadable> {
    if parts.is_empty() {
        return Ok(Node::new(Content::Null, None));
    }
    Expander { parts, at: 0, nodes: 0, bytes: 0, limits }.node(1, None)
}

struct Expander<'p, 'a> {
    parts: &'p [Part<'a>],
    at: usize,
    nodes: usize,
    /// Of all keys and scalars.
    bytes: usize,
    limits: Limits,
}

enum Key {
    Name(String),
    /// `<<` without quotes.
    Merge,
}

impl<'p, 'a> Expander<'p, 'a> {
    fn next(&mut self) -> Result<&'p Part<'a>, Unreadable> {
        let part = self.parts.get(self.at).ok_or(Unreadable { line: None, message: "ends too early".into() })?;
        self.at += 1;
        Ok(part)
    }

    /// Steps over the end of a list or a map, if it is the next.
    fn ends(&mut self) -> bool {
        let ends = matches!(self.parts.get(self.at), Some(Part { kind: Kind::End, .. }) | None);
        self.at += usize::from(ends);
        ends
    }

    /// The line is the key's, where it has one.
    fn node(&mut self, depth: usize, line: Option<u32>) -> Result<Node, Unreadable> {
        let part = self.next()?;
        let line = line.or(Some(part.line));
        if let Kind::Alias(place) = part.kind {
            let behind = std::mem::replace(&mut self.at, place);
            let node = self.node(depth, line);
            self.at = behind;
            // What is too much is so because of the alias, not where it was written first.
            return node.map_err(|fault| Unreadable { line: Some(part.line), ..fault });
        }
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(unreadable(part, &too_many(self.limits)));
        }
        if depth > self.limits.depth {
            return Err(unreadable(part, &too_deep(self.limits)));
        }
        let content = match &part.kind {
            Kind::Plain(text) => scalar::plain(self.text(part, text)?),
            Kind::Text(text) => Content::Text(self.text(part, text)?.to_owned()),
            Kind::Map => Content::Map(self.map(depth)?),
            Kind::List => Content::List(self.list(depth)?),
            // An alias never stands for another one, and each end belongs to a beginning.
            Kind::End | Kind::Alias(_) => Content::Null,
        };
        Ok(Node::new(content, line))
    }

    /// A few bytes may be repeated into gigabytes.
    fn text<'t>(&mut self, part: &Part<'_>, text: &'t str) -> Result<&'t str, Unreadable> {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes <= self.limits.bytes {
            return Ok(text);
        }
        Err(unreadable(part, &format!("more than {} bytes, once each alias is what it stands for", self.limits.bytes)))
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Unreadable> {
        let mut list = Vec::new();
        while !self.ends() {
            list.push(self.node(depth + 1, None)?);
        }
        Ok(list)
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(String, Node)>, Unreadable> {
        let mut map = Vec::new();
        let mut merged: Option<Vec<(String, Node)>> = None;
        while !self.ends() {
            let part = self.next()?;
            let key = self.key(part)?;
            let value = self.node(depth + 1, Some(part.line))?;
            match key {
                Key::Name(name) => map.push((name, value)),
                Key::Merge if merged.is_some() => return Err(unreadable(part, "`<<` stands twice in one map: give it a list of maps")),
                Key::Merge => merged = Some(merge(value).map_err(|other| unreadable(part, &not_merged(&other)))?),
            }
        }
        map.append(&mut merged.unwrap_or_default());
        Ok(map)
    }

    fn key(&mut self, part: &'p Part<'a>) -> Result<Key, Unreadable> {
        let named = match part.kind {
            Kind::Alias(place) => self.parts.get(place).unwrap_or(part),
            _ => part,
        };
        match &named.kind {
            Kind::Plain(text) if text == "<<" => Ok(Key::Merge),
            Kind::Plain(text) | Kind::Text(text) => Ok(Key::Name(self.text(part, text)?.to_owned())),
            _ => Err(unreadable(part, "a key must be a text")),
        }
    }
}

fn not_merged(node: &Node) -> String {
    format!("`<<` takes a map or a list of maps, and this is {node}")
}

/// The entries of a map, or of all maps of a list, of which the earlier ones hold.
fn merge(node: Node) -> Result<Vec<(String, Node)>, Node> {
    let maps = match node.content {
        Content::List(list) => list,
        _ => vec![node],
    };
    let (mut merged, mut rank) = (Vec::new(), 0);
    for map in maps {
        let Content::Map(entries) = map.content else { return Err(map) };
        // Above all ranks before, and these may have merged others.
        let base = rank + 1;
        for (key, mut node) in entries {
            node.rank += base;
            rank = rank.max(node.rank);
            merged.push((key, node));
        }
    }
    Ok(merged)
}

fn unreadable(part: &Part<'_>, reason: &str) -> Unreadable {
    Unreadable { line: Some(part.line), message: format!("not readable as YAML: {reason}") }
}
