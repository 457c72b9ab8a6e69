//! What callers name: targets and scopes, as they come and in their one spelling.

use serde::{Deserialize, Serialize};

/// The circuit of targets without a role.
pub const DEFAULT_ROLE: &str = "default";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
