//! Normalization of host names: lower case, and non-ASCII letters in Punycode as UTS #46 (non-transitional) maps them.

use crate::names::HOST_BYTES_MAX;
use crate::quote::quoted;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

const LABEL_BYTES_MAX: usize = 63;

/// Prefix of a label in Punycode.
const PUNYCODE_PREFIX: &str = "xn--";

/// The ASCII characters that [`is_host_byte`] refuses.
const DENIED: AsciiDenyList = AsciiDenyList::new(true, "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~");

/// Whether a host name is normalized already. This check avoids an allocation for most hosts.
pub(super) fn is_normalized(text: &str) -> bool {
    let is_label = |label: &str| (1..=LABEL_BYTES_MAX).contains(&label.len()) && !label.starts_with(PUNYCODE_PREFIX);
    text.len() <= HOST_BYTES_MAX
        && text.bytes().all(|byte| is_host_byte(byte) && !byte.is_ascii_uppercase())
        && text.split('.').all(is_label)
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

pub(super) fn normalize_name(text: &str) -> Result<String, String> {
    if let Some((at, _)) = text.bytes().enumerate().find(|(_, byte)| byte.is_ascii() && !is_host_byte(*byte)) {
        let found = quoted(text.get(at..=at).unwrap_or_default());
        return Err(format!("must have only letters, digits, `-`, `_` and `.`, has {found} at byte {at}"));
    }
    let lower = text.to_ascii_lowercase();
    let ascii =
        if lower.is_ascii() && !lower.split('.').any(|label| label.starts_with(PUNYCODE_PREFIX)) { lower } else { punycode(&lower)? };
    let name = ascii.strip_suffix('.').unwrap_or(&ascii);
    if name.is_empty() {
        return Err("is empty: give a name such as `api.crossref.org`".into());
    }
    match name.split('.').find(|label| !(1..=LABEL_BYTES_MAX).contains(&label.len())) {
        None => Ok(name.to_owned()),
        Some("") => Err("must not start with a dot or have two dots in a row".into()),
        Some(label) => Err(format!("a label must have at most {LABEL_BYTES_MAX} bytes between dots, has {}", label.len())),
    }
}

/// Returns the ASCII form of a name. Labels that are in Punycode already are validated.
fn punycode(text: &str) -> Result<String, String> {
    // A letter has at most four bytes. The time for mapping is quadratic in the length of a label.
    if text.len() > 4 * HOST_BYTES_MAX {
        return Err(format!("must have at most {HOST_BYTES_MAX} bytes in ASCII, has {}", text.len()));
    }
    to_ascii(text).ok_or_else(|| {
        let label = text.split('.').find(|label| to_ascii(label).is_none());
        format!("must have labels that IDNA (UTS #46) allows, has {}", quoted(label.unwrap_or(text)))
    })
}

/// Returns the ASCII form of a name. The caller checks lengths, because its messages say more.
fn to_ascii(text: &str) -> Option<String> {
    Uts46::new().to_ascii(text.as_bytes(), DENIED, Hyphens::Allow, DnsLength::Ignore).ok().map(std::borrow::Cow::into_owned)
}
