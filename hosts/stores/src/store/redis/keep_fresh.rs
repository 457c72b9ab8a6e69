//! Keeps the cache usable between operations.

use super::cache::Tracked;
use super::connection::{Connection, SILENCE_MAX};
use super::liveness::Liveness;
use futures_util::future::{Either, select};
use std::pin::pin;
use std::time::Instant;
use tokio::time::{sleep, timeout};

/// Why a connection needs no further `PING`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionEnd {
    Closed,
    Unanswered,
}

/// Sends `PING` before the last answer becomes too old for the cache. Sends none while the cache is read
/// so seldom that reads cost fewer round trips than `PING`s.
pub async fn keep_fresh(connection: &Connection, liveness: &Liveness) -> ConnectionEnd {
    if connection.tracked == Tracked::No {
        return ConnectionEnd::Closed;
    }
    loop {
        let now = Instant::now();
        let mut wait = liveness.time_to_next_ping(now);
        if wait.is_zero() && liveness.is_worth_a_ping(now) {
            match timeout(SILENCE_MAX, connection.ping()).await {
                Ok(Ok(())) => continue,
                Ok(Err(_)) | Err(_) => return ConnectionEnd::Unanswered,
            }
        } else if wait.is_zero() {
            wait = liveness.time_to_next_look(now);
        }
        if let Either::Right(_) = select(pin!(sleep(wait)), pin!(connection.closed())).await {
            return ConnectionEnd::Closed;
        }
    }
}
