//! Normalization of IPv6 addresses.

use crate::quote::quoted;
use std::fmt::Write;
use std::net::Ipv6Addr;

pub(super) fn normalize_address(text: &str) -> Result<String, String> {
    match text.parse::<Ipv6Addr>() {
        Ok(address) => Ok(format!("[{}]", canonical(address))),
        Err(_) => Err(format!("must have an IPv6 address without a zone in its brackets, has {}", quoted(text))),
    }
}

/// Formats an address as RFC 5952 says: `::` replaces the first of the longest runs of two or more zeros. The result equals the
/// address's `Display`, whose padding code would add 2 KB to the component.
fn canonical(address: Ipv6Addr) -> String {
    if let Some(address) = address.to_ipv4_mapped() {
        let [a, b, c, d] = address.octets();
        return format!("::ffff:{a}.{b}.{c}.{d}");
    }
    let segments = address.segments();
    let (mut run, mut longest) = (0..0, 0..0);
    for (index, segment) in segments.into_iter().enumerate() {
        run = if segment == 0 { run.start..index + 1 } else { index + 1..index + 1 };
        if run.len() > longest.len().max(1) {
            longest = run.clone();
        }
    }
    let mut text = String::new();
    for (index, segment) in segments.into_iter().enumerate() {
        if longest.contains(&index) {
            text.push_str(if index == longest.start { "::" } else { "" });
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
    fn canonical_form_equals_display() {
        for bits in 0..=255_u32 {
            let segments: [u16; 8] =
                std::array::from_fn(|index| if bits >> index & 1 == 0 { 0 } else { 0xf0d + u16::try_from(index).expect("small") });
            let address = Ipv6Addr::from(segments);
            assert_eq!(canonical(address), address.to_string());
        }
        for address in ["::ffff:1.2.3.4", "::1.2.3.4", "1::", "::", "::1"] {
            let address: Ipv6Addr = address.parse().expect("an address");
            assert_eq!(canonical(address), address.to_string());
        }
    }
}
