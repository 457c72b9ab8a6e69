//! Targets and scopes, which callers use to name circuits, and the rules for names and roles.

use crate::quote::quoted;
use crate::redact::is_url;
use serde::{Deserialize, Serialize};

/// Longest plain name, resolver name or role, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// Longest normalized host, in bytes, with its port.
pub const HOST_BYTES_MAX: usize = 253;

/// Role of the circuit that serves targets without a role.
pub const DEFAULT_ROLE: &str = "default";

/// Kind of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceKind {
    /// An HTTP host.
    Host,
    /// A service that is not an HTTP host, for example a database or a queue.
    Name,
}

/// The remote service that a call goes to.
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

/// Kind of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircuitKind {
    Host,
    Name,
    Resolver,
}

/// Name of a circuit. A host without a role names all circuits of that host and the host's own state, such as its cooldown.
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

    /// Whether `circuit` is this circuit, or belongs to this host.
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

/// Returns the canonical form of a role: trimmed, in ASCII lower case, with `meta` replaced by `metadata`.
///
/// ```
/// use fuseboard::normalize_role;
/// assert_eq!(normalize_role(" Meta ").as_deref(), Ok("metadata"));
/// ```
///
/// # Errors
/// If the trimmed role is empty, longer than 128 bytes, or a URL.
pub fn normalize_role(raw: &str) -> Result<String, String> {
    let role = raw.trim_ascii().to_ascii_lowercase();
    let role = if role == "meta" { "metadata".to_owned() } else { role };
    check_plain("role", &role)?;
    Ok(role)
}

/// Checks a plain name or a resolver's name. These names are case-sensitive and stay unchanged. A name must not be a URL, because names
/// are shown and stored, and a URL may have a password.
///
/// ```
/// use fuseboard::check_name;
/// assert_eq!(check_name("Orders DB"), Ok(()));
/// assert!(check_name("").is_err());
/// assert!(check_name("postgres://me:pass@db.example/orders").is_err());
/// ```
///
/// # Errors
/// If the name is empty, longer than 128 bytes, or a URL.
pub fn check_name(name: &str) -> Result<(), String> {
    check_plain("name", name)
}

fn check_plain(what: &str, text: &str) -> Result<(), String> {
    match text.len() {
        0 => Err(format!("the {what} is empty: it must have 1 to {NAME_BYTES_MAX} bytes")),
        1..=NAME_BYTES_MAX if is_url(text) => {
            Err(format!("{what} {}: must not be a URL, which may have a password: use a word such as `orders-db`", quoted(text)))
        }
        1..=NAME_BYTES_MAX => Ok(()),
        bytes => Err(format!("{what} {}: must have at most {NAME_BYTES_MAX} bytes, has {bytes}", quoted(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_trimmed_lower_cased_and_meta_becomes_metadata() {
        assert_eq!(normalize_role(" Artifact\n").as_deref(), Ok("artifact"));
        assert_eq!(normalize_role("META").as_deref(), Ok("metadata"));
        assert_eq!(normalize_role("metadata").as_deref(), Ok("metadata"));
    }

    #[test]
    fn role_length_is_1_to_128_bytes() {
        assert!(normalize_role("  ").is_err());
        assert!(normalize_role(&"r".repeat(128)).is_ok());
        assert!(normalize_role(&"r".repeat(129)).is_err());
    }

    #[test]
    fn url_is_no_name_and_no_role() {
        for url in ["redis://:SECRET@h/0", "//h/SECRET", "me:SECRET@tcp(h)", "h/v1?key=SECRET", "redis%3A%2F%2F:SECRET%40h"] {
            for error in [check_name(url).expect_err(url), normalize_role(url).expect_err(url)] {
                assert!(error.contains("must not be a URL") && !error.contains("SECRET"), "{error}");
            }
        }
        assert_eq!(check_name("celery@worker-1"), Ok(()));
    }

    #[test]
    fn name_length_is_1_to_128_bytes_and_spaces_are_kept() {
        assert!(check_name(" ").is_ok());
        assert!(check_name(&"é".repeat(64)).is_ok());
        assert!(check_name(&"é".repeat(65)).is_err());
        assert_eq!(check_name(""), Err("the name is empty: it must have 1 to 128 bytes".to_owned()));
    }
}
