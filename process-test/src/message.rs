//! The messages of a process about its calls, one line each. Times are nanoseconds since 1970 by the machine's clock, which all processes
//! share.

use fuseboard_host::Written;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// One message of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A call was admitted. Written before the call is made.
    Begin { call: u64, target: String, requested_ns: u64, admitted_ns: u64, probe: Option<Probe> },
    /// The call has ended, and is settled next. Written before the request: a process that is killed then may have given its slot back.
    Settling { call: u64, at_ns: u64 },
    /// A call was settled.
    End { call: u64, written: Written },
    /// A call was refused, with this wait.
    Refused { wait_ms: u64 },
    /// A command is done. `kept` outcomes are still in the backlog.
    Done { kept: u32 },
}

/// Where the slot of a probe is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// In the store.
    Shared { generation: String },
    /// In the local copy of a process, granted during an outage.
    Local,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Begin { call, target, requested_ns, admitted_ns, probe } => {
                let probe = match probe {
                    None => "-",
                    Some(Probe::Local) => "local",
                    Some(Probe::Shared { generation }) => generation,
                };
                write!(f, "begin {call} {target} {requested_ns} {admitted_ns} {probe}")
            }
            Message::Settling { call, at_ns } => write!(f, "settling {call} {at_ns}"),
            Message::End { call, written } => write!(f, "end {call} {}", name(*written)),
            Message::Refused { wait_ms } => write!(f, "refused {wait_ms}"),
            Message::Done { kept } => write!(f, "done {kept}"),
        }
    }
}

impl Message {
    /// Parses a line; `None` for any other text, such as a line that a kill has cut off.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Message> {
        let words: Vec<&str> = line.split(' ').collect();
        Some(match *words.as_slice() {
            ["begin", call, target, requested, admitted, probe] => Message::Begin {
                call: call.parse().ok()?,
                target: target.to_owned(),
                requested_ns: requested.parse().ok()?,
                admitted_ns: admitted.parse().ok()?,
                probe: match probe {
                    "-" => None,
                    "local" => Some(Probe::Local),
                    generation => Some(Probe::Shared { generation: generation.to_owned() }),
                },
            },
            ["settling", call, at] => Message::Settling { call: call.parse().ok()?, at_ns: at.parse().ok()? },
            ["end", call, written] => Message::End { call: call.parse().ok()?, written: written_of(written)? },
            ["refused", wait] => Message::Refused { wait_ms: wait.parse().ok()? },
            ["done", kept] => Message::Done { kept: kept.parse().ok()? },
            _ => return None,
        })
    }
}

const WRITTEN: [Written; 5] = [Written::Stored, Written::Unchanged, Written::Stale, Written::Kept, Written::Unknown];

fn name(written: Written) -> String {
    format!("{written:?}").to_lowercase()
}

fn written_of(text: &str) -> Option<Written> {
    WRITTEN.into_iter().find(|written| name(*written) == text)
}

/// The machine's time of day.
#[must_use]
pub fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_were_written() {
        let begin = |probe| Message::Begin { call: 1, target: "count-1".to_owned(), requested_ns: 2, admitted_ns: 3, probe };
        let mut messages = vec![
            begin(None),
            begin(Some(Probe::Local)),
            begin(Some(Probe::Shared { generation: "7:9".to_owned() })),
            Message::Settling { call: 1, at_ns: 4 },
            Message::Refused { wait_ms: 5 },
            Message::Done { kept: 6 },
        ];
        messages.extend(WRITTEN.map(|written| Message::End { call: 1, written }));
        for message in messages {
            assert_eq!(Message::from_line(&message.to_string()), Some(message));
        }
    }

    #[test]
    fn a_line_that_was_cut_off_is_left_out() {
        assert_eq!((Message::from_line("end 1"), Message::from_line("end 1 sto"), Message::from_line("")), (None, None, None));
    }
}
