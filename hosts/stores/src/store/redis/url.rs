//! Reads the URL of a server or of a cluster.

use super::cache_mode::CacheMode;
use super::deployment::Deployment;
use super::node_address::NodeAddress;
use redis::{ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

const FORM: &str = "redis://[user[:password]@]host[:port][/database][?namespace=…&cache=on|off]";
const CLUSTER_FORM: &str = "redis+cluster://[user[:password]@]host[:port][,host[:port]…][?namespace=…]";
const CLUSTER: &str = "+cluster";

/// The parts of a URL.
pub struct RedisUrl {
    /// Of a cluster: to its first node.
    pub connection: ConnectionInfo,
    pub deployment: Deployment,
    pub namespace: Option<String>,
    pub cache: Option<CacheMode>,
}

/// The parts of a URL, or what is wrong with it. The error repeats no part that may be a secret.
pub fn parse(text: &str) -> Result<RedisUrl, String> {
    let scheme = text.split("://").next().filter(|scheme| scheme.len() < text.len()).unwrap_or_default();
    match scheme.strip_suffix(CLUSTER).unwrap_or(scheme) {
        "redis" | "valkey" => {}
        "rediss" | "valkeys" if cfg!(feature = "redis-tls") => {}
        "rediss" | "valkeys" => return Err(format!("redis URL: `{scheme}` needs the feature `redis-tls` of fuseboard-stores")),
        _ => return Err(format!("redis URL: must begin with redis:// or rediss://, and have the form {FORM}")),
    }
    match scheme.strip_suffix(CLUSTER) {
        Some(plain) => cluster(plain, text),
        None => single(text),
    }
}

fn single(text: &str) -> Result<RedisUrl, String> {
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
    Ok(RedisUrl { connection: info.set_redis_settings(redis), deployment: Deployment::Single, namespace, cache })
}

/// Reads the first node with all other parts, as the URL of a single server, and then the other nodes.
fn cluster(plain_scheme: &str, text: &str) -> Result<RedisUrl, String> {
    let wrong = || format!("redis URL: must have the form {CLUSTER_FORM}");
    let (_, rest) = text.split_once("://").ok_or_else(wrong)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end).ok_or_else(wrong)?;
    let (user, nodes) = authority.rsplit_once('@').map_or(("", authority), |(user, nodes)| (user, nodes));
    let at = if user.is_empty() { "" } else { "@" };
    let seeds = nodes.split(',').map(NodeAddress::from_authority).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
    let first = nodes.split(',').next().unwrap_or_default();
    let url = single(&format!("{plain_scheme}://{user}{at}{first}{tail}"))?;
    if url.connection.redis_settings().db() != 0 {
        return Err("redis URL: database: a cluster has no databases, remove the number after the host".to_owned());
    }
    if url.cache == Some(CacheMode::On) {
        return Err("redis URL: cache: must be `off` for a cluster, or left out".to_owned());
    }
    Ok(RedisUrl { deployment: Deployment::Cluster { seeds }, ..url })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds(text: &str) -> Result<Vec<String>, String> {
        let url = parse(text)?;
        let Deployment::Cluster { seeds } = url.deployment else { return Err("it is a single server".to_owned()) };
        Ok(seeds.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_cluster_is_named_by_some_of_its_nodes() {
        let expected = ["a:7000".to_owned(), "b:6379".to_owned(), "[::1]:7002".to_owned()];
        assert_eq!(seeds("redis+cluster://u:p@a:7000,b,[::1]:7002/?namespace=shop:").as_deref(), Ok(&expected[..]));
        assert_eq!(seeds("valkey+cluster://a:7000").as_deref(), Ok(&["a:7000".to_owned()][..]));
        assert!(parse("redis://a:7000").is_ok_and(|url| url.deployment == Deployment::Single));
    }

    #[test]
    fn the_user_of_a_cluster_is_the_user_of_its_first_node() {
        let url = parse("redis+cluster://worker:s%2F3@a,b?namespace=shop:");
        let user = url.map(|url| {
            let redis = url.connection.redis_settings().clone();
            (redis.username().map(str::to_owned), redis.password().map(str::to_owned), url.namespace)
        });
        assert_eq!(user, Ok((Some("worker".to_owned()), Some("s/3".to_owned()), Some("shop:".to_owned()))));
    }

    #[test]
    fn parts_that_a_cluster_has_not_are_rejected_without_the_password() {
        for text in
            ["redis+cluster://u:s3cret@a/2", "redis+cluster://u:s3cret@a,b?cache=on", "redis+cluster://u:s3cret@a,:7", "redis+cluster://"]
        {
            assert!(seeds(text).is_err_and(|error| !error.contains("s3cret")), "{text}");
        }
    }
}
