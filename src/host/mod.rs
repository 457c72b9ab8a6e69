//! The one spelling of a host. A name that cannot be normalized is an error, never a silent key.
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

use crate::machine::policy::HOST_BYTES_MAX;
use crate::names::quoted;
use address::address_of;
use authority::{authority, port_of, split_port};
use name::name_of;

/// These go whatever the scheme: `http://a.example:443` would otherwise become `a.example:443`, which read again is `a.example`.
const WEB_PORTS: [u16; 2] = [80, 443];

/// Brings a host name, `host:port` or URL into its one spelling. Normalizing twice changes nothing.
///
/// # Errors
/// Says what cannot be used, where, and what was expected.
pub fn normalize_host(raw: &str) -> Result<String, String> {
    let text = raw.trim_ascii();
    if name::is_normal(text) {
        return Ok(text.to_owned());
    }
    spell(text).map_err(|fault| format!("host {}: {fault}", quoted(text)))
}

/// The host without its port, for a normalized one.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        Some(colon) if !host.ends_with(']') => host.get(..colon).unwrap_or(host),
        _ => host,
    }
}

fn spell(text: &str) -> Result<String, String> {
    let (authority, own_port) = authority(text)?;
    if authority.contains('@') {
        return Err("user information (`user@`) does not belong to a host: leave it out".into());
    }
    let (host, port) = split_port(authority)?;
    let mut spelled = if let Some(address) = host.strip_prefix('[') { address_of(address)? } else { name_of(host)? };
    if let Some(port) = port.map(port_of).transpose()?.filter(|port| !WEB_PORTS.contains(port) && Some(*port) != own_port) {
        spelled.push(':');
        spelled.push_str(&port.to_string());
    }
    if spelled.len() > HOST_BYTES_MAX {
        return Err(format!("{} bytes long: at most {HOST_BYTES_MAX} are allowed", spelled.len()));
    }
    Ok(spelled)
}
