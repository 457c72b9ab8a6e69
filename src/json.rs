//! JSON text to a tree that keeps the order of keys and the line of every value, within limits. Documents, patches and stored records
//! are all read by it. It is written here since `serde_json`'s costs the component 20 KB more: with errors, floats and traits of its
//! own for what one tree needs. Tests hold it against that one.

use crate::names::quoted;
use std::fmt;

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

pub(crate) fn read(text: &str, limits: Limits) -> Result<Node, Unreadable> {
    if text.len() > limits.bytes {
        return Err(Unreadable { line: None, message: format!("{} bytes long: at most {} are read", text.len(), limits.bytes) });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { text, at: 0, line: 1, nodes: 0, limits };
    reader.document().map_err(|fault| reader.unreadable(fault))
}

/// What makes a text unreadable, where the reader stands.
#[derive(Clone, Copy)]
enum Fault {
    Expected(&'static str),
    Other(&'static str),
    TooMany,
    TooDeep,
}

type Read<T> = Result<T, Fault>;

/// Goes through a text once. It stands between characters always: what it steps over by bytes is ASCII.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Counted where blanks are: a line ends nowhere else.
    line: u32,
    nodes: usize,
    limits: Limits,
}

impl Reader<'_> {
    fn unreadable(&self, fault: Fault) -> Unreadable {
        let reason = match fault {
            Fault::Expected(what) => format!("expected {what}"),
            Fault::Other(what) => what.to_owned(),
            Fault::TooMany => format!("more than {} values", self.limits.nodes),
            Fault::TooDeep => format!("nested deeper than {}", self.limits.depth),
        };
        let before = self.text.as_bytes().iter().take(self.at).rev();
        let column = before.take_while(|byte| **byte != b'\n').count() + 1;
        let message = format!("not readable as JSON, the format that this version reads: {reason} (column {column})");
        Unreadable { line: Some(self.line), message }
    }

    fn document(&mut self) -> Read<Node> {
        self.blanks();
        if self.peek().is_none() {
            return Ok(Node { content: Content::Null, line: None });
        }
        let root = self.node(1, Some(1))?;
        self.blanks();
        if self.peek().is_some() { Err(Fault::Other("trailing characters")) } else { Ok(root) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.line = self.line.saturating_add(u32::from(byte == b'\n'));
            self.at += 1;
        }
    }

    /// Steps over a byte if it is the next.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_next = self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    fn node(&mut self, depth: usize, line: Option<u32>) -> Read<Node> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(Fault::TooMany);
        }
        if depth > self.limits.depth {
            return Err(Fault::TooDeep);
        }
        self.blanks();
        let content = match self.peek() {
            Some(b'{') => Content::Map(self.map(depth)?),
            Some(b'[') => Content::List(self.list(depth, line)?),
            Some(b'"') => Content::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Content::Number(self.number()?),
            _ if self.take_word("null") => Content::Null,
            _ if self.take_word("true") => Content::Flag(true),
            _ if self.take_word("false") => Content::Flag(false),
            _ => return Err(Fault::Expected("a value")),
        };
        Ok(Node { content, line })
    }

    fn map(&mut self, depth: usize) -> Read<Vec<(String, Node)>> {
        let mut map = Vec::new();
        let mut goes_on = self.opens(b'}');
        while goes_on {
            self.blanks();
            let line = Some(self.line);
            let key = self.string()?;
            self.blanks();
            if !self.take(b':') {
                return Err(Fault::Expected("`:`"));
            }
            map.push((key, self.node(depth + 1, line)?));
            goes_on = self.goes_on(b'}', "`,` or `}`")?;
        }
        Ok(map)
    }

    fn list(&mut self, depth: usize, line: Option<u32>) -> Read<Vec<Node>> {
        let mut list = Vec::new();
        let mut goes_on = self.opens(b']');
        while goes_on {
            list.push(self.node(depth + 1, line)?);
            goes_on = self.goes_on(b']', "`,` or `]`")?;
        }
        Ok(list)
    }

    /// Steps over the bracket that a list or a map begins with; whether anything stands in it.
    fn opens(&mut self, end: u8) -> bool {
        self.at += 1;
        self.blanks();
        !self.take(end)
    }

    /// Steps over what stands behind an item; whether another one follows.
    fn goes_on(&mut self, end: u8, expected: &'static str) -> Read<bool> {
        self.blanks();
        if self.take(b',') {
            Ok(true)
        } else if self.take(end) {
            Ok(false)
        } else {
            Err(Fault::Expected(expected))
        }
    }

    fn string(&mut self) -> Read<String> {
        if !self.take(b'"') {
            return Err(Fault::Expected("a key in quotes"));
        }
        let mut string = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            string.push_str(self.since(start));
            if self.take(b'"') {
                return Ok(string);
            }
            if !self.take(b'\\') {
                return Err(Fault::Other("a control character, or the end of the text, within a string"));
            }
            string.push(self.escaped()?);
        }
    }

    fn since(&self, start: usize) -> &str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn escaped(&mut self) -> Read<char> {
        let letter = match self.peek() {
            Some(letter @ (b'"' | b'\\' | b'/')) => char::from(letter),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(Fault::Other("no escape that JSON knows")),
        };
        self.at += 1;
        Ok(letter)
    }

    /// A character by its number, or by the two halves of a surrogate pair.
    fn unicode(&mut self) -> Read<char> {
        let mut code = self.hexadecimal()?;
        if (0xd800..0xdc00).contains(&code) && self.take(b'\\') {
            let second = self.hexadecimal()?;
            let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(Fault::Other("half a surrogate pair"))?;
            code = 0x1_0000 + ((code - 0xd800) << 10) + low;
        }
        char::from_u32(code).ok_or(Fault::Other("half a surrogate pair"))
    }

    /// `u` and four digits.
    fn hexadecimal(&mut self) -> Read<u32> {
        let mut code = 0;
        let is_marked = self.take(b'u');
        for _ in 0..4 {
            let digit = self.peek().filter(|_| is_marked).and_then(|byte| char::from(byte).to_digit(16));
            code = code * 16 + digit.ok_or(Fault::Expected("`\\u` and four hexadecimal digits"))?;
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self) -> Read<String> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _has_sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(self.since(start).to_owned())
    }

    fn digits(&mut self) -> Read<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(Fault::Expected("a digit")) } else { Ok(()) }
    }
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
        for text in ["0.1", "-0.5", "1E+3", "1e999", "2.675", "1000000.001", "86400", "0.0009999", "18446744073709551615"] {
            assert_eq!(read(text).expect("a number").content, Content::Number(text.into()));
        }
        assert_eq!(read("1e3").expect("a number").content, Content::Number("1e3".into()));
    }

    #[test]
    fn an_empty_document_is_an_empty_map() {
        assert_eq!(read(" \n").expect("a tree").content, Content::Null);
    }

    #[test]
    fn what_is_not_json_says_its_line() {
        fails("{\"a\": 1,\n\"b\" 2}", Some(2), "expected `:`");
        fails("{}\n\n{}", Some(3), "trailing characters");
        fails("{\"a\": \"\n\"}", Some(1), "a control character");
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

    /// The same tree as another reader's, but for how a number is written.
    fn is_same(node: &Node, other: &serde_json::Value) -> bool {
        use serde_json::Value;
        match (&node.content, other) {
            (Content::Null, Value::Null) => true,
            (Content::Flag(flag), Value::Bool(other)) => flag == other,
            (Content::Number(text), Value::Number(number)) => {
                // That reader's floats are not exact to the last digit.
                let (ours, other) = (text.parse::<f64>().expect("a number"), number.as_f64().expect("a number"));
                (ours - other).abs() <= 1e-12 * other.abs()
            }
            (Content::Text(text), Value::String(other)) => text == other,
            (Content::List(list), Value::Array(other)) => {
                list.len() == other.len() && list.iter().zip(other).all(|(node, other)| is_same(node, other))
            }
            (Content::Map(map), Value::Object(other)) => {
                map.iter().all(|(key, node)| other.get(key).is_some_and(|other| is_same(node, other)))
            }
            _ => false,
        }
    }

    #[track_caller]
    fn agrees(text: &str) {
        match (read(text), serde_json::from_str::<serde_json::Value>(text)) {
            (Ok(node), Ok(other)) => assert!(is_same(&node, &other), "{text}: {node:?}, {other:?}"),
            (Err(_), Err(_)) => {}
            (ours, other) => panic!("{text}: {ours:?}, {other:?}"),
        }
    }

    #[test]
    fn it_reads_and_refuses_what_serde_json_does() {
        for text in [
            "nul",
            "nullx",
            "true",
            "false ",
            "tru",
            "-",
            "-1",
            "-0",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "1e+",
            "1E-2",
            "0x1",
            "1 2",
            "[",
            "]",
            "[]",
            "[ ]",
            "[,]",
            "[1,]",
            "[1 2]",
            "{",
            "}",
            "{}",
            "{ }",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{1:2}",
            "{a:1}",
            "{\"a\":1 \"b\":2}",
            "{\"a\":{\"b\":[{}]}}",
            "\"",
            "\"\\\"",
            "\"a\tb\"",
            "'a'",
            "\"é\"",
            "\u{a0}1",
            "[1]\u{a0}",
            "//",
            "NaN",
            r#""\"\\\/\b\f\n\r\t""#,
            r#""\x""#,
            r#""\u0041\u00e9\u20AC""#,
            r#""\ud83d\ude00""#,
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83d\n""#,
            r#""\ud83d\u0041""#,
            r#""\ud83dx""#,
            r#""\u12""#,
            r#""\u12g4""#,
            r#""\u+123""#,
            r#""\ud83d\u""#,
        ] {
            agrees(text);
        }
    }

    #[test]
    fn cut_or_changed_anywhere_it_still_agrees_with_serde_json() {
        let text = r#"{"a": [1.5e-3, -0, "\u00e9\n", null], "b": {"c": true, "": "x"}}"#;
        for at in 0..text.len() {
            agrees(text.get(..at).filter(|text| !text.is_empty()).unwrap_or("0"));
            for other in ["\"", "\\", "{", "}", "[", "]", ",", ":", "0", "e", "-", ".", " ", "\n", "u", "\u{0}"] {
                agrees(&[text.get(..at).unwrap_or(""), other, text.get(at + 1..).unwrap_or("")].concat());
                agrees(&[text.get(..at).unwrap_or(""), other, text.get(at..).unwrap_or("")].concat());
            }
        }
    }
}
