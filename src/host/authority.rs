//! Splits a URL, or a `host:port`, into its parts.

use crate::quote::quoted;

/// Returns a URL's authority and its scheme's default port. A text without a scheme is returned as it is.
pub(super) fn split_url(text: &str) -> Result<(&str, Option<u16>), String> {
    let parts = text.split_once(':').and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?)));
    let Some((scheme, rest)) = parts else { return Ok((text, None)) };
    let starts_with_letter = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    if !starts_with_letter || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
        return Err(format!("must have a scheme such as `https` before `://`, has {}", quoted(scheme)));
    }
    let default_port = match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    };
    Ok((rest.split(['/', '?', '#']).next().unwrap_or(rest), default_port))
}

/// Splits an authority into host and port. An IPv6 address keeps its opening bracket, but not its closing one.
pub(super) fn split_port(authority: &str) -> Result<(&str, Option<&str>), String> {
    if authority.starts_with('[') {
        let (address, after) = authority.split_once(']').ok_or("has no `]` after `[`: write an IPv6 address as `[2001:db8::1]`")?;
        return match after.strip_prefix(':') {
            None if after.is_empty() => Ok((address, None)),
            None => Err(format!("must have `:port` or nothing after `]`, has {}", quoted(after))),
            port => Ok((address, port)),
        };
    }
    match authority.split_once(':') {
        Some((_, more)) if more.contains(':') => {
            Err("must have at most one `:`: write an IPv6 address in brackets, as `[2001:db8::1]`".into())
        }
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((authority, None)),
    }
}

pub(super) fn parse_port(text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port > 0 => Ok(port),
        _ => Err(format!("port must be between 1 and 65535, is {}", quoted(text))),
    }
}
