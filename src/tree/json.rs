//! JSON text to a tree. It is written here since `serde_json`'s costs the component 20 KB more: with errors, floats and traits of its
//! own for what one tree needs. Tests hold it against that one.

use super::{Content, Limits, Node, Unreadable};

pub(crate) fn read(text: &str, limits: Limits) -> Result<Node, Unreadable> {
    let text = super::within(text, limits)?;
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
        let message = format!("not readable as JSON: {reason} (column {column})");
        Unreadable { line: Some(self.line), message }
    }

    fn document(&mut self) -> Read<Node> {
        self.blanks();
        if self.peek().is_none() {
            return Ok(Node::new(Content::Null, None));
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
            Some(b'[') => Content::List(self.list(depth)?),
            Some(b'"') => Content::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Content::Number(self.number()?),
            _ if self.take_word("null") => Content::Null,
            _ if self.take_word("true") => Content::Flag(true),
            _ if self.take_word("false") => Content::Flag(false),
            _ => return Err(Fault::Expected("a value")),
        };
        Ok(Node::new(content, line))
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

    fn list(&mut self, depth: usize) -> Read<Vec<Node>> {
        let mut list = Vec::new();
        let mut goes_on = self.opens(b']');
        while goes_on {
            self.blanks();
            list.push(self.node(depth + 1, Some(self.line))?);
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
#[path = "json_tests.rs"]
mod tests;
