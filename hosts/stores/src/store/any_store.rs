//! The store that a URL names.

use super::MemoryStore;
#[cfg(feature = "redis")]
use super::RedisStore;
#[cfg(feature = "sqlite")]
use super::{SqliteOptions, SqliteStore};
use fuseboard::time::Millis;
use fuseboard::{Clock, Lookup, Page, Revision, Store, StoreError, Swap};
use std::fmt;

const ACCEPTED: &str =
    "accepted are memory:, sqlite:PATH, redis://HOST and redis+cluster://HOST, with rediss for TLS, or valkey and valkeys";

/// A store that was chosen by a URL, for programs whose users configure it.
///
/// | URL | store | feature |
/// |---|---|---|
/// | `memory:` | [`MemoryStore`]: this process alone | |
/// | `sqlite:breakers.db`, `sqlite:/var/lib/breakers.db` | `SqliteStore`: all processes of one machine | `sqlite` |
/// | `redis://…`, `valkey://…` | `RedisStore`: any number of machines | `redis` |
/// | `rediss://…`, `valkeys://…` | the same over TLS | `redis-tls` |
/// | `redis+cluster://…`, and so on with the others | `RedisStore` over a cluster | the same |
///
/// ```
/// use fuseboard_stores::{AnyStore, SystemClock};
///
/// let store = AnyStore::open("memory:", SystemClock::new())?;
/// assert!(matches!(store, AnyStore::Memory(_)));
/// let error = AnyStore::open("mysql://user:secret@db/breakers", SystemClock::new()).unwrap_err();
/// assert!(error.to_string().starts_with("store URL: the scheme `mysql` is not known"));
/// # Ok::<(), fuseboard_stores::StoreUrlError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnyStore {
    Memory(MemoryStore),
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteStore),
    #[cfg(feature = "redis")]
    Redis(RedisStore),
}

/// Why a store URL is not accepted. It never contains a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreUrlError(String);

impl AnyStore {
    /// Opens the store. Nothing is connected and no file is opened before the first operation. Times to live in memory and in SQLite
    /// end by `clock`.
    ///
    /// # Errors
    /// If the scheme is not known, or not part of this build, or if the rest of the URL is not accepted.
    pub fn open(url: &str, clock: impl Clock + Send + Sync + 'static) -> Result<AnyStore, StoreUrlError> {
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(StoreUrlError(format!("it has no scheme; {ACCEPTED}")));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "memory" if rest.is_empty() => Ok(AnyStore::Memory(MemoryStore::with_clock(clock))),
            "memory" => Err(StoreUrlError("`memory:` is followed by nothing".to_owned())),
            "sqlite" => sqlite(rest, clock),
            "redis" | "rediss" | "valkey" | "valkeys" | "redis+cluster" | "rediss+cluster" | "valkey+cluster" | "valkeys+cluster" => {
                redis(url)
            }
            other => Err(StoreUrlError(format!("the scheme `{}` is not known; {ACCEPTED}", printable(other)))),
        }
    }

    /// Whether an operation may block its caller, as files and networks do.
    #[must_use]
    pub fn may_block(&self) -> bool {
        !matches!(self, AnyStore::Memory(_))
    }

    fn store(&self) -> &dyn Store {
        match self {
            AnyStore::Memory(store) => store,
            #[cfg(feature = "sqlite")]
            AnyStore::Sqlite(store) => store,
            #[cfg(feature = "redis")]
            AnyStore::Redis(store) => store,
        }
    }
}

/// The first letters and digits of a scheme, so that a password in its place is not shown whole.
fn printable(scheme: &str) -> String {
    scheme.chars().filter(char::is_ascii_alphanumeric).take(SCHEME_CHARS_MAX).collect()
}

const SCHEME_CHARS_MAX: usize = 12;

#[cfg(feature = "sqlite")]
fn sqlite(path: &str, clock: impl Clock + Send + Sync + 'static) -> Result<AnyStore, StoreUrlError> {
    // `sqlite:///path` is the same as `sqlite:/path`, as with other URLs of files.
    let path = path.strip_prefix("//").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    if path.is_empty() || path.starts_with("//") {
        return Err(StoreUrlError(
            "`sqlite:` is followed by the path of a file: sqlite:breakers.db or sqlite:/path/breakers.db".to_owned(),
        ));
    }
    Ok(AnyStore::Sqlite(SqliteStore::with_options(SqliteOptions::new(path).clock(clock))))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &str, _: impl Clock + Send + Sync + 'static) -> Result<AnyStore, StoreUrlError> {
    Err(StoreUrlError("SQLite is not part of this build; enable the feature `sqlite` of fuseboard-stores".to_owned()))
}

#[cfg(feature = "redis")]
fn redis(url: &str) -> Result<AnyStore, StoreUrlError> {
    RedisStore::open(url).map(AnyStore::Redis).map_err(|error| StoreUrlError(error.to_string()))
}

#[cfg(not(feature = "redis"))]
fn redis(_: &str) -> Result<AnyStore, StoreUrlError> {
    Err(StoreUrlError("Redis is not part of this build; enable the feature `redis` of fuseboard-stores".to_owned()))
}

impl Store for AnyStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.store().load(key, known, within)
    }

    fn load_many(&self, keys: &[String], within: Millis) -> Result<Vec<Lookup>, StoreError> {
        self.store().load_many(keys, within)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        self.store().compare_and_swap(key, expected, value, ttl, within)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.store().list_keys(prefix, cursor, limit, within)
    }
}

impl fmt::Display for StoreUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store URL: {}", self.0)
    }
}

impl std::error::Error for StoreUrlError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;

    fn refused(url: &str) -> String {
        AnyStore::open(url, SystemClock::new()).expect_err("not accepted").to_string()
    }

    #[test]
    fn a_url_that_names_no_store_is_refused_without_its_password() {
        for url in ["", "breakers.db", "memory:x", "mysql://user:hunter2@db", "redis://user:hunter2@host:port", "hunter2%secret:x"] {
            let text = refused(url);
            assert!(text.starts_with("store URL: ") && !text.contains("hunter2@") && !text.contains("%secret"), "{text}");
        }
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_sqlite_url_is_a_path() {
        for url in ["sqlite:breakers.db", "sqlite:/tmp/breakers.db", "sqlite:///tmp/breakers.db", "SQLite:breakers.db"] {
            let store = AnyStore::open(url, SystemClock::new()).expect("a path");
            assert!(matches!(store, AnyStore::Sqlite(_)) && store.may_block(), "{url}");
        }
        assert!(refused("sqlite:").contains("path of a file") && refused("sqlite://host/x").contains("path of a file"));
    }

    #[cfg(feature = "redis")]
    #[test]
    fn redis_and_valkey_urls_name_a_server() {
        for url in ["redis://127.0.0.1", "valkey://127.0.0.1:6379/2"] {
            assert!(matches!(AnyStore::open(url, SystemClock::new()), Ok(AnyStore::Redis(_))), "{url}");
        }
    }
}
