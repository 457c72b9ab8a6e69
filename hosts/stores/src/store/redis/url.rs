//! Reads the URL of a server.

use super::cache_mode::CacheMode;
use redis::{ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

const FORM: &str = "redis://[user[:password]@]host[:port][/database][?namespace=…&cache=on|off]";

/// The parts of a URL.
pub struct RedisUrl {
    pub connection: ConnectionInfo,
    pub namespace: Option<String>,
    pub cache: Option<CacheMode>,
}

/// The parts of a URL, or what is wrong with it. The error repeats no part that may be a secret.
pub fn parse(text: &str) -> Result<RedisUrl, String> {
    let scheme = text.split("://").next().filter(|scheme| scheme.len() < text.len()).unwrap_or_default();
    match scheme {
        "redis" | "valkey" => {}
        "rediss" | "valkeys" if cfg!(feature = "redis-tls") => {}
        "rediss" | "valkeys" => return Err(format!("redis URL: `{scheme}` needs the feature `redis-tls` of fuseboard-stores")),
        _ => return Err(format!("redis URL: must begin with redis:// or rediss://, and have the form {FORM}")),
    }
    let mut url = redis::parse_redis_url(text).ok_or_else(|| format!("redis URL: must have the form {FORM}"))?;
    let (mut namespace, mut cache) = (None, None);
    for (name, value) in url.query_pairs() {
        match (&*name, &*value) {
            ("namespace", value) => namespace = Some(value.to_owned()),
            ("cache", "on") => cache = Some(CacheMode::On),
            ("cache", "off") => cache = Some(CacheMode::Off),
            ("cache", _) => return Err("redis URL: cache: must be `on` or `off`".to_owned()),
            _ => return Err("redis URL: has an unknown parameter; accepted are `namespace` and `cache`".to_owned()),
        }
    }
    if url.fragment().is_some() {
        return Err("redis URL: a part after `#` is not accepted; certificates are always checked".to_owned());
    }
    url.set_query(None);
    let info = url.into_connection_info().map_err(|error| format!("redis URL: {error}; the form is {FORM}"))?;
    let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3).set_lib_name("fuseboard", env!("CARGO_PKG_VERSION"));
    Ok(RedisUrl { connection: info.set_redis_settings(redis), namespace, cache })
}
