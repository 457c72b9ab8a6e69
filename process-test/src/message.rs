//! What a process says about its calls, one line each. Times are nanoseconds since 1970 of the machine's clock, which all processes share.

use fuseboard_host::Written;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// One line of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A call was admitted and begins. Written before the call is made.
    Begin { n: u64, target: String, asked_ns: u64, admitted_ns: u64, probe: Option<Probe> },
    /// A call was settled. `settling_ns` is from before the request.
    End { n: u64, settling_ns: u64, written: Written },
    /// A call was refused, with this wait.
    Refused { wait_ms: u64 },
    /// A command is done, and so many outcomes are still in the backlog.
    Done { kept: u32 },
}

/// Which generation a probe belongs to. `Local`: it was granted during an outage, for this process alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    Shared { generation: String },
    Local,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Begin { n, target, asked_ns, admitted_ns, probe } => {
                let probe = match probe {
                    None => "-",
                    Some(Probe::Local) => "local",
                    Some(Probe::Shared { generation }) => generation,
                };
                write!(f, "begin {n} {target} {asked_ns} {admitted_ns} {probe}")
            }
            Report::End { n, settling_ns, written } => write!(f, "end {n} {settling_ns} {}", name(*written)),
            Report::Refused { wait_ms } => write!(f, "refused {wait_ms}"),
            Report::Done { kept } => write!(f, "done {kept}"),
        }
    }
}

impl Report {
    /// Reads a line; `None` for any other text, as of a line that a kill has cut off.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Report> {
        let words: Vec<&str> = line.split(' ').collect();
        Some(match *words.as_slice() {
            ["begin", n, target, asked, admitted, probe] => Report::Begin {
                n: n.parse().ok()?,
                target: target.to_owned(),
                asked_ns: asked.parse().ok()?,
                admitted_ns: admitted.parse().ok()?,
                probe: match probe {
                    "-" => None,
                    "local" => Some(Probe::Local),
                    generation => Some(Probe::Shared { generation: generation.to_owned() }),
                },
            },
            ["end", n, settling, written] => {
                Report::End { n: n.parse().ok()?, settling_ns: settling.parse().ok()?, written: written_of(written)? }
            }
            ["refused", wait] => Report::Refused { wait_ms: wait.parse().ok()? },
            ["done", kept] => Report::Done { kept: kept.parse().ok()? },
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
        let begin = |probe| Report::Begin { n: 1, target: "count-1".to_owned(), asked_ns: 2, admitted_ns: 3, probe };
        let mut reports = vec![
            begin(None),
            begin(Some(Probe::Local)),
            begin(Some(Probe::Shared { generation: "7:9".to_owned() })),
            Report::Refused { wait_ms: 5 },
            Report::Done { kept: 6 },
        ];
        reports.extend(WRITTEN.map(|written| Report::End { n: 1, settling_ns: 2, written }));
        for report in reports {
            assert_eq!(Report::from_line(&report.to_string()), Some(report));
        }
    }

    #[test]
    fn a_line_that_was_cut_off_is_left_out() {
        assert_eq!((Report::from_line("end 1 2"), Report::from_line("end 1 2 sto"), Report::from_line("")), (None, None, None));
    }
}
