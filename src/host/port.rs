//! Splits a port off an authority.

use crate::quote::quoted;

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
