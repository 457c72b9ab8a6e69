//! Parser for JSON. `serde_json`'s would add 20 KB to the component, for errors, floats and traits that the tree does not need. Tests
//! compare the two.

use super::limits::Limits;
use super::node::{Content, Node};
use super::parse_error::ParseError;

/// Parses a JSON text. An empty text is blank.
pub(crate) fn parse(text: &str, limits: Limits) -> Result<Node, ParseError> {
    let text = limits.check_text(text)?;
    let mut parser = Parser { text, at: 0, line: 1, nodes: 0, limits };
    parser.document().map_err(|error| parser.parse_error(error))
}

/// Error at the position of the parser.
#[derive(Clone, Copy)]
enum SyntaxError {
    Expected(&'static str),
    Other(&'static str),
    TooMany,
    TooDeep,
}

type Parse<T> = Result<T, SyntaxError>;

/// Parses a text in one pass. `at` is always a character boundary, since single bytes are skipped only if they are ASCII.
struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Counted in white space only: JSON has line breaks nowhere else.
    line: u32,
    nodes: usize,
    limits: Limits,
}

impl Parser<'_> {
    fn parse_error(&self, error: SyntaxError) -> ParseError {
        let reason = match error {
            SyntaxError::Expected(what) => format!("expected {what}"),
            SyntaxError::Other(what) => what.to_owned(),
            SyntaxError::TooMany => self.limits.too_many(),
            SyntaxError::TooDeep => self.limits.too_deep(),
        };
        let before = self.text.as_bytes().iter().take(self.at).rev();
        let column = before.take_while(|byte| **byte != b'\n').count() + 1;
        let message = format!("invalid JSON: {reason} (column {column})");
        ParseError { line: Some(self.line), message }
    }

    fn document(&mut self) -> Parse<Node> {
        self.skip_white_space();
        if self.peek().is_none() {
            return Ok(Node::new(Content::Blank, None));
        }
        let root = self.node(1, Some(1))?;
        self.skip_white_space();
        if self.peek().is_some() { Err(SyntaxError::Other("must end after its value, has more text")) } else { Ok(root) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_white_space(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.line = self.line.saturating_add(u32::from(byte == b'\n'));
            self.at += 1;
        }
    }

    /// Takes the next byte if it is this one.
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

    fn node(&mut self, depth: usize, line: Option<u32>) -> Parse<Node> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(SyntaxError::TooMany);
        }
        if depth > self.limits.depth {
            return Err(SyntaxError::TooDeep);
        }
        self.skip_white_space();
        let content = match self.peek() {
            Some(b'{') => Content::Map(self.map(depth)?),
            Some(b'[') => Content::List(self.list(depth)?),
            Some(b'"') => Content::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Content::Number(self.number()?),
            _ if self.take_word("null") => Content::Null,
            _ if self.take_word("true") => Content::Bool(true),
            _ if self.take_word("false") => Content::Bool(false),
            _ => return Err(SyntaxError::Expected("a value")),
        };
        Ok(Node::new(content, line))
    }

    fn map(&mut self, depth: usize) -> Parse<Vec<(String, Node)>> {
        let mut map = Vec::new();
        let mut has_next = self.open(b'}');
        while has_next {
            self.skip_white_space();
            let line = Some(self.line);
            let key = self.string()?;
            self.skip_white_space();
            if !self.take(b':') {
                return Err(SyntaxError::Expected("`:`"));
            }
            map.push((key, self.node(depth + 1, line)?));
            has_next = self.has_next(b'}', "`,` or `}`")?;
        }
        Ok(map)
    }

    fn list(&mut self, depth: usize) -> Parse<Vec<Node>> {
        let mut list = Vec::new();
        let mut has_next = self.open(b']');
        while has_next {
            self.skip_white_space();
            list.push(self.node(depth + 1, Some(self.line))?);
            has_next = self.has_next(b']', "`,` or `]`")?;
        }
        Ok(list)
    }

    /// Takes the opening bracket of a list or a map. Returns whether an item follows.
    fn open(&mut self, end: u8) -> bool {
        self.at += 1;
        self.skip_white_space();
        !self.take(end)
    }

    /// Takes the separator or the closing bracket after an item. Returns whether another item follows.
    fn has_next(&mut self, end: u8, expected: &'static str) -> Parse<bool> {
        self.skip_white_space();
        if self.take(b',') {
            Ok(true)
        } else if self.take(end) {
            Ok(false)
        } else {
            Err(SyntaxError::Expected(expected))
        }
    }

    fn string(&mut self) -> Parse<String> {
        if !self.take(b'"') {
            return Err(SyntaxError::Expected("a key in quotes"));
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
                return Err(SyntaxError::Other("a string must not contain a control character, and must end with `\"`"));
            }
            string.push(self.escaped()?);
        }
    }

    fn since(&self, start: usize) -> &str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn escaped(&mut self) -> Parse<char> {
        let letter = match self.peek() {
            Some(letter @ (b'"' | b'\\' | b'/')) => char::from(letter),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(SyntaxError::Other("unknown escape in a string")),
        };
        self.at += 1;
        Ok(letter)
    }

    /// Parses `\uXXXX`, or two of them for a surrogate pair.
    fn unicode(&mut self) -> Parse<char> {
        let mut code = self.hexadecimal()?;
        if (0xd800..0xdc00).contains(&code) && self.take(b'\\') {
            let second = self.hexadecimal()?;
            let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(SyntaxError::Other("incomplete surrogate pair"))?;
            code = 0x1_0000 + ((code - 0xd800) << 10) + low;
        }
        char::from_u32(code).ok_or(SyntaxError::Other("incomplete surrogate pair"))
    }

    /// Parses `u` and four hexadecimal digits.
    fn hexadecimal(&mut self) -> Parse<u32> {
        let mut code = 0;
        let has_u = self.take(b'u');
        for _ in 0..4 {
            let digit = self.peek().filter(|_| has_u).and_then(|byte| char::from(byte).to_digit(16));
            code = code * 16 + digit.ok_or(SyntaxError::Expected("`\\u` and four hexadecimal digits"))?;
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self) -> Parse<String> {
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

    fn digits(&mut self) -> Parse<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(SyntaxError::Expected("a digit")) } else { Ok(()) }
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
