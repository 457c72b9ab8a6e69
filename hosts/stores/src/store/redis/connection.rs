//! One connection to the server: commands in one round trip, and what their answers prove.

use super::cache::Tracked;
use super::failure::Failure;
use super::liveness::Liveness;
use super::progress::Progress;
use super::replace::Replace;
use futures_util::future::{Either, select};
use redis::aio::MultiplexedConnection;
use redis::{Pipeline, Value};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A connection is closed if a command has not been answered for this long, and no later one either.
pub const SILENCE_MAX: Duration = Duration::from_secs(1);

/// A connection that many operations use at once. Clones are the same connection.
#[derive(Clone)]
pub struct Connection {
    pub number: u64,
    pub replace: &'static dyn Replace,
    /// Whether the server sends invalidations for what is read on it.
    pub tracked: Tracked,
    redis: MultiplexedConnection,
    shared: Arc<Shared>,
    liveness: Arc<Liveness>,
}

struct Shared {
    closed: watch::Sender<bool>,
    opened: Instant,
    /// When the oldest command since the last answer was sent, in nanoseconds after `opened`; 0: all is answered.
    waiting_since: AtomicU64,
    has_answered: AtomicBool,
}

impl Connection {
    pub fn new(
        number: u64,
        redis: MultiplexedConnection,
        replace: &'static dyn Replace,
        tracked: Tracked,
        liveness: Arc<Liveness>,
    ) -> Connection {
        let shared = Shared {
            closed: watch::Sender::new(false),
            opened: Instant::now(),
            waiting_since: AtomicU64::new(0),
            has_answered: AtomicBool::new(false),
        };
        Connection { number, replace, tracked, redis, shared: Arc::new(shared), liveness }
    }

    /// Sends commands in one round trip. The answers may be errors of the server.
    pub async fn send(&self, commands: &Pipeline, progress: &Progress) -> Result<Vec<Value>, Failure> {
        progress.send()?;
        let answers = self.exchange(commands).await?;
        progress.answered();
        Ok(answers)
    }

    /// Checks that the server answers.
    pub async fn ping(&self) -> Result<(), Failure> {
        self.exchange(redis::pipe().cmd("PING")).await.map(drop)
    }

    pub async fn exchange(&self, commands: &Pipeline) -> Result<Vec<Value>, Failure> {
        let sent = Instant::now();
        self.begin_waiting(sent);
        let mut redis = self.redis.clone();
        let answers = match select(pin!(redis.send_packed_commands(commands, 0, commands.len())), pin!(self.closed())).await {
            Either::Left((answers, _)) => answers.map_err(|error| Failure::Lost(error.to_string()))?,
            Either::Right(_) => return Err(Failure::Lost("the connection was given up".to_owned())),
        };
        self.shared.waiting_since.store(0, Ordering::Relaxed);
        self.shared.has_answered.store(true, Ordering::Relaxed);
        self.liveness.confirm(sent);
        Ok(answers)
    }

    /// Ends all exchanges on it. Answers that come later are not seen.
    pub fn close(&self) {
        self.shared.closed.send_replace(true);
    }

    pub async fn closed(&self) {
        let mut closed = self.shared.closed.subscribe();
        // An error would mean that the sender is gone, but `self` holds it.
        let _ = closed.wait_for(|closed| *closed).await;
    }

    /// Whether the server has left a command unanswered for [`SILENCE_MAX`].
    pub fn is_silent(&self, now: Instant) -> bool {
        match self.shared.waiting_since.load(Ordering::Relaxed) {
            0 => false,
            since => self.since_opening(now).saturating_sub(since) > nanoseconds(SILENCE_MAX),
        }
    }

    /// Whether it has answered any command since it was set up.
    pub fn has_answered(&self) -> bool {
        self.shared.has_answered.load(Ordering::Relaxed)
    }

    fn begin_waiting(&self, sent: Instant) {
        let since = self.since_opening(sent).max(1);
        let _ = self.shared.waiting_since.compare_exchange(0, since, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn since_opening(&self, at: Instant) -> u64 {
        nanoseconds(at.saturating_duration_since(self.shared.opened))
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
