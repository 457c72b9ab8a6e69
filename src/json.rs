//! JSON text to a tree that keeps the order of keys and the line of every value, within limits. Documents, patches and stored records
//! are all read by it: one reader, since each costs the component tens of kilobytes.

use crate::names::quoted;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;
use std::io::Read;

/// How large a text may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
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
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
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

/// What makes a text unreadable, and where, if that is known.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) line: Option<u32>,
    pub(crate) message: String,
}

pub(crate) fn read(text: &str, limits: Limits) -> Result<Node, Unreadable> {
    if text.len() > limits.bytes {
        return Err(Unreadable { line: None, message: format!("{} bytes long: at most {} are read", text.len(), limits.bytes) });
    }
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Ok(Node { content: Content::Null, line: None });
    }
    let progress = Progress { limits, line: Cell::new(1), nodes: Cell::new(0) };
    let mut json = serde_json::Deserializer::from_reader(Lines { rest: text.as_bytes(), line: &progress.line });
    let place = Place { progress: &progress, depth: 1, line: Some(1) };
    place.deserialize(&mut json).and_then(|root| json.end().map(|()| root)).map_err(|fault| unreadable(&fault))
}

fn unreadable(fault: &serde_json::Error) -> Unreadable {
    let text = fault.to_string();
    // The line is told beside the message.
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    let message = format!("not readable as JSON, the format that this version reads: {reason} (column {})", fault.column());
    Unreadable { line: u32::try_from(fault.line()).ok().filter(|line| *line > 0), message }
}

/// Hands the text out byte by byte, as `serde_json` asks for it, so that the line reached is known while a tree is built.
struct Lines<'a> {
    rest: &'a [u8],
    line: &'a Cell<u32>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let (Some((byte, rest)), Some(slot)) = (self.rest.split_first(), buffer.first_mut()) else { return Ok(0) };
        self.line.set(self.line.get().saturating_add(u32::from(*byte == b'\n')));
        *slot = *byte;
        self.rest = rest;
        Ok(1)
    }
}

struct Progress {
    limits: Limits,
    line: Cell<u32>,
    nodes: Cell<usize>,
}

/// Where the next node stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    progress: &'a Progress,
    depth: usize,
    line: Option<u32>,
}

impl Place<'_> {
    fn node(self, content: Content) -> Node {
        Node { content, line: self.line }
    }

    fn inner(self, line: Option<u32>) -> Self {
        Place { depth: self.depth + 1, line, ..self }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let nodes = self.progress.nodes.get() + 1;
        self.progress.nodes.set(nodes);
        let limits = self.progress.limits;
        if nodes > limits.nodes {
            return Err(D::Error::custom(format_args!("more than {} values", limits.nodes)));
        }
        if self.depth > limits.depth {
            return Err(D::Error::custom(format_args!("nested deeper than {}", limits.depth)));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(self.node(Content::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(self.node(Content::Flag(flag)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(self.node(Content::Number(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(self.node(Content::Number(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(self.node(Content::Number(decimal(number))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(self.node(Content::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = access.next_element_seed(self.inner(self.line))? {
            list.push(node);
        }
        Ok(self.node(Content::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            let line = Some(self.progress.line.get());
            map.push((key, access.next_value_seed(self.inner(line))?));
        }
        Ok(self.node(Content::Map(map)))
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates, and the sign is told beside it")]
/// A number to nine places, which is what people wrote wherever they wrote no more; the standard library's way would bring 15 KB
/// of code for the last digit.
fn decimal(number: f64) -> String {
    const PLACES: u64 = 1_000_000_000;
    let sign = if number < 0.0 { "-" } else { "" };
    let billionths = (number.abs() * 1e9).round() as u64;
    if billionths == u64::MAX {
        return format!("{sign}{}", number.abs() as u64);
    }
    let text = format!("{sign}{}.{:09}", billionths / PLACES, billionths % PLACES);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { bytes: 1 << 20, depth: 32, nodes: 10_000 };

    fn read(text: &str) -> Result<Node, Unreadable> {
        super::read(text, LIMITS)
    }

    #[track_caller]
    fn fails(text: &str, line: Option<u32>, part: &str) {
        let fault = read(text).expect_err("unreadable");
        assert_eq!(fault.line, line);
        assert!(fault.message.contains(part), "{}", fault.message);
    }

    #[test]
    fn keys_keep_their_order_their_doubles_and_their_lines() {
        let Content::Map(map) = read("{\n \"b\": 1,\n\n \"a\":\n [0.1],\n \"b\": null}").expect("a tree").content else { panic!("no map") };
        let shown: Vec<_> = map.iter().map(|(key, node)| (key.as_str(), node.line, node.to_string())).collect();
        assert_eq!(shown, [("b", Some(2), "1".into()), ("a", Some(4), "a list".into()), ("b", Some(6), "null".into())]);
    }

    #[test]
    fn numbers_are_told_as_they_were_written() {
        for text in ["0.1", "-0.5", "2.675", "1000000.001", "86400", "0.0009999", "18446744073709551615"] {
            assert_eq!(read(text).expect("a number").content, Content::Number(text.into()));
        }
        assert_eq!(read("1e3").expect("a number").content, Content::Number("1000".into()));
    }

    #[test]
    fn an_empty_document_is_an_empty_map() {
        assert_eq!(read(" \n").expect("a tree").content, Content::Null);
    }

    #[test]
    fn what_is_not_json_says_its_line() {
        fails("{\"a\": 1,\n\"b\" 2}", Some(2), "expected `:`");
        fails("{}\n\n{}", Some(3), "trailing characters");
        fails("{\"a\": 1e999}", Some(1), "out of range");
        fails("{\"a\": NaN}", Some(1), "not readable as JSON");
        fails("defaults:\n  fail_max: 5", Some(1), "not readable as JSON");
    }

    #[test]
    fn size_depth_and_nodes_are_bounded() {
        fails(&" ".repeat(LIMITS.bytes + 1), None, "at most 1048576");
        assert!(read(&format!("{}{}", "[".repeat(32), "]".repeat(32))).is_ok());
        fails(&"[".repeat(33), Some(1), "nested deeper than 32");
        fails(&"[".repeat(500_000), Some(1), "nested deeper than 32");
        assert!(read(&format!("[{}1]", "1,".repeat(9_998))).is_ok());
        fails(&format!("[{}1]", "1,".repeat(9_999)), Some(1), "more than 10000");
    }
}
