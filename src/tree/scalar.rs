//! What a text without quotes is, by YAML 1.2's core schema.

use super::Content;
use crate::decimal;

/// `yes`, `no`, `on` and `off` are texts here: only a place where a boolean is expected understands them.
pub(crate) fn plain(text: &str) -> Content {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "true" | "True" | "TRUE" => Content::Flag(true),
        "false" | "False" | "FALSE" => Content::Flag(false),
        _ if decimal::is_number(text) || is_other_number(text) => Content::Number(text.to_owned()),
        _ => Content::Text(text.to_owned()),
    }
}

/// Octal, hexadecimal, infinite, or none: numbers, of which no setting takes any, and so they are told as such.
fn is_other_number(text: &str) -> bool {
    let based = |prefix, radix| {
        text.strip_prefix(prefix).is_some_and(|digits: &str| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix)))
    };
    let word = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(word, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") || based("0o", 8) || based("0x", 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_tells_what_a_plain_text_is() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Content::Null);
        }
        assert_eq!(["true", "True", "TRUE"].map(plain), [const { Content::Flag(true) }; 3]);
        assert_eq!(["false", "False", "FALSE"].map(plain), [const { Content::Flag(false) }; 3]);
        for text in ["0", "-1", "+12", "007", "0.5", ".5", "5.", "1e3", "-1.5E-3", "0o17", "0x1F", ".inf", "-.INF", "+.Inf", ".nan"] {
            assert_eq!(plain(text), Content::Number(text.into()), "{text}");
        }
        for text in
            ["nUll", "tRUE", "yes", "no", "on", "off", "1_000", "1:30", "5xx", "0b1", "0o8", "0xg", "0x", "-.nan", "-", ".", "e3", "é"]
        {
            assert_eq!(plain(text), Content::Text(text.into()), "{text}");
        }
    }
}
