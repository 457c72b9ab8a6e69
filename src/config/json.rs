//! JSON text to tree, with limits, and with the line of every key.

use super::tree::{Content, Node};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;
use std::io::Read;

pub(super) const DOCUMENT_BYTES_MAX: usize = 1 << 20;
const DEPTH_MAX: usize = 32;
const NODES_MAX: usize = 10_000;

/// What makes a text unreadable, and where, if that is known.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) line: Option<u32>,
    pub(super) message: String,
}

pub(super) fn read(text: &str) -> Result<Node, Unreadable> {
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(Unreadable { line: None, message: format!("{} bytes long: at most {DOCUMENT_BYTES_MAX} are read", text.len()) });
    }
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Ok(Node { content: Content::Null, line: None });
    }
    let progress = Progress { line: Cell::new(1), nodes: Cell::new(0) };
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
        if nodes > NODES_MAX {
            return Err(D::Error::custom(format_args!("more than {NODES_MAX} values")));
        }
        if self.depth > DEPTH_MAX {
            return Err(D::Error::custom(format_args!("nested deeper than {DEPTH_MAX}")));
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

    /// The shortest text that means this number: for all that people write, what they wrote.
    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(self.node(Content::Number(number.to_string())))
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

#[cfg(test)]
mod tests {
    use super::*;

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
        fails(&" ".repeat(DOCUMENT_BYTES_MAX + 1), None, "at most 1048576");
        assert!(read(&format!("{}{}", "[".repeat(32), "]".repeat(32))).is_ok());
        fails(&"[".repeat(33), Some(1), "nested deeper than 32");
        fails(&"[".repeat(500_000), Some(1), "nested deeper than 32");
        assert!(read(&format!("[{}1]", "1,".repeat(9_998))).is_ok());
        fails(&format!("[{}1]", "1,".repeat(9_999)), Some(1), "more than 10000");
    }
}
