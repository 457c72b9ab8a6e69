//! Text for messages: untrusted text is quoted, escaped and shortened, without the parts of URLs that may be secret.

use crate::redact::redact_value;

/// Returns a text in quotes, escaped, and shortened to 60 characters. Of a URL only the scheme and the authority are left.
pub(crate) fn quoted(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    let text = &redact_value(text);
    match text.char_indices().nth(CHARS_MAX).and_then(|(end, _)| text.get(..end)) {
        Some(start) => json_string(start) + "...",
        None => json_string(text),
    }
}

/// Joins texts with a separator. `[..].join(..)` would be compiled once per element type, at 1.2 KB each.
pub(crate) fn joined_by(separator: &str, texts: &[String]) -> String {
    let mut joined = String::new();
    for (index, text) in texts.iter().enumerate() {
        joined.push_str(if index == 0 { "" } else { separator });
        joined.push_str(text);
    }
    joined
}

/// Returns a text as a JSON string. `{:?}` would add 6 KB of Unicode tables to the component.
pub(crate) fn json_string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            // Control characters, and marks that change the direction of text.
            _ if letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                quoted.push_str("\\u");
                let digit = |shift: u32| char::from_digit(u32::from(letter) >> shift & 15, 16);
                quoted.extend([12, 8, 4, 0].into_iter().filter_map(digit));
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_in_json() {
        assert_eq!(quoted("a\n"), "\"a\\n\"");
        assert_eq!(json_string("\u{1b}\"\\\u{202e}é"), r#""\u001b\"\\\u202eé""#);
    }

    #[test]
    fn url_is_shortened_to_its_authority() {
        assert_eq!(quoted("https://me:SECRET@h/SECRET"), "\"https://h/...\"");
        assert_eq!(quoted("me@h"), "\"h\"");
    }

    #[test]
    fn long_text_is_shortened() {
        assert_eq!(quoted(&"é".repeat(61)).chars().count(), 60 + 2 + 3);
    }
}
