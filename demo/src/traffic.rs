//! A steady stream of calls a worker and role. Calls are due by the clock and not by the answer before, so that both sides are
//! offered the same, however long their callers wait.

use crate::client::{Client, report};
use crate::counts::{CallEnd, Counters};
use crate::script::{SLOW_ANSWER, length, stage_at};
use fuseboard_host::{CallError, Handle};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What is fetched, and how often a worker does so.
pub struct Role {
    pub name: &'static str,
    pub every: Duration,
}

pub const ROLES: [Role; 3] = [
    Role { name: "metadata", every: Duration::from_millis(80) },
    Role { name: "landing", every: Duration::from_millis(120) },
    Role { name: "artifact", every: Duration::from_millis(200) },
];

/// One worker's calls in one role.
pub struct Stream {
    every: Duration,
    url: String,
    client: Client,
    /// Without one, the calls go unguarded.
    guard: Option<Handle>,
    taken: AtomicU32,
}

/// What all streams of one side share.
#[derive(Default)]
pub struct Side {
    pub counters: Counters,
    /// The first time that a board could not be asked at all.
    pub fault: OnceLock<String>,
}

impl Stream {
    pub fn new(role: &Role, server: SocketAddr, client: Client, guard: Option<Handle>) -> Stream {
        Stream { every: role.every, url: format!("http://{server}/{}", role.name), client, guard, taken: AtomicU32::new(0) }
    }

    /// How many callers keep the stream steady while the server is slow.
    pub fn callers(&self) -> usize {
        let waiting = SLOW_ANSWER.as_millis().checked_div(self.every.as_millis()).unwrap_or(0);
        usize::try_from(waiting).map_or(2, |waiting| waiting + 2)
    }

    /// A caller's work: take the next call, wait until it is due, make it.
    pub fn call(&self, side: &Side, start: Instant) {
        loop {
            let due = self.every * self.taken.fetch_add(1, Ordering::Relaxed);
            if due >= length() {
                return;
            }
            thread::sleep(due.saturating_sub(start.elapsed()));
            let Some(stage) = stage_at(start.elapsed()) else { return };
            let asked = Instant::now();
            let ended = self.once(side);
            side.counters.add(stage, ended, asked.elapsed(), start.elapsed());
        }
    }

    fn once(&self, side: &Side) -> CallEnd {
        let request = || self.client.get(&self.url);
        let answer = match &self.guard {
            Some(guard) => guard.call_reported(request, report),
            None => request().map_err(CallError::Failed),
        };
        match answer {
            Ok(answer) if answer.is_good() => CallEnd::Well,
            Ok(_) | Err(CallError::Failed(_)) => CallEnd::Badly,
            Err(CallError::Refused(_)) => CallEnd::Refused,
            Err(error) => {
                side.fault.get_or_init(|| error.to_string());
                CallEnd::Badly
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_callers_keep_a_stream_steady_while_answers_are_late() {
        let server = ([127, 0, 0, 1], 1).into();
        for role in &ROLES {
            let callers = u32::try_from(Stream::new(role, server, Client::new(), None).callers()).unwrap();
            assert!(role.every * (callers - 1) >= SLOW_ANSWER, "{}", role.name);
        }
    }
}
