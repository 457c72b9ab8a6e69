//! Host and port of a server.

use redis::{ConnectionAddr, IntoConnectionInfo, Value};
use std::fmt;

/// Where a node of a cluster is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeAddress {
    pub host: String,
    pub port: u16,
}

impl NodeAddress {
    /// Reads `host[:port]`, with brackets around an IPv6 address.
    pub fn from_authority(text: &str) -> Option<NodeAddress> {
        let info = format!("redis://{text}").into_connection_info().ok()?;
        NodeAddress::of(info.addr())
    }

    pub fn of(addr: &ConnectionAddr) -> Option<NodeAddress> {
        match addr {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                Some(NodeAddress { host: host.clone(), port: *port })
            }
            _ => None,
        }
    }

    /// Reads where a `MOVED` or `ASK` error points: `3999 127.0.0.1:6381`. A node that does not know its own host leaves it out, and
    /// means the one that was asked.
    pub fn from_redirect(details: &str, asked: &NodeAddress) -> Option<NodeAddress> {
        let (_slot, address) = details.split_once(' ')?;
        let (host, port) = address.rsplit_once(':')?;
        NodeAddress::known_to(asked, host, port.parse().ok()?)
    }

    /// Reads a host and a port of `CLUSTER SLOTS`.
    pub fn from_values(host: &Value, port: &Value, asked: &NodeAddress) -> Option<NodeAddress> {
        let host = match host {
            Value::BulkString(bytes) => std::str::from_utf8(bytes).ok()?,
            Value::SimpleString(text) => text,
            Value::Nil => "",
            _ => return None,
        };
        let Value::Int(port) = port else { return None };
        NodeAddress::known_to(asked, host, u16::try_from(*port).ok()?)
    }

    fn known_to(asked: &NodeAddress, host: &str, port: u16) -> Option<NodeAddress> {
        let host = match host {
            "" => asked.host.clone(),
            // The name of a node that was told to announce one, and does not know it.
            "?" => return None,
            host => host.to_owned(),
        };
        Some(NodeAddress { host, port })
    }

    /// The same kind of connection, TLS or not, to this address.
    pub fn connection_like(&self, addr: &ConnectionAddr) -> ConnectionAddr {
        match addr {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
                ConnectionAddr::TcpTls { host: self.host.clone(), port: self.port, insecure: *insecure, tls_params: tls_params.clone() }
            }
            _ => ConnectionAddr::Tcp(self.host.clone(), self.port),
        }
    }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]:{}", self.host, self.port) } else { write!(f, "{}:{}", self.host, self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: &str, port: u16) -> NodeAddress {
        NodeAddress { host: host.to_owned(), port }
    }

    #[test]
    fn authorities_are_read_and_shown() {
        for (text, host, port) in [("db:7000", "db", 7_000), ("127.0.0.1", "127.0.0.1", 6_379), ("[::1]:7000", "::1", 7_000)] {
            assert_eq!(NodeAddress::from_authority(text), Some(address(host, port)), "{text}");
        }
        assert_eq!((address("::1", 7_000).to_string(), address("db", 1).to_string()), ("[::1]:7000".to_owned(), "db:1".to_owned()));
        assert_eq!((NodeAddress::from_authority(":7000"), NodeAddress::from_authority("db:port")), (None, None));
    }

    #[test]
    fn a_redirection_without_a_host_means_the_one_that_was_asked() {
        let asked = address("10.0.0.1", 7_000);
        assert_eq!(NodeAddress::from_redirect("3999 10.0.0.2:7001", &asked), Some(address("10.0.0.2", 7_001)));
        assert_eq!(NodeAddress::from_redirect("3999 :7001", &asked), Some(address("10.0.0.1", 7_001)));
        assert_eq!(NodeAddress::from_redirect("3999 ::1:7001", &asked), Some(address("::1", 7_001)));
        assert_eq!((NodeAddress::from_redirect("3999", &asked), NodeAddress::from_redirect("3999 ?:7001", &asked)), (None, None));
    }
}
