//! Makes one HTTP request, and turns its result into a report.

use fuseboard_host::{End, Hint, Report};
use std::time::Duration;
use ureq::Agent;

/// Timeout of a request. The slow server answers within it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// The headers that reports contain.
const HINTS: [&str; 2] = ["retry-after", "date"];

#[derive(Clone)]
pub struct Client {
    agent: Agent,
}

/// An HTTP response.
pub struct Response {
    status: u16,
    hints: Vec<Hint>,
}

impl Client {
    pub fn new() -> Client {
        // Error statuses are returned as responses, because the board classifies them. Loopback needs no proxy.
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(REQUEST_TIMEOUT)).proxy(None);
        Client { agent: config.build().into() }
    }

    pub fn get(&self, url: &str) -> Result<Response, ureq::Error> {
        let response = self.agent.get(url).call()?;
        let headers = HINTS.iter().filter_map(|name| Some((*name, response.headers().get(*name)?.to_str().ok()?)));
        Ok(Response { status: response.status().as_u16(), hints: headers.map(|(name, value)| Hint::new(name, value)).collect() })
    }
}

impl Response {
    pub fn is_success(&self) -> bool {
        self.status == 200
    }
}

/// The report of a request. The board adds the elapsed time.
pub fn report(result: &Result<Response, ureq::Error>) -> Report {
    match result {
        Ok(response) => Report { status: Some(response.status), hints: response.hints.clone(), ..Report::new(End::Returned) },
        Err(error) => Report::new(End::Raised(vec![error_name(error).to_owned()])),
    }
}

/// The name of an error, as the circuit's last failure shows it.
fn error_name(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => "ureq.ConnectionRefused",
        ureq::Error::ConnectionFailed => "ureq.ConnectionFailed",
        ureq::Error::Timeout(_) => "ureq.Timeout",
        _ => "ureq.Error",
    }
}
