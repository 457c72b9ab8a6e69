//! What callers name: targets and scopes, as they come and in their one spelling.

use crate::machine::policy::NAME_BYTES_MAX;
use serde::{Deserialize, Serialize};

/// The circuit of targets without a role.
pub const DEFAULT_ROLE: &str = "default";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceKind {
    Host,
    Name,
}

/// What a call is aimed at.
///
/// ```
/// use fuseboard::Target;
/// let target = Target::host("api.crossref.org").role("metadata").resolver("crossref");
/// assert_eq!(target.role.as_deref(), Some("metadata"));
/// assert_eq!(Target::name("orders-db").role, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub kind: ServiceKind,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<String>,
}

impl Target {
    pub fn host(host: impl Into<String>) -> Target {
        Target { kind: ServiceKind::Host, name: host.into(), role: None, resolver: None }
    }

    pub fn name(name: impl Into<String>) -> Target {
        Target { kind: ServiceKind::Name, name: name.into(), role: None, resolver: None }
    }

    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Target {
        self.role = Some(role.into());
        self
    }

    #[must_use]
    pub fn resolver(mut self, resolver: impl Into<String>) -> Target {
        self.resolver = Some(resolver.into());
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircuitKind {
    Host,
    Name,
    Resolver,
}

/// One circuit; or, for a host without a role, all circuits of that host and what belongs to the host itself.
///
/// ```
/// use fuseboard::Scope;
/// assert_eq!(Scope::host("a.example").role("meta").to_string(), "host a.example/meta");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    pub kind: CircuitKind,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

impl Scope {
    pub fn host(host: impl Into<String>) -> Scope {
        Scope { kind: CircuitKind::Host, name: host.into(), role: None }
    }

    pub fn name(name: impl Into<String>) -> Scope {
        Scope { kind: CircuitKind::Name, name: name.into(), role: None }
    }

    pub fn resolver(name: impl Into<String>) -> Scope {
        Scope { kind: CircuitKind::Resolver, name: name.into(), role: None }
    }

    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Scope {
        self.role = Some(role.into());
        self
    }

    /// Whether a change of `self` concerns `circuit`: the same circuit, or the host it belongs to.
    #[must_use]
    pub fn covers(&self, circuit: &Scope) -> bool {
        self.kind == circuit.kind && self.name == circuit.name && (self.role.is_none() || self.role == circuit.role)
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            CircuitKind::Host => "host",
            CircuitKind::Name => "name",
            CircuitKind::Resolver => "resolver",
        };
        write!(f, "{kind} {}", self.name)?;
        self.role.as_ref().map_or(Ok(()), |role| write!(f, "/{role}"))
    }
}

/// The one spelling of a role: trimmed, ASCII letters in lower case, `meta` written out.
///
/// ```
/// use fuseboard::normalize_role;
/// assert_eq!(normalize_role(" Meta ").as_deref(), Ok("metadata"));
/// ```
///
/// # Errors
/// When nothing is left of it, or too much.
pub fn normalize_role(raw: &str) -> Result<String, String> {
    let role = raw.trim_ascii().to_ascii_lowercase();
    let role = if role == "meta" { "metadata".to_owned() } else { role };
    check_length("role", &role)?;
    Ok(role)
}

/// Checks a plain name or a resolver's: it is kept as it is.
///
/// ```
/// use fuseboard::check_name;
/// assert_eq!(check_name("Orders DB"), Ok(()));
/// assert!(check_name("").is_err());
/// ```
///
/// # Errors
/// When it is empty or too long.
pub fn check_name(name: &str) -> Result<(), String> {
    check_length("name", name)
}

fn check_length(what: &str, text: &str) -> Result<(), String> {
    match text.len() {
        0 => Err(format!("an empty {what}: 1 to {NAME_BYTES_MAX} bytes are expected")),
        1..=NAME_BYTES_MAX => Ok(()),
        bytes => Err(format!("{what} {}: {bytes} bytes long, at most {NAME_BYTES_MAX} are allowed", quoted(text))),
    }
}

/// A stranger's text as a message shows it: in quotes, escaped, and cut to a readable length.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN_CHARS: usize = 60;
    match text.char_indices().nth(SHOWN_CHARS).and_then(|(end, _)| text.get(..end)) {
        Some(start) => in_quotes(start) + "...",
        None => in_quotes(text),
    }
}

/// One text of many. `[..].join(..)` would be compiled once for each kind of text, in 1.2 KB.
pub(crate) fn joined_by(between: &str, texts: &[String]) -> String {
    let mut joined = String::new();
    for (place, text) in texts.iter().enumerate() {
        joined.push_str(if place == 0 { "" } else { between });
        joined.push_str(text);
    }
    joined
}

/// As JSON writes a text. `{:?}` would bring 6 KB of Unicode tables into the component, to tell what cannot be printed.
pub(crate) fn in_quotes(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            // Controls, and marks that turn the direction of the text around them.
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
    fn roles_are_trimmed_and_lower_case_and_meta_is_metadata() {
        assert_eq!(normalize_role(" Artifact\n").as_deref(), Ok("artifact"));
        assert_eq!(normalize_role("META").as_deref(), Ok("metadata"));
        assert_eq!(normalize_role("metadata").as_deref(), Ok("metadata"));
    }

    #[test]
    fn a_role_has_1_to_128_bytes() {
        assert!(normalize_role("  ").is_err());
        assert!(normalize_role(&"r".repeat(128)).is_ok());
        assert!(normalize_role(&"r".repeat(129)).is_err());
    }

    #[test]
    fn a_name_has_1_to_128_bytes_and_stays() {
        assert!(check_name(" ").is_ok());
        assert!(check_name(&"é".repeat(64)).is_ok());
        assert!(check_name(&"é".repeat(65)).is_err());
        assert_eq!(check_name(""), Err("an empty name: 1 to 128 bytes are expected".to_owned()));
    }

    #[test]
    fn long_texts_are_cut_in_messages() {
        assert_eq!(quoted("a\n"), "\"a\\n\"");
        assert_eq!(in_quotes("\u{1b}\"\\\u{202e}é"), r#""\u001b\"\\\u202eé""#);
        assert_eq!(quoted(&"é".repeat(61)).chars().count(), 60 + 2 + 3);
    }
}
