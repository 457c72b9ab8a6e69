//! Where the server is, and how it is used.

use super::cache_mode::CacheMode;
use super::deployment::Deployment;
use super::node_address::NodeAddress;
use super::url;
use fuseboard::time::Millis;
use redis::{Client, ConnectionInfo};
use std::fmt;
use std::time::Duration;

/// Shortest time that a cached record may be known for.
const KNOWN_MS_MIN: u64 = 100;
/// Longest lease that the engine accepts.
const KNOWN_MS_MAX: u64 = 10_000;
const NAMESPACE: &str = "fuseboard:";
const NAMESPACE_BYTES_MAX: usize = 128;

/// Where a Redis or Valkey server is, and how a [`RedisStore`](super::RedisStore) uses it.
///
/// ```
/// use fuseboard::time::Millis;
/// use fuseboard_stores::{RedisSettings, RedisStore};
///
/// let settings = RedisSettings::from_url("redis://worker:secret@127.0.0.1:6379/2")?.namespace("shop:")?.lease(Millis(5_000));
/// let store = RedisStore::new(settings);
/// # Ok::<(), fuseboard_stores::RedisSettingsError>(())
/// ```
#[derive(Clone)]
pub struct RedisSettings {
    client: Client,
    deployment: Deployment,
    address: String,
    namespace: String,
    cache: CacheMode,
    known_for: Duration,
}

/// Why settings are not accepted. It never contains a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisSettingsError(String);

impl RedisSettings {
    /// Reads `redis://[user[:password]@]host[:port][/database]`. `rediss://` is the same over TLS, with the feature `redis-tls`;
    /// `valkey://` and `valkeys://` mean the same two. Parameters: `?namespace=shop:` and `?cache=off`.
    ///
    /// `redis+cluster://[user[:password]@]host[:port][,host[:port]…]` is a cluster, and `rediss+cluster://` one over TLS. The nodes named
    /// there are asked for all others. A cluster has no databases, and its records are not cached.
    ///
    /// # Errors
    /// When the text has another form, or a part that is not known.
    pub fn from_url(text: &str) -> Result<RedisSettings, RedisSettingsError> {
        let url = url::parse(text).map_err(RedisSettingsError)?;
        let client = client(url.connection).map_err(RedisSettingsError)?;
        let address = match &url.deployment {
            Deployment::Single => client.get_connection_info().addr().to_string(),
            Deployment::Cluster { seeds } => seeds.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        };
        let settings = RedisSettings {
            client,
            deployment: url.deployment,
            address,
            namespace: NAMESPACE.to_owned(),
            cache: url.cache.unwrap_or_default(),
            known_for: Duration::from_millis(KNOWN_MS_MIN),
        };
        match url.namespace {
            Some(namespace) => settings.namespace(&namespace),
            None => Ok(settings),
        }
    }

    /// What each key begins with, `fuseboard:` by default. Boards that share circuits have the same.
    ///
    /// # Errors
    /// When it is empty, longer than 128 bytes, or has characters other than visible ASCII.
    pub fn namespace(mut self, namespace: &str) -> Result<RedisSettings, RedisSettingsError> {
        let is_visible = namespace.bytes().all(|byte| byte.is_ascii_graphic());
        if namespace.is_empty() || namespace.len() > NAMESPACE_BYTES_MAX || !is_visible {
            let accepted = format!("must be 1 to {NAMESPACE_BYTES_MAX} characters of visible ASCII");
            return Err(RedisSettingsError(format!("namespace: {accepted}, is {namespace:?}")));
        }
        namespace.clone_into(&mut self.namespace);
        Ok(self)
    }

    /// Whether records are cached in this process. Those of a cluster never are.
    #[must_use]
    pub fn with_cache(mut self, cache: CacheMode) -> RedisSettings {
        self.cache = cache;
        self
    }

    /// The `sharing.lease_ms` of the board. A cached record is used for this long after the connection last answered, but for at least
    /// 100 ms and at most 10 s.
    #[must_use]
    pub fn lease(mut self, lease: Millis) -> RedisSettings {
        self.known_for = Duration::from_millis(lease.0.clamp(KNOWN_MS_MIN, KNOWN_MS_MAX));
        self
    }

