//! A URL, or `host:port`, to its parts.

use crate::names::quoted;

/// What stands between a URL's scheme and its path, and the scheme's own port. Without a scheme, the text as it is.
pub(super) fn authority(text: &str) -> Result<(&str, Option<u16>), String> {
    let parts = text.split_once(':').and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?)));
    let Some((scheme, rest)) = parts else { return Ok((text, None)) };
    let starts_well = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    if !starts_well || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
        return Err(format!("{} before `://` is no scheme: `https`, for example, is expected", quoted(scheme)));
    }
    let own_port = match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    };
    Ok((rest.split(['/', '?', '#']).next().unwrap_or(rest), own_port))
}

/// The host, with the bracket of an IPv6 address still open at its left, and the port's text.
pub(super) fn split_port(authority: &str) -> Result<(&str, Option<&str>), String> {
    if authority.starts_with('[') {
        let (address, after) = authority.split_once(']').ok_or("the bracket `[` is not closed: `[2001:db8::1]` is expected")?;
        return match after.strip_prefix(':') {
            None if after.is_empty() => Ok((address, None)),
            None => Err(format!("{} after `]`: nothing or `:port` is expected", quoted(after))),
            port => Ok((address, port)),
        };
    }
    match authority.split_once(':') {
        Some((_, more)) if more.contains(':') => Err("more than one `:`: an IPv6 address stands in brackets, as `[2001:db8::1]`".into()),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((authority, None)),
    }
}

pub(super) fn port_of(text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port > 0 => Ok(port),
        _ => Err(format!("port {}: a number from 1 to 65535 is expected", quoted(text))),
    }
}
