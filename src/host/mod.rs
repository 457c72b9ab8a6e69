//! The one spelling of a host. A name that cannot be normalized is an error, never a silent key.
//!
//! ```
//! use fuseboard::normalize_host;
//! assert_eq!(normalize_host(" https://API.Crossref.org:443/works?rows=1 ").as_deref(), Ok("api.crossref.org"));
//! assert_eq!(normalize_host("[2001:DB8:0:0::1]:8080").as_deref(), Ok("[2001:db8::1]:8080"));
//! assert!(normalize_host("user@api.crossref.org").is_err());
//! ```

use crate::machine::policy::HOST_BYTES_MAX;
use crate::names::quoted;
use std::fmt::Write;
use std::net::Ipv6Addr;

const LABEL_BYTES_MAX: usize = 63;

/// These go whatever the scheme: `http://a.example:443` would otherwise become `a.example:443`, which read again is `a.example`.
const WEB_PORTS: [u16; 2] = [80, 443];

/// Brings a host name, `host:port` or URL into its one spelling. Normalizing twice changes nothing.
///
/// # Errors
/// Says what cannot be used, where, and what was expected.
pub fn normalize_host(raw: &str) -> Result<String, String> {
    let text = raw.trim_ascii();
    if is_normal(text) {
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

/// Whether nothing is to do: most hosts come as they are kept.
fn is_normal(text: &str) -> bool {
    text.len() <= HOST_BYTES_MAX
        && text.bytes().all(|byte| is_host_byte(byte) && !byte.is_ascii_uppercase())
        && text.split('.').all(|label| (1..=LABEL_BYTES_MAX).contains(&label.len()))
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
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

/// What stands between a URL's scheme and its path, and the scheme's own port. Without a scheme, the text as it is.
fn authority(text: &str) -> Result<(&str, Option<u16>), String> {
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
fn split_port(authority: &str) -> Result<(&str, Option<&str>), String> {
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

fn port_of(text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port > 0 => Ok(port),
        _ => Err(format!("port {}: a number from 1 to 65535 is expected", quoted(text))),
    }
}

fn address_of(text: &str) -> Result<String, String> {
    match text.parse::<Ipv6Addr>() {
        Ok(address) => Ok(format!("[{}]", spelled(address))),
        Err(_) => Err(format!("{} in brackets is no IPv6 address (one without a zone is expected)", quoted(text))),
    }
}

/// An address as RFC 5952 spells it: the first of the longest runs of zeros, if it is one of two or more, as `::`. Tests hold it
/// against its `Display`, which brings 2 KB for padding that nobody asks for.
fn spelled(address: Ipv6Addr) -> String {
    if let Some(address) = address.to_ipv4_mapped() {
        let [a, b, c, d] = address.octets();
        return format!("::ffff:{a}.{b}.{c}.{d}");
    }
    let segments = address.segments();
    let (mut run, mut longest) = (0..0, 0..0);
    for (place, segment) in segments.into_iter().enumerate() {
        run = if segment == 0 { run.start..place + 1 } else { place + 1..place + 1 };
        if run.len() > longest.len().max(1) {
            longest = run.clone();
        }
    }
    let mut text = String::new();
    for (place, segment) in segments.into_iter().enumerate() {
        if longest.contains(&place) {
            text.push_str(if place == longest.start { "::" } else { "" });
            continue;
        }
        if !text.is_empty() && !text.ends_with(':') {
            text.push(':');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{segment:x}");
    }
    text
}

fn name_of(text: &str) -> Result<String, String> {
    if !text.is_ascii() {
        return Err("not ASCII: IDNA comes later; write its xn-- form".into());
    }
    if let Some((at, byte)) = text.bytes().enumerate().find(|(_, byte)| !is_host_byte(*byte)) {
        let hint = if byte == b'/' { " (a path needs a scheme before it, as `https://`)" } else { "" };
        let found = quoted(text.get(at..=at).unwrap_or_default());
        return Err(format!("{found} at its byte {at}: only letters, digits, `-`, `_` and `.` are expected{hint}"));
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    if name.is_empty() {
        return Err("empty: a name such as `api.crossref.org` is expected".into());
    }
    match name.split('.').find(|label| !(1..=LABEL_BYTES_MAX).contains(&label.len())) {
        None => Ok(name),
        Some("") => Err("two dots with nothing between them, or a dot at its start".into()),
        Some(label) => Err(format!("a label of {} bytes: at most {LABEL_BYTES_MAX} are allowed between dots", label.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(raw: &str, expected: &str) {
        assert_eq!(normalize_host(raw).as_deref(), Ok(expected), "{raw:?}");
        assert_eq!(normalize_host(expected).as_deref(), Ok(expected), "again: {expected:?}");
    }

    #[track_caller]
    fn refuses(raw: &str, part: &str) {
        let fault = normalize_host(raw).expect_err(raw);
        assert!(fault.contains(part), "{raw:?} said {fault:?}");
    }

    #[test]
    fn a_normal_host_stays() {
        for host in ["api.crossref.org", "localhost", "_dmarc.a_b.example", "a-.example", "127.0.0.1", "xn--mnchen-3ya.example"] {
            becomes(host, host);
        }
    }

    #[test]
    fn blanks_trailing_dot_and_case_go() {
        becomes("\t API.Crossref.ORG. \n", "api.crossref.org");
        becomes("127.0.0.1.", "127.0.0.1");
    }

    #[test]
    fn a_url_gives_its_host() {
        becomes("https://api.crossref.org/works?q=a:b@c", "api.crossref.org");
        becomes("HTTPS://Api.Crossref.org", "api.crossref.org");
        becomes("http://h?x", "h");
        becomes("http://h#x", "h");
        becomes("ftp://h:21/x", "h");
        becomes("custom+x://h:21", "h:21");
    }

    #[test]
    fn well_known_ports_go_and_others_stay() {
        becomes("https://h:443/", "h");
        becomes("http://h:80/", "h");
        becomes("http://h:8080/", "h:8080");
        becomes("h:80", "h");
        becomes("h:443", "h");
        becomes("h:08081", "h:8081");
        becomes("h.:65535", "h:65535");
    }

    #[test]
    fn one_spelling_stays_one_when_read_again() {
        becomes("http://h:443", "h");
        becomes("https://h:80", "h");
    }

    #[test]
    fn an_address_is_spelled_as_its_display_does() {
        for bits in 0..=255_u32 {
            let segments: [u16; 8] =
                std::array::from_fn(|place| if bits >> place & 1 == 0 { 0 } else { 0xf0d + u16::try_from(place).expect("small") });
            let address = Ipv6Addr::from(segments);
            assert_eq!(spelled(address), address.to_string());
        }
        for address in ["::ffff:1.2.3.4", "::1.2.3.4", "1::", "::", "::1"] {
            let address: Ipv6Addr = address.parse().expect("an address");
            assert_eq!(spelled(address), address.to_string());
        }
    }

    #[test]
    fn ipv6_stands_in_brackets_in_its_canonical_spelling() {
        becomes("[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]");
        becomes("http://[::1]:8080/x", "[::1]:8080");
        becomes("[::1]:443", "[::1]");
        becomes("[::FFFF:1.2.3.4]", "[::ffff:1.2.3.4]");
        refuses("::1", "in brackets");
        refuses("[::1", "not closed");
        refuses("[::1]x", "`:port` is expected");
        refuses("[fe80::1%eth0]", "without a zone");
        refuses("[a.example]", "no IPv6 address");
    }

    #[test]
    fn what_is_no_host_is_refused_with_a_reason() {
        refuses("", "empty");
        refuses(" . ", "empty");
        refuses("https:///path", "empty");
        refuses("user@h", "user information");
        refuses("https://user:secret@h/", "user information");
        refuses("a b", "\" \" at its byte 1");
        refuses("h/path", "scheme");
        refuses("a..b", "two dots");
        refuses(".a", "a dot at its start");
        refuses("münchen.example", "xn--");
        refuses("h:", "1 to 65535");
        refuses("h:0", "1 to 65535");
        refuses("h:65536", "1 to 65535");
        refuses("h:+80", "1 to 65535");
        refuses("1a://h", "no scheme");
        refuses("a%2eb", "\"%\"");
    }

    #[test]
    fn lengths_are_bounded() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "b".repeat(61));
        assert_eq!(longest.len(), 253);
        becomes(&longest, &longest);
        refuses(&format!("{longest}c"), "254 bytes");
        refuses(&format!("{longest}:8080"), "258 bytes");
        refuses(&format!("{label}a.example"), "64 bytes");
    }

    #[test]
    fn odd_texts_are_refused_or_stay_as_they_were_spelled() {
        let parts =
            ["http://", "https://", "a", "B", ".", ":", "80", "443", "8080", "[", "]", "::1", "@", "/", "?", "é", "_", " ", "%", "\0"];
        // Park and Miller's generator: the same texts in every run.
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state * 48_271 % 2_147_483_647;
            usize::try_from(state).unwrap_or(0) % below
        };
        let mut spelled = 0;
        for _ in 0..20_000 {
            let text: String = (0..=next(6)).map(|_| parts[next(parts.len())]).collect();
            if let Ok(host) = normalize_host(&text) {
                becomes(&text, &host);
                spelled += 1;
            }
        }
        assert!(spelled > 1_000, "{spelled}");
    }

    #[test]
    fn the_port_comes_off() {
        assert_eq!(without_port("h:8080"), "h");
        assert_eq!(without_port("[::1]"), "[::1]");
        assert_eq!(without_port("[::1]:8080"), "[::1]");
    }
}
