//! The one spelling of an IPv6 address.

use crate::names::quoted;
use std::fmt::Write;
use std::net::Ipv6Addr;

pub(super) fn address_of(text: &str) -> Result<String, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
