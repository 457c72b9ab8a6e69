//! One real HTTP request, and what the board is told of it.

use fuseboard_host::{End, Hint, Report};
use std::time::Duration;
use ureq::Agent;

/// Nobody waits longer than this for an answer; a slow server stays below it.
const PATIENCE: Duration = Duration::from_secs(2);

/// The headers of which the board is told.
const HINTS: [&str; 2] = ["retry-after", "date"];

#[derive(Clone)]
pub struct Client {
    agent: Agent,
}

/// What came back.
pub struct Answer {
    status: u16,
    hints: Vec<Hint>,
}

impl Client {
    pub fn new() -> Client {
        // A status is an answer here, whatever it says: the board classifies. Loopback needs no proxy.
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).proxy(None);
        Client { agent: config.build().into() }
    }

    pub fn get(&self, url: &str) -> Result<Answer, ureq::Error> {
        let response = self.agent.get(url).call()?;
        let headers = HINTS.iter().filter_map(|name| Some((*name, response.headers().get(*name)?.to_str().ok()?)));
        Ok(Answer { status: response.status().as_u16(), hints: headers.map(|(name, value)| Hint::new(name, value)).collect() })
    }
}

impl Answer {
    pub fn is_good(&self) -> bool {
        self.status == 200
    }
}

/// The elapsed time is filled in by the board.
pub fn report(result: &Result<Answer, ureq::Error>) -> Report {
    match result {
        Ok(answer) => Report { status: Some(answer.status), hints: answer.hints.clone(), ..Report::new(End::Returned) },
        Err(error) => Report::new(End::Raised(vec![kind(error).to_owned()])),
    }
}

/// A name to read in a trip's last failure.
fn kind(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => "ureq.ConnectionRefused",
        ureq::Error::ConnectionFailed => "ureq.ConnectionFailed",
        ureq::Error::Timeout(_) => "ureq.Timeout",
        _ => "ureq.Error",
    }
}
