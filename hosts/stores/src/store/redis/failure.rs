//! What a failed operation means to the engine.

use super::node_address::NodeAddress;
use super::progress::GivenUp;
use fuseboard::StoreError;
use redis::ServerError;
use std::fmt;

/// Codes of errors that the same command would get again, however often it is sent.
const REFUSALS: &[&str] = &["ERR", "NOPERM", "WRONGTYPE", "CROSSSLOT", "NOSCRIPT", "MOVED", "ASK"];
/// Codes of errors that another connection may not get: the server was demoted, or forgot who we are.
const RECONNECT: &[&str] = &["READONLY", "MASTERDOWN", "NOAUTH"];

/// Codes of errors of a node that is no primary, or without its cluster.
const NO_PRIMARY: &[&str] = &["READONLY", "CLUSTERDOWN", "MASTERDOWN"];
/// Codes of errors that only a node of a cluster sends.
const CLUSTER: &[&str] = &["MOVED", "ASK", "CROSSSLOT"];

/// Why a command brought no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing was sent.
    NotSent(String),
    /// It was sent, and the answer will not come.
    Lost(String),
    /// The server answered with an error, and did nothing.
    Server { code: String, details: String },
    /// The server's answer is none that this command can have.
    Unexpected(String),
}

impl From<GivenUp> for Failure {
    fn from(_: GivenUp) -> Failure {
        Failure::NotSent("the caller's time was over".to_owned())
    }
}

impl Failure {
    pub fn from_server(error: &ServerError) -> Failure {
        Failure::Server { code: error.code().to_owned(), details: error.details().unwrap_or_default().to_owned() }
    }

    pub fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Failure::Server { code, .. } if code == wanted)
    }

    /// Whether another node of a cluster may have the key now.
    pub fn may_be_another_nodes(&self) -> bool {
        matches!(self, Failure::Lost(_)) || NO_PRIMARY.iter().any(|code| self.has_code(code))
    }

    /// The same, with the node of a cluster that it came from.
    pub fn at(self, node: &NodeAddress) -> Failure {
        match self {
            Failure::NotSent(why) => Failure::NotSent(format!("node {node}: {why}")),
            Failure::Lost(why) => Failure::Lost(format!("node {node}: {why}")),
            other => other,
        }
    }

    /// Whether a new connection may help.
    pub fn asks_for_reconnection(&self) -> bool {
        RECONNECT.iter().any(|code| self.has_code(code))
    }

    /// The error of a read: nothing was written in any case.
    pub fn of_read(&self, address: &str) -> StoreError {
        let text = format!("redis at {address}: {self}");
        if self.is_refusal() { StoreError::Refused(text) } else { StoreError::Unavailable(text) }
    }

    /// The error of a swap.
    pub fn of_swap(&self, address: &str) -> StoreError {
        match self {
            Failure::Lost(_) | Failure::Unexpected(_) => StoreError::Unknown(format!("redis at {address}: {self}")),
            Failure::NotSent(_) | Failure::Server { .. } => self.of_read(address),
        }
    }

    fn is_refusal(&self) -> bool {
        REFUSALS.iter().any(|code| self.has_code(code))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NotSent(why) => write!(f, "nothing was sent: {why}"),
            Failure::Lost(why) => write!(f, "the answer was lost: {why}"),
            Failure::Server { code, details } => {
                write!(f, "it answered with the error `{code} {details}`")?;
                if CLUSTER.contains(&code.as_str()) { f.write_str("; use the scheme redis+cluster:// for a cluster") } else { Ok(()) }
            }
            Failure::Unexpected(answer) => write!(f, "it answered with {answer}, which the command cannot have"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: &str) -> Failure {
        Failure::Server { code: code.to_owned(), details: "why".to_owned() }
    }

    #[test]
    fn errors_that_may_heal_are_unavailable_and_others_refused() {
        for code in ["OOM", "READONLY", "MISCONF", "LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "NOAUTH", "TRYAGAIN"] {
            assert!(matches!(server(code).of_swap("a"), StoreError::Unavailable(_)), "{code}");
        }
        for code in ["NOPERM", "WRONGTYPE", "ERR"] {
            assert!(matches!(server(code).of_swap("a"), StoreError::Refused(_)), "{code}");
            assert!(matches!(server(code).of_read("a"), StoreError::Refused(_)), "{code}");
        }
    }

    #[test]
    fn only_a_swap_whose_answer_was_lost_is_unknown() {
        let lost = Failure::Lost("closed".to_owned());
        assert_eq!(lost.of_swap("a:1"), StoreError::Unknown("redis at a:1: the answer was lost: closed".to_owned()));
        assert!(matches!(lost.of_read("a:1"), StoreError::Unavailable(_)));
        assert!(matches!(Failure::NotSent(String::new()).of_swap("a:1"), StoreError::Unavailable(_)));
    }

    #[test]
    fn an_error_text_has_the_servers_words() {
        let error = server("NOPERM").of_read("db:6379").to_string();
        assert_eq!(error, "the store refused: redis at db:6379: it answered with the error `NOPERM why`");
    }
}
