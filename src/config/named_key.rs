//! The keys of maps whose keys are names: of hosts, of roles, and of names and resolvers.

use crate::host::{normalize_host, shown_host};
use crate::names::{DEFAULT_ROLE, check_name, normalize_role};
use crate::redact::redact_urls;
use std::borrow::Cow;

/// What the keys of a map name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedKey {
    /// A host, or a pattern such as `*.example.org`.
    Host,
    Role,
    /// A name or a resolver.
    Name,
}

impl NamedKey {
    /// Returns the canonical form of a key.
    ///
    /// # Errors
    /// If the key cannot be such a name.
    pub(super) fn normalize(self, key: &str) -> Result<String, String> {
        match self {
            NamedKey::Host => normalize_host_key(key),
            NamedKey::Role => normalize_role_key(key),
            NamedKey::Name => check_name(key).map(|()| key.to_owned()),
        }
    }

    /// Returns the part of a key that diagnostics may show. A key that is a URL may have a password.
    pub(super) fn shown(self, key: &str) -> Cow<'_, str> {
        match self {
            NamedKey::Host => Cow::Borrowed(shown_host(key)),
            NamedKey::Role | NamedKey::Name => redact_urls(key),
        }
    }
}

fn normalize_host_key(key: &str) -> Result<String, String> {
    let Some(domain) = key.trim_ascii().strip_prefix("*.") else {
        let wrong = "must have `*` at the start only, as `*.example.org`; settings for all hosts belong under `defaults`";
        return if shown_host(key).contains('*') { Err(wrong.into()) } else { normalize_host(key) };
    };
    if domain.contains([':', '/', '@', '?', '#', '\\']) {
        return Err("must have a plain domain after `*.`, without scheme, port or other parts of a URL".into());
    }
    normalize_host(domain).map(|domain| format!("*.{domain}"))
}

fn normalize_role_key(key: &str) -> Result<String, String> {
    match normalize_role(key) {
        Ok(role) if role == DEFAULT_ROLE => Err("the role `default` has no settings of its own: set them for the host".into()),
        role => role,
    }
}
