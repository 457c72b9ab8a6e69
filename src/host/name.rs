//! A name's one spelling: lower case, and letters of other scripts as UTS #46 maps them, non-transitional, in Punycode.

use crate::machine::policy::HOST_BYTES_MAX;
use crate::names::quoted;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

const LABEL_BYTES_MAX: usize = 63;

/// What a label of other letters begins with, once it is ASCII.
const PUNYCODE: &str = "xn--";

/// All ASCII that [`is_host_byte`] does not take.
const NOT_OF_HOSTS: AsciiDenyList = AsciiDenyList::new(true, "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~");

/// Whether nothing is to do: most hosts come as they are kept.
pub(super) fn is_normal(text: &str) -> bool {
    let is_label = |label: &str| (1..=LABEL_BYTES_MAX).contains(&label.len()) && !label.starts_with(PUNYCODE);
    text.len() <= HOST_BYTES_MAX
        && text.bytes().all(|byte| is_host_byte(byte) && !byte.is_ascii_uppercase())
        && text.split('.').all(is_label)
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

pub(super) fn name_of(text: &str) -> Result<String, String> {
    if let Some((at, byte)) = text.bytes().enumerate().find(|(_, byte)| byte.is_ascii() && !is_host_byte(*byte)) {
        let hint = if byte == b'/' { " (a path needs a scheme before it, as `https://`)" } else { "" };
        let found = quoted(text.get(at..=at).unwrap_or_default());
        return Err(format!("{found} at its byte {at}: only letters, digits, `-`, `_` and `.` are expected{hint}"));
    }
    let lower = text.to_ascii_lowercase();
    let ascii = if lower.is_ascii() && !lower.split('.').any(|label| label.starts_with(PUNYCODE)) { lower } else { mapped(&lower)? };
    let name = ascii.strip_suffix('.').unwrap_or(&ascii);
    if name.is_empty() {
        return Err("empty: a name such as `api.crossref.org` is expected".into());
    }
    match name.split('.').find(|label| !(1..=LABEL_BYTES_MAX).contains(&label.len())) {
        None => Ok(name.to_owned()),
        Some("") => Err("two dots with nothing between them, or a dot at its start".into()),
        Some(label) => Err(format!("a label of {} bytes: at most {LABEL_BYTES_MAX} are allowed between dots", label.len())),
    }
}

/// The ASCII form; labels that are in it already must be what it would give.
fn mapped(text: &str) -> Result<String, String> {
    // A letter has at most four bytes. Mapping takes time that grows with the square of a label.
    if text.len() > 4 * HOST_BYTES_MAX {
        return Err(format!("{} bytes long: at most {HOST_BYTES_MAX} are allowed, in ASCII", text.len()));
    }
    to_ascii(text).ok_or_else(|| {
        let label = text.split('.').find(|label| to_ascii(label).is_none());
        format!("{} is no label that IDNA (UTS #46) allows", quoted(label.unwrap_or(text)))
    })
}

/// Lengths are checked by the caller, who says which.
fn to_ascii(text: &str) -> Option<String> {
    Uts46::new().to_ascii(text.as_bytes(), NOT_OF_HOSTS, Hyphens::Allow, DnsLength::Ignore).ok().map(std::borrow::Cow::into_owned)
}
