//! Connects at the first operation, and again after a loss, with a growing wait between failed attempts.

use super::backoff::Backoff;
use super::cache::ValueCache;
use super::connection::Connection;
use super::failure::Failure;
use super::handshake;
use super::invalidation;
use super::keep_fresh::{ConnectionEnd, keep_fresh};
use super::liveness::Liveness;
use super::node_address::NodeAddress;
use super::settings::RedisSettings;
use redis::aio::SendError;
use redis::{Client, PushInfo, PushKind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// An attempt to connect that takes longer has failed. It may take longer than the operation that began it.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// The one connection of a process to a server, whatever its state.
pub struct Link {
    settings: Arc<RedisSettings>,
    client: Client,
    cache: Arc<ValueCache>,
    liveness: Arc<Liveness>,
    state: watch::Sender<State>,
    backoff: Mutex<Backoff>,
    connections: AtomicU64,
}

#[derive(Clone)]
enum State {
    Disconnected,
    Connecting,
    Connected(Connection),
    BackingOff { until: Instant, why: Arc<str> },
}

impl Link {
    pub fn new(settings: Arc<RedisSettings>, client: Client, cache: Arc<ValueCache>, liveness: Arc<Liveness>) -> Link {
        let state = watch::Sender::new(State::Disconnected);
        Link { settings, client, cache, liveness, state, backoff: Mutex::default(), connections: AtomicU64::new(0) }
    }

    pub fn address(&self) -> Option<NodeAddress> {
        NodeAddress::of(self.client.get_connection_info().addr())
    }

    /// The connection. Connects first if there is none, unless that failed only lately.
    pub async fn connection(self: &Arc<Link>) -> Result<Connection, Failure> {
        let mut states = self.state.subscribe();
        loop {
            self.give_up_if_silent();
            self.connect_if_due();
            match &*states.borrow_and_update() {
                State::Connected(connection) => return Ok(connection.clone()),
                State::BackingOff { until, why } => {
                    let wait = until.saturating_duration_since(Instant::now()).as_millis();
                    return Err(Failure::NotSent(format!("{why}; the next attempt is in {wait} ms")));
                }
                State::Disconnected | State::Connecting => {}
            }
            // An error would mean that the sender is gone, but `self` holds it.
            let _ = states.changed().await;
        }
    }

    /// Marks a connection as lost, unless another has replaced it.
    pub fn lose(&self, number: u64, why: &str) {
        // First, so that nothing of the lost connection is known once there is a new one.
        self.cache.invalidate_all();
        self.state.send_if_modified(|state| {
            let State::Connected(connection) = state else { return false };
            if connection.number != number {
                return false;
            }
            connection.close();
            *state = if connection.has_answered() { State::Disconnected } else { self.back_off(why) };
            true
        });
    }

    fn give_up_if_silent(&self) {
        let silent = match &*self.state.borrow() {
            State::Connected(connection) if connection.is_silent(Instant::now()) => Some(connection.number),
            _ => None,
        };
        if let Some(number) = silent {
            self.lose(number, "it left a command unanswered");
        }
    }

    fn connect_if_due(self: &Arc<Link>) {
        let is_due = self.state.send_if_modified(|state| {
            let is_due = match state {
                State::Disconnected => true,
                State::BackingOff { until, .. } => *until <= Instant::now(),
                State::Connecting | State::Connected(_) => false,
            };
            if is_due {
                *state = State::Connecting;
            }
            is_due
        });
        if is_due {
            drop(tokio::spawn(connect(Arc::clone(self))));
        }
    }

    fn back_off(&self, why: &str) -> State {
        let wait = self.backoff.lock().unwrap_or_else(PoisonError::into_inner).failed();
        State::BackingOff { until: Instant::now() + wait, why: why.into() }
    }
}

/// Runs apart from the operation that began it, whose time may be over sooner.
async fn connect(link: Arc<Link>) {
    let number = link.connections.fetch_add(1, Ordering::Relaxed);
    let pushes = receiver(&link, number);
    let attempt = handshake::connect(&link.client, link.settings.cache(), number, pushes, Arc::clone(&link.liveness));
    let state = match tokio::time::timeout(CONNECT_MAX, attempt).await {
        Ok(Ok(connection)) => {
            link.backoff.lock().unwrap_or_else(PoisonError::into_inner).reset();
            drop(tokio::spawn(watch_over(Arc::clone(&link), connection.clone())));
            State::Connected(connection)
        }
        Ok(Err(why)) => link.back_off(&why),
        Err(_) => link.back_off(&format!("it did not finish connecting within {} s", CONNECT_MAX.as_secs())),
    };
    link.state.send_replace(state);
}

/// Takes in what the server sends unasked. The connection calls it in the order of the messages, before it delivers a later answer.
fn receiver(link: &Arc<Link>, number: u64) -> impl Fn(PushInfo) -> Result<(), SendError> + Send + Sync + 'static {
    let link: Weak<Link> = Arc::downgrade(link);
    move |push| {
        let Some(link) = link.upgrade() else { return Ok(()) };
        match push.kind {
            PushKind::Invalidate => invalidation::apply(&push.data, link.settings.key_prefix(), &link.cache),
            PushKind::Disconnection => link.lose(number, "the connection was closed"),
            _ => {}
        }
        Ok(())
    }
}

async fn watch_over(link: Arc<Link>, connection: Connection) {
    if keep_fresh(&connection, &link.liveness).await == ConnectionEnd::Unanswered {
        link.lose(connection.number, "it left a command unanswered");
    }
}
