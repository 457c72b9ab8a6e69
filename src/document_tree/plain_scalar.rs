//! The type of an unquoted scalar, by YAML 1.2's core schema. The schema reads an empty scalar as null; this module reads it as blank.

use super::node::Content;
use crate::thousandths;

/// Returns the value of an unquoted scalar. `yes`, `no`, `on` and `off` are texts: only a setting that takes a boolean accepts them.
pub(crate) fn content(text: &str) -> Content {
    match text {
        "" => Content::Blank,
        "~" | "null" | "Null" | "NULL" => Content::Null,
        "true" | "True" | "TRUE" => Content::Bool(true),
        "false" | "False" | "FALSE" => Content::Bool(false),
        _ if thousandths::is_number(text) || is_other_number(text) => Content::Number(text.to_owned()),
        _ => Content::Text(text.to_owned()),
    }
}

/// Whether a text is an octal, hexadecimal or infinite number, or NaN. No setting accepts one, and messages show it as a number.
fn is_other_number(text: &str) -> bool {
    let has_radix = |prefix, radix| {
        text.strip_prefix(prefix).is_some_and(|digits: &str| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix)))
    };
    let word = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(word, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") || has_radix("0o", 8) || has_radix("0x", 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_follows_the_core_schema() {
        assert_eq!(content(""), Content::Blank);
        for text in ["~", "null", "Null", "NULL"] {
            assert_eq!(content(text), Content::Null);
        }
        assert_eq!(["true", "True", "TRUE"].map(content), [const { Content::Bool(true) }; 3]);
        assert_eq!(["false", "False", "FALSE"].map(content), [const { Content::Bool(false) }; 3]);
        for text in ["0", "-1", "+12", "007", "0.5", ".5", "5.", "1e3", "-1.5E-3", "0o17", "0x1F", ".inf", "-.INF", "+.Inf", ".nan"] {
            assert_eq!(content(text), Content::Number(text.into()), "{text}");
        }
        for text in
            ["nUll", "tRUE", "yes", "no", "on", "off", "1_000", "1:30", "5xx", "0b1", "0o8", "0xg", "0x", "-.nan", "-", ".", "e3", "é"]
        {
            assert_eq!(content(text), Content::Text(text.into()), "{text}");
        }
    }
}