    /// Trusts the certificates of this PEM text instead of the system's.
    ///
    /// # Errors
    /// When the text is no certificate, or the server is not reached by `rediss://`.
    #[cfg(feature = "redis-tls")]
    pub fn root_certificates(mut self, pem: &[u8]) -> Result<RedisSettings, RedisSettingsError> {
        let info = self.client.get_connection_info().clone();
        let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(pem.to_vec()) };
        self.client = Client::build_with_tls(info, certificates)
            .map_err(|error| RedisSettingsError(format!("root certificates: not accepted: {error}")))?;
        Ok(self)
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// A client of another node of the cluster, with the same user, password and certificates.
    pub(super) fn client_of(&self, node: &NodeAddress) -> Result<Client, String> {
        let info = self.client.get_connection_info();
        client(info.clone().set_addr(node.connection_like(info.addr())))
    }

    /// Host and port, for error texts.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn key_prefix(&self) -> &str {
        &self.namespace
    }

    /// Of a cluster, the liveness would have to be known for each node.
    pub(super) fn cache(&self) -> CacheMode {
        match self.deployment {
            Deployment::Single => self.cache,
            Deployment::Cluster { .. } => CacheMode::Off,
        }
    }

    pub(super) fn known_for(&self) -> Duration {
        self.known_for
    }
}

fn client(info: ConnectionInfo) -> Result<Client, String> {
    #[cfg(feature = "redis-tls")]
    super::tls::choose_provider();
    Client::open(info).map_err(|error| format!("redis URL: not accepted: {error}"))
}

/// Without the user and the password.
impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings")
            .field("address", &self.address)
            .field("namespace", &self.namespace)
            .field("cache", &self.cache)
            .field("known_for", &self.known_for)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for RedisSettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RedisSettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "redis://worker:s3cret@db.example:7000/2?namespace=shop:";

    #[test]
    fn a_password_is_in_no_debug_text_and_no_error() {
        let settings = RedisSettings::from_url(URL);
        assert!(!format!("{settings:?}").contains("s3cret"), "{settings:?}");
        for wrong in [
            "redis://worker:s3cret@db.example:7000/x",
            "redis://worker:s3cret@db.example:port",
            "redis://worker:s3cret@/1",
            "http://worker:s3cret@db.example",
            "redis://worker:s3cret@db.example/1?password=s3cret",
            "redis://worker:s3cret@db.example/1?cache=s3cret",
            "redis://worker:s3cret@0.0.0.0",
        ] {
            let error = RedisSettings::from_url(wrong).map(drop).map_err(|error| error.to_string());
            assert!(error.as_ref().is_err_and(|error| !error.contains("s3cret")), "{wrong}: {error:?}");
        }
    }

    #[test]
    fn a_url_names_address_and_namespace() {
        let settings = RedisSettings::from_url(URL);
        let parts = settings.map(|settings| (settings.address().to_owned(), settings.key_prefix().to_owned()));
        assert_eq!(parts, Ok(("db.example:7000".to_owned(), "shop:".to_owned())));
    }

    #[test]
    fn a_lease_is_the_bound_between_100_ms_and_10_s() {
        let known_for = |lease| RedisSettings::from_url("redis://h").map(|settings| settings.lease(Millis(lease)).known_for().as_millis());
        assert_eq!([known_for(0), known_for(100), known_for(5_000), known_for(60_000)], [Ok(100), Ok(100), Ok(5_000), Ok(10_000)]);
    }

    #[test]
    fn a_namespace_is_visible_ascii_of_at_most_128_characters() {
        let accepts = |namespace: &str| RedisSettings::from_url("redis://h").and_then(|settings| settings.namespace(namespace)).is_ok();
        assert!(accepts("shop:") && accepts(&"x".repeat(128)) && accepts("a*[b]?\\:"));
        assert!(!accepts("") && !accepts(&"x".repeat(129)) && !accepts("a b") && !accepts("ü"));
    }
}
