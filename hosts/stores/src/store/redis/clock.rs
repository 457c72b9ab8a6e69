use super::server_time::ServerTime;
use super::store::RedisStore;
use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{Clock, StoreError};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often the server is asked for its time.
const INTERVAL: Duration = Duration::from_secs(10);
/// How long an attempt in the background may take, and how soon after it the next may begin.
const ATTEMPT: Duration = Duration::from_secs(1);

/// A clock whose time of day is that of the store's server, so that boards agree on it although the clocks of their machines do not.
///
/// Reading it never waits. While the clock is read, it requests the server's time in the background every 10 s. Between two answers, and
/// while the server cannot be reached, the time runs on with the monotonic clock. It is wrong by at most 100 ms. Before the first
/// answer, the time of day is that of the inner clock; [`RedisClock::synchronize`] waits for that answer. The monotonic time is that of
/// the inner clock.
///
/// After a failover the time is that of another server. The clocks of a server and its replicas must agree within
/// `sharing.clock_skew_ms`.
///
/// ```no_run
/// use fuseboard::time::Millis;
/// use fuseboard_stores::{RedisClock, RedisStore, SystemClock};
///
/// let store = RedisStore::open("redis://127.0.0.1:6379")?;
/// let clock = RedisClock::new(&store, SystemClock::new());
/// clock.synchronize(Millis(2_000))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RedisClock<C> {
    store: RedisStore,
    inner: C,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    time: ServerTime,
    /// When the last attempt in the background began, in nanoseconds of the monotonic clock; 0: none has.
    attempted_ns: AtomicU64,
}

impl<C: Clock + Clone + Send + 'static> RedisClock<C> {
    /// A clock by the server of this store. Clones share what they know.
    pub fn new(store: &RedisStore, inner: C) -> RedisClock<C> {
        RedisClock { store: store.clone(), inner, shared: Arc::default() }
    }

    /// Waits until the server has told its time, for at most `within`.
    ///
    /// # Errors
    /// If the server cannot be reached, or takes more than 200 ms to answer.
    pub fn synchronize(&self, within: Millis) -> Result<(), StoreError> {
        let sent = self.inner.mono();
        let wall = self.store.server_time(within)?;
        self.shared.time.answered(wall, sent, self.inner.mono());
        match self.shared.time.wall(sent) {
            Some(_) => Ok(()),
            None => Err(StoreError::Unavailable("the server took more than 200 ms to tell its time; check the network".to_owned())),
        }
    }

    fn ask_in_background(&self, now: Mono) {
        let last = self.shared.attempted_ns.load(Ordering::Relaxed);
        let is_due = last == 0 || now.0.saturating_sub(last) > u64::try_from(ATTEMPT.as_nanos()).unwrap_or(u64::MAX);
        let attempt = now.0.max(1);
        if !is_due || self.shared.attempted_ns.compare_exchange(last, attempt, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let (inner, shared) = (self.inner.clone(), Arc::clone(&self.shared));
        self.store.ask_server_time(ATTEMPT, move |wall, elapsed| {
            let received = inner.mono();
            let took = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
            shared.time.answered(wall, Mono(received.0.saturating_sub(took)), received);
        });
    }
}

impl<C: Clock + Clone + Send + 'static> Clock for RedisClock<C> {
    fn wall(&self) -> Wall {
        let now = self.inner.mono();
        if self.shared.time.is_older_than(INTERVAL, now) {
            self.ask_in_background(now);
        }
        self.shared.time.wall(now).unwrap_or_else(|| self.inner.wall())
    }

    fn mono(&self) -> Mono {
        self.inner.mono()
    }

    fn coarse(&self) -> Mono {
        self.inner.coarse()
    }
}

impl<C: fmt::Debug> fmt::Debug for RedisClock<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisClock").field("store", &self.store).field("inner", &self.inner).finish_non_exhaustive()
    }
}
