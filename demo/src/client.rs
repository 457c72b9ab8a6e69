//! Makes one HTTP request, and turns its result into a report.

use fuseboard_host::{End, Report};
use std::time::Duration;
use ureq::Agent;

/// Timeout of a request. The slow server answers within it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub struct Client {
    agent: Agent,
}

/// An HTTP response.
pub struct Response {
    status: u16,
    retry_after: Option<String>,
}

impl Client {
    pub fn new() -> Client {
        // Error statuses are returned as responses, because the board classifies them. Loopback needs no proxy.
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(REQUEST_TIMEOUT)).proxy(None);
        Client { agent: config.build().into() }
    }

    pub fn get(&self, url: &str) -> Result<Response, ureq::Error> {
        let response = self.agent.get(url).call()?;
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        Ok(Response { status: response.status().as_u16(), retry_after: retry_after.map(str::to_owned) })
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
        Ok(response) => Report { status: Some(response.status), retry_after: response.retry_after.clone(), ..Report::new(End::Returned) },
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
