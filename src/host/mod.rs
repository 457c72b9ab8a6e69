//! Normalization of hosts, so that one host has one storage key. A host that cannot be normalized is an error.
//!
//! ```
//! use fuseboard::normalize_host;
//! assert_eq!(normalize_host(" https://API.Crossref.org:443/works?rows=1 ").as_deref(), Ok("api.crossref.org"));
//! assert_eq!(normalize_host("[2001:DB8:0:0::1]:8080").as_deref(), Ok("[2001:db8::1]:8080"));
//! assert_eq!(normalize_host("münchen.example").as_deref(), Ok("xn--mnchen-3ya.example"));
//! assert!(normalize_host("user@api.crossref.org").is_err());
//! ```

mod address;
mod authority;
mod name;
#[cfg(test)]
mod host_tests;

use crate::names::HOST_BYTES_MAX;
use crate::quote::quoted;
use address::normalize_address;
use authority::{parse_port, split_port, split_url};
use name::normalize_name;

/// Ports that are removed whatever the scheme is. Otherwise `http://a.example:443` would become `a.example:443`, and normalizing that
/// again would give `a.example`.
const WEB_PORTS: [u16; 2] = [80, 443];

/// Returns the normalized host of a host name, a `host:port` or a URL. Normalizing a normalized host changes nothing.
///
/// # Errors
/// If the text has no valid host. The message gives the invalid part and what is accepted.
pub fn normalize_host(raw: &str) -> Result<String, String> {
    let text = raw.trim_ascii();
    if name::is_normalized(text) {
        return Ok(text.to_owned());
    }
    // User information may be a password, so the message does not show it.
    let without_user = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    normalize(text).map_err(|error| format!("host {}: {error}", quoted(without_user)))
}

/// Returns a normalized host without its port.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        Some(colon) if !host.ends_with(']') => host.get(..colon).unwrap_or(host),
        _ => host,
    }
}

fn normalize(text: &str) -> Result<String, String> {
    let (authority, default_port) = split_url(text)?;
    if authority.contains('@') {
        return Err("must not contain user information (`user@`): remove it".into());
    }
    let (host, port) = split_port(authority)?;
    let mut normalized = if let Some(address) = host.strip_prefix('[') { normalize_address(address)? } else { normalize_name(host)? };
    if let Some(port) = port.map(parse_port).transpose()?.filter(|port| !WEB_PORTS.contains(port) && Some(*port) != default_port) {
        normalized.push(':');
        normalized.push_str(&port.to_string());
    }
    if normalized.len() > HOST_BYTES_MAX {
        return Err(format!("must have at most {HOST_BYTES_MAX} bytes, has {}", normalized.len()));
    }
    Ok(normalized)
}
