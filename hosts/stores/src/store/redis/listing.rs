//! Lists keys with `SCAN`.
//!
//! `SCAN` may return more keys than fit into a page, and no later `SCAN` returns them again. So the other keys go into the page's cursor:
//! after the cursor `17/h:a/h:b`, the next page begins with `h:a` and `h:b`, and continues with the server's cursor 17. In a cluster the
//! cursor names the node too, as `17@10.0.0.1:7000/h:a/h:b`, and the nodes are scanned one after the other.

use super::scan_place::ScanPlace;
use redis::{Cmd, Value};

/// The most keys that one `SCAN` examines, so that it does not delay other commands.
const COUNT_MAX: usize = 1_000;
/// Separates the parts of a cursor. No key contains it.
const SEPARATOR: char = '/';

/// A place in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Keys that the server has returned already.
    pub pending: Vec<String>,
    /// Where `SCAN` goes on; `None`: it has returned everything.
    pub scan: Option<ScanPlace>,
}

impl Place {
    pub fn start() -> Place {
        Place { pending: Vec::new(), scan: Some(ScanPlace::default()) }
    }

    /// Reads a cursor; `None` if it is none of ours.
    pub fn from_cursor(cursor: &str) -> Option<Place> {
        let mut parts = cursor.split(SEPARATOR);
        let scan = match parts.next()? {
            "end" => None,
            place => Some(ScanPlace::from_text(place)?),
        };
        Some(Place { pending: parts.map(str::to_owned).collect(), scan })
    }

    /// The cursor of the next page, `None` if this was the last.
    pub fn cursor(&self) -> Option<String> {
        let scan = match &self.scan {
            Some(scan) => scan.to_string(),
            None if self.pending.is_empty() => return None,
            None => "end".to_owned(),
        };
        let parts: Vec<&str> = std::iter::once(scan.as_str()).chain(self.pending.iter().map(String::as_str)).collect();
        Some(parts.join(&SEPARATOR.to_string()))
    }
}

/// How many keys a `SCAN` looks at: as many as fit, and twice as many after each that found none.
#[derive(Clone, Copy, Debug)]
pub struct Count(usize);

impl Count {
    pub fn for_room(room: usize) -> Count {
        Count(room.clamp(1, COUNT_MAX))
    }

    pub fn found_none(self) -> Count {
        Count((self.0 * 2).min(COUNT_MAX))
    }
}

/// `SCAN` for keys that begin with a prefix, which includes the namespace.
pub fn scan(from: u64, prefix: &str, count: Count) -> Cmd {
    let mut command = redis::cmd("SCAN");
    command.arg(from).arg("MATCH").arg(format!("{}*", escape(prefix))).arg("COUNT").arg(count.0);
    command
}

/// The characters that a pattern reads as something else than themselves.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '^' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// What `SCAN` answered: where it goes on, and keys without their namespace. Keys that cannot be ours are left out.
pub fn read(answer: &Value, namespace: &str, prefix: &str) -> Option<(Option<u64>, Vec<String>)> {
    let Value::Array(parts) = answer else { return None };
    let [Value::BulkString(next), Value::Array(keys)] = parts.as_slice() else { return None };
    let next: u64 = std::str::from_utf8(next).ok()?.parse().ok()?;
    let keys = keys.iter().filter_map(|key| match key {
        Value::BulkString(key) => std::str::from_utf8(key).ok()?.strip_prefix(namespace),
        _ => None,
    });
    let ours = keys.filter(|key| key.starts_with(prefix) && !key.contains(SEPARATOR)).map(str::to_owned).collect();
    Some(((next != 0).then_some(next), ours))
}

#[cfg(test)]
mod tests {
    use super::super::node_address::NodeAddress;
    use super::*;

    #[test]
    fn cursors_are_read_as_they_were_written() {
        let places = [
            Place { pending: vec![], scan: Some(ScanPlace { node: None, cursor: 17 }) },
            Place {
                pending: vec!["h:a".to_owned(), "h:b%2F".to_owned()],
                scan: Some(ScanPlace { node: NodeAddress::from_authority("[::1]:7000"), cursor: u64::MAX }),
            },
            Place { pending: vec!["h:a".to_owned()], scan: None },
        ];
        for place in places {
            assert_eq!(place.cursor().as_deref().and_then(Place::from_cursor), Some(place));
        }
        assert_eq!(Place { pending: vec![], scan: None }.cursor(), None);
    }

    #[test]
    fn a_foreign_cursor_is_recognized() {
        assert_eq!(
            (Place::from_cursor(""), Place::from_cursor("h:a"), Place::from_cursor("-1/a"), Place::from_cursor("1@/a")),
            (None, None, None, None)
        );
    }

    #[test]
    fn pattern_characters_stand_for_themselves() {
        assert_eq!(escape("a*b?[c]^\\:"), "a\\*b\\?\\[c\\]\\^\\\\:");
    }

    #[test]
    fn the_count_doubles_while_nothing_is_found_up_to_the_most() {
        let count = Count::for_room(300).found_none();
        assert_eq!((count.0, count.found_none().0, count.found_none().found_none().0), (600, 1_000, 1_000));
        assert_eq!((Count::for_room(0).0, Count::for_room(5_000).0), (1, 1_000));
    }

    #[test]
    fn an_answer_holds_keys_without_namespace() {
        let keys = ["ns:h:a", "other", "ns:h:b/c", "ns:n:a"].map(|key| Value::BulkString(key.into()));
        let answer = |next: &str| Value::Array(vec![Value::BulkString(next.into()), Value::Array(keys.to_vec())]);
        assert_eq!(read(&answer("7"), "ns:", "h:"), Some((Some(7), vec!["h:a".to_owned()])));
        assert_eq!(read(&answer("0"), "ns:", "h:"), Some((None, vec!["h:a".to_owned()])));
        assert_eq!(read(&Value::Nil, "ns:", "h:"), None);
    }
}
