//! Which server answers, and how it replaces a text.

use super::replace::{ByScript, IfEqual, Replace};
use redis::Value;
use std::fmt;

/// The oldest Redis (and Valkey, which starts above it) that takes `NX` and `GET` in one `SET`.
const OLDEST: Version = Version(7, 0);
/// Each server's first version with `SET … IFEQ`.
const REDIS_IF_EQUAL: Version = Version(8, 4);
const VALKEY_IF_EQUAL: Version = Version(8, 1);

/// Major and minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Product {
    Redis,
    Valkey,
}

/// The product and version of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    product: Product,
    version: Version,
}

impl Server {
    /// Reads the answer to `HELLO`. Unlike `INFO`, every user may send that.
    pub fn from_hello(reply: &Value) -> Option<Server> {
        let product = match field(reply, "server")?.as_str() {
            "valkey" => Product::Valkey,
            _ => Product::Redis,
        };
        let version = field(reply, "version")?;
        let mut numbers = version.split('.').map_while(|part| part.parse().ok());
        Some(Server { product, version: Version(numbers.next()?, numbers.next().unwrap_or(0)) })
    }

    pub fn is_too_old(self) -> bool {
        self.version < OLDEST
    }

    /// A command where the server has one, else a script.
    pub fn replace(self) -> &'static dyn Replace {
        let first = match self.product {
            Product::Redis => REDIS_IF_EQUAL,
            Product::Valkey => VALKEY_IF_EQUAL,
        };
        if self.version >= first { &IfEqual } else { &ByScript }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Version(major, minor) = self.version;
        write!(f, "{:?} {major}.{minor}", self.product)
    }
}

fn field(reply: &Value, name: &str) -> Option<String> {
    let Value::Map(pairs) = reply else { return None };
    let (_, value) = pairs.iter().find(|(key, _)| text(key).is_some_and(|key| key == name))?;
    text(value)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::replace::Replacement;
    use super::*;

    fn hello(server: &str, version: &str) -> Value {
        let pair = |key: &str, value: &str| (Value::BulkString(key.into()), Value::BulkString(value.into()));
        Value::Map(vec![pair("server", server), pair("version", version), (Value::BulkString("proto".into()), Value::Int(3))])
    }

    #[test]
    fn servers_with_the_command_use_it_and_older_ones_the_script() {
        let cases = [
            ("redis", "7.0.15", "EVALSHA"),
            ("redis", "8.2.3", "EVALSHA"),
            ("redis", "8.3.9", "EVALSHA"),
            ("redis", "8.4.0", "IFEQ"),
            ("redis", "8.10.1", "IFEQ"),
            ("redis", "9.0.0", "IFEQ"),
            ("valkey", "7.2.5", "EVALSHA"),
            ("valkey", "8.0.2", "EVALSHA"),
            ("valkey", "8.1.0", "IFEQ"),
            ("valkey", "9.0.0-rc1", "IFEQ"),
        ];
        for (product, version, expected) in cases {
            let server = Server::from_hello(&hello(product, version));
            let replacement = Replacement { key: "k", expected: b"old", value: "new", ttl: None };
            let command = server.map(|server| server.replace().command(&replacement));
            let sent = command.map(|command| String::from_utf8_lossy(&command.get_packed_command()).into_owned());
            assert!(sent.is_some_and(|sent| sent.contains(expected)), "{product} {version}");
        }
    }

    #[test]
    fn servers_before_7_are_too_old() {
        let is_too_old = |version| Server::from_hello(&hello("redis", version)).map(Server::is_too_old);
        assert_eq!([is_too_old("6.2.14"), is_too_old("7.0.0"), is_too_old("8.2.3")], [Some(true), Some(false), Some(false)]);
    }

    #[test]
    fn an_answer_without_a_version_names_no_server() {
        assert_eq!(Server::from_hello(&Value::Okay), None);
        assert_eq!(Server::from_hello(&hello("redis", "unknown")), None);
    }
}
