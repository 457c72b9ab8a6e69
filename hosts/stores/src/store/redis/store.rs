use super::client::{Client, PendingAnswer};
use super::failure::Failure;
use super::listing::Place;
use super::operations::SwapRequest;
use super::per_process::PerProcess;
use super::settings::{RedisSettings, RedisSettingsError};
use super::text::{Stored, Text};
use fuseboard::time::{Millis, Wall};
use fuseboard::{Lookup, Page, Revision, Store, StoreError, Swap};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A store in a Redis (7.0 or newer) or Valkey server. Clones share a connection and a cache.
///
/// Nothing is connected before the first operation. A lost connection is made again by a later operation; after a failed attempt
/// further ones wait, from 50 ms up to 5 s. A forked child has its own connection and its own cache.
///
/// A record that was read or written here is cached, and the server reports when another process changes it. It is known only for
/// the board's lease, at least 100 ms, after the connection last answered. See [`RedisSettings::lease`].
///
/// ```no_run
/// use fuseboard_stores::RedisStore;
///
/// let store = RedisStore::open("redis://127.0.0.1:6379")?;
/// # Ok::<(), fuseboard_stores::RedisSettingsError>(())
/// ```
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Arc<RedisSettings>,
    client: PerProcess<Client>,
}

impl RedisStore {
    #[must_use]
    pub fn new(settings: RedisSettings) -> RedisStore {
        RedisStore { shared: Arc::new(Shared { settings: Arc::new(settings), client: PerProcess::new() }) }
    }

    /// A store with the settings of a URL, as [`RedisSettings::from_url`] reads it.
    ///
    /// # Errors
    /// When the URL is not accepted. Whether the server can be reached is not tried.
    pub fn open(url: &str) -> Result<RedisStore, RedisSettingsError> {
        RedisSettings::from_url(url).map(RedisStore::new)
    }

    /// The server's time of day.
    pub(super) fn server_time(&self, within: Millis) -> Result<Wall, StoreError> {
        let deadline = deadline(within);
        let answer = self.client()?.start_operation(|operations, progress| async move { operations.time(&progress).await });
        answer.wait(deadline).map_err(|failure| failure.of_read(self.address()))
    }

    /// Asks for the server's time without waiting. `answered` receives it, and how long the answer took, unless there is none in time.
    pub(super) fn ask_server_time(&self, within: Duration, answered: impl FnOnce(Wall, Duration) + Send + 'static) {
        let Ok(client) = self.client() else { return };
        client.run_in_background(within, move |operations, progress| async move {
            let connected = operations.time(&progress).await;
            let sent = Instant::now();
            if connected.is_ok()
                && let Ok(wall) = operations.time(&progress).await
            {
                answered(wall, sent.elapsed());
            }
        });
    }

    pub(super) fn client(&self) -> Result<&Client, StoreError> {
        let start = || Client::start(Arc::clone(&self.shared.settings));
        self.shared.client.get_or_try_init(start).map_err(|error| StoreError::Unavailable(format!("no background thread: {error}")))
    }

    fn address(&self) -> &str {
        self.shared.settings.address()
    }
}

/// The operations that a synchronous and an asynchronous caller have in common, up to the wait for the answer.
impl RedisStore {
    /// What is known of a key without asking the server.
    pub(super) fn known(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        Ok(self.client()?.operations().known(key))
    }

    pub(super) fn start_read(&self, key: &str) -> Result<PendingAnswer<Stored>, StoreError> {
        let key = key.to_owned();
        Ok(self.client()?.start_operation(move |operations, progress| async move { operations.read(&key, &progress).await }))
    }

    pub(super) fn start_read_many(&self, keys: &[String]) -> Result<PendingAnswer<Vec<Stored>>, StoreError> {
        let keys = keys.to_vec();
        Ok(self.client()?.start_operation(move |operations, progress| async move { operations.read_many(&keys, &progress).await }))
    }

    pub(super) fn start_swap(&self, request: SwapRequest) -> Result<PendingAnswer<Swap>, StoreError> {
        Ok(self.client()?.start_operation(move |operations, progress| async move { operations.swap(&request, &progress).await }))
    }

    pub(super) fn start_list(
        &self,
        prefix: &str,
        cursor: Option<&str>,
        limit: u32,
        within: Millis,
    ) -> Result<PendingAnswer<Page>, StoreError> {
        let place = match cursor {
            None => Place::start(),
            Some(cursor) => Place::from_cursor(cursor)
                .ok_or_else(|| StoreError::Refused(format!("cursor {cursor:?}: must be the `next` of a page of this store")))?,
        };
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let prefix = prefix.to_owned();
        // A page is returned early rather than late: what was found by half of the time is worth more than an error.
        let last_scan = deadline(Millis(within.0 / 2));
        let client = self.client()?;
        Ok(client
            .start_operation(move |operations, progress| async move { operations.list(&prefix, place, limit, last_scan, &progress).await }))
    }

    pub(super) fn of_read(&self, failure: &Failure) -> StoreError {
        failure.of_read(self.address())
    }

    pub(super) fn of_swap(&self, failure: &Failure) -> StoreError {
        failure.of_swap(self.address())
    }
}

impl Store for RedisStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        let deadline = deadline(within);
        if let Some(stored) = self.known(key)? {
            return Ok(lookup(stored, known));
        }
        let read = self.start_read(key)?.wait(deadline);
        read.map(|stored| lookup(stored, known)).map_err(|failure| self.of_read(&failure))
    }

    fn load_many(&self, keys: &[String], within: Millis) -> Result<Vec<Lookup>, StoreError> {
        let deadline = deadline(within);
        let read = self.start_read_many(keys)?.wait(deadline);
        read.map(lookups).map_err(|failure| self.of_read(&failure))
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        let deadline = deadline(within);
        let request = SwapRequest { key: key.to_owned(), expected, value: value.to_owned(), ttl };
        self.start_swap(request)?.wait(deadline).map_err(|failure| self.of_swap(&failure))
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        let deadline = deadline(within);
        self.start_list(prefix, cursor, limit, within)?.wait(deadline).map_err(|failure| self.of_read(&failure))
    }
}

/// Without the user and the password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

pub(super) fn lookup(stored: Stored, known: Option<Revision>) -> Lookup {
    match stored {
        None => Lookup::Missing,
        Some(text) if known == Some(text.revision()) => Lookup::Unchanged,
        Some(text) => Lookup::Found(Text::entry(&text)),
    }
}

pub(super) fn lookups(stored: Vec<Stored>) -> Vec<Lookup> {
    stored.into_iter().map(|stored| lookup(stored, None)).collect()
}

pub(super) fn deadline(within: Millis) -> Instant {
    let now = Instant::now();
    // A budget beyond what the clock can express is as good as a day.
    now.checked_add(Duration::from_millis(within.0)).unwrap_or(now + Duration::from_hours(24))
}
