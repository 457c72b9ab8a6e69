//! One stream of calls for each worker and role. Calls begin at fixed intervals, however long earlier calls take, so both sides
//! have the same number of calls.

use crate::client::{Client, report};
use crate::counts::{CallEnd, Counters};
use crate::script::{SLOW_ANSWER, length, stage_at};
use fuseboard_host::{CallError, Handle};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A role, and the interval at which each worker calls it.
pub struct Role {
    pub name: &'static str,
    pub interval: Duration,
}

pub const ROLES: [Role; 3] = [
    Role { name: "metadata", interval: Duration::from_millis(80) },
    Role { name: "landing", interval: Duration::from_millis(120) },
    Role { name: "artifact", interval: Duration::from_millis(200) },
];

/// One worker's calls in one role.
pub struct Stream {
    interval: Duration,
    url: String,
    client: Client,
    /// None: the calls are not guarded.
    guard: Option<Handle>,
    next_call: AtomicU32,
}

/// What all streams of one side share.
#[derive(Default)]
pub struct Side {
    pub counters: Counters,
    /// The first error of a board.
    pub fault: OnceLock<String>,
}

impl Stream {
    pub fn new(role: &Role, server: SocketAddr, client: Client, guard: Option<Handle>) -> Stream {
        Stream { interval: role.interval, url: format!("http://{server}/{}", role.name), client, guard, next_call: AtomicU32::new(0) }
    }

    /// The number of threads that the stream needs to keep its interval while the server is slow.
    pub fn callers(&self) -> usize {
        let waiting = SLOW_ANSWER.as_millis().checked_div(self.interval.as_millis()).unwrap_or(0);
        usize::try_from(waiting).map_or(2, |waiting| waiting + 2)
    }

    /// Makes calls, each at its time, until the script ends.
    pub fn run_caller(&self, side: &Side, start: Instant) {
        loop {
            let due = self.interval * self.next_call.fetch_add(1, Ordering::Relaxed);
            if due >= length() {
                return;
            }
            thread::sleep(due.saturating_sub(start.elapsed()));
            let Some(stage) = stage_at(start.elapsed()) else { return };
            let began = Instant::now();
            let end = self.call(side);
            side.counters.add(stage, end, began.elapsed(), start.elapsed());
        }
    }

    fn call(&self, side: &Side) -> CallEnd {
        let request = || self.client.get(&self.url);
        let result = match &self.guard {
            Some(guard) => guard.call_reported(request, report),
            None => request().map_err(CallError::Failed),
        };
        match result {
            Ok(response) if response.is_success() => CallEnd::Succeeded,
            Ok(_) | Err(CallError::Failed(_)) => CallEnd::Failed,
            Err(CallError::Refused(_)) => CallEnd::Refused,
            Err(error) => {
                side.fault.get_or_init(|| error.to_string());
                CallEnd::Failed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_enough_callers_for_the_interval_while_the_server_is_slow() {
        let server = ([127, 0, 0, 1], 1).into();
        for role in &ROLES {
            let callers = u32::try_from(Stream::new(role, server, Client::new(), None).callers()).unwrap();
            assert!(role.interval * (callers - 1) >= SLOW_ANSWER, "{}", role.name);
        }
    }
}
