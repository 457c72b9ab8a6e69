//! Normalization of hosts, so that one host has one storage key. A host that cannot be normalized is an error.
//!
//! ```
//! use fuseboard::normalize_host;
//! assert_eq!(normalize_host(" https://API.Crossref.org:443/works?rows=1 ").as_deref(), Ok("api.crossref.org"));
//! assert_eq!(normalize_host("[2001:DB8:0:0::1]:8080").as_deref(), Ok("[2001:db8::1]:8080"));
//! assert_eq!(normalize_host("münchen.example").as_deref(), Ok("xn--mnchen-3ya.example"));
//! assert_eq!(normalize_host("https://me:pass@api.crossref.org/").as_deref(), Ok("api.crossref.org"));
//! assert!(normalize_host("api.crossref.org/works").is_err());
//! ```

mod address;
mod name;
mod port;
#[cfg(test)]
mod host_tests;

use crate::names::HOST_BYTES_MAX;
use crate::quote::quoted;
use crate::url_parts::UrlParts;
use address::normalize_address;
use name::normalize_name;
use port::{parse_port, split_port};

/// Ports that are removed whatever the scheme is. Otherwise `http://a.example:443` would become `a.example:443`, and normalizing that
/// again would give `a.example`.
const WEB_PORTS: [u16; 2] = [80, 443];

const ENCODE_USER_INFORMATION: &str =
    "has no valid host before its first `/`, `?`, `#` or `\\`: write these characters percent-encoded in user information";

/// Returns the normalized host of a host name, a `host:port` or a URL. Normalizing a normalized host changes nothing.
///
/// Only the authority of a URL is used: its user information, path, query and fragment are dropped. A text without a scheme must not
/// have a path, a query or a fragment, since `api.example/metadata` could also mean a role of a host.
///
/// # Errors
/// If the text has no valid host. The message gives the invalid part and what is accepted, and never a part that is dropped.
pub fn normalize_host(raw: &str) -> Result<String, String> {
    let text = raw.trim_ascii();
    if name::is_normalized(text) {
        return Ok(text.to_owned());
    }
    let parts = UrlParts::of(text);
    normalize(&parts).map_err(|error| {
        // The error quotes the authority, which may be part of a password in this case.
        let error = if parts.may_be_user_information() { ENCODE_USER_INFORMATION } else { &error };
        format!("host {}: {error}", quoted(parts.shown()))
    })
}

/// Returns the part of a host's written form that diagnostics may show: its authority.
pub(crate) fn shown_host(text: &str) -> &str {
    UrlParts::of(text.trim_ascii()).shown()
}

/// Returns a normalized host without its port.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        Some(colon) if !host.ends_with(']') => host.get(..colon).unwrap_or(host),
        _ => host,
    }
}

fn normalize(parts: &UrlParts<'_>) -> Result<String, String> {
    if parts.scheme.is_none() && !parts.rest.is_empty() {
        return Err("must start with a scheme such as `https://` if it has a path, a query or a fragment".into());
    }
    let (host, port) = split_port(parts.authority)?;
    let default_port = parts.scheme.and_then(default_port);
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

/// Returns the default port of a scheme whose default port is not a web port.
fn default_port(scheme: &str) -> Option<u16> {
    scheme.eq_ignore_ascii_case("ftp").then_some(21)
}
