//! Maps names to circuits and storage keys. The mapping is injective: two names never share a key, and a name has only one key.
//!
//! ```
//! use fuseboard::{Scope, Target, key};
//! let route = key::route(&Target::host("https://API.crossref.org/works").role("meta").resolver("wayback")).unwrap();
//! assert_eq!(route.circuit, Scope::host("api.crossref.org").role("metadata"));
//! assert_eq!(route.resolver, Some(Scope::resolver("wayback")));
//! assert_eq!(key::key(&route.circuit), "h:api.crossref.org");
//! assert_eq!(key::scope_of("n:orders%20db"), Some(Scope::name("orders db")));
//! ```

use crate::host::normalize_host;
use crate::names::{CircuitKind, DEFAULT_ROLE, Scope, ServiceKind, Target, check_name, normalize_role};
use crate::problem::{Problem, ProblemCode};

/// Longest storage key, in bytes: at most three for each byte of a name, and the prefix of its kind.
pub const KEY_BYTES_MAX: usize = 512;

/// All kinds of circuits, in the order that `list` returns them.
pub(crate) const KINDS: [CircuitKind; 3] = [CircuitKind::Host, CircuitKind::Name, CircuitKind::Resolver];

/// The canonical scopes of the circuits that a call passes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The circuit of the host or name. The scope of a host always has a role.
    pub circuit: Scope,
    /// The circuit of the resolver, if the target has one.
    pub resolver: Option<Scope>,
}

/// Returns the circuits of a target.
///
/// # Errors
/// `bad-target` if a name is invalid, or a plain name has a role.
pub fn route(target: &Target) -> Result<Route, Problem> {
    let circuit = match target.kind {
        ServiceKind::Host => host_scope(&target.name, Some(target.role.as_deref().unwrap_or(DEFAULT_ROLE)))?,
        ServiceKind::Name => plain_scope(CircuitKind::Name, &target.name, target.role.as_deref())?,
    };
    let resolver = target.resolver.as_deref().map(|name| plain_scope(CircuitKind::Resolver, name, None)).transpose()?;
    Ok(Route { circuit, resolver })
}

/// Returns the canonical form of a scope. A host without a role stays without one, and means the whole host.
///
/// # Errors
/// `bad-target` if a name is invalid, or a name or a resolver has a role.
pub fn canonical(scope: &Scope) -> Result<Scope, Problem> {
    match scope.kind {
        CircuitKind::Host => host_scope(&scope.name, scope.role.as_deref()),
        kind => plain_scope(kind, &scope.name, scope.role.as_deref()),
    }
}

fn host_scope(raw: &str, role: Option<&str>) -> Result<Scope, Problem> {
    let name = normalize_host(raw).map_err(bad_target)?;
    let role = role.map(normalize_role).transpose().map_err(bad_target)?;
    Ok(Scope { kind: CircuitKind::Host, name, role })
}

fn plain_scope(kind: CircuitKind, name: &str, role: Option<&str>) -> Result<Scope, Problem> {
    let what = if kind == CircuitKind::Resolver { "resolver" } else { "plain name" };
    if role.is_some() {
        return Err(bad_target(format!("a {what} must not have a role: only hosts have roles")));
    }
    check_name(name).map_err(|error| bad_target(format!("{what}: {error}")))?;
    Ok(Scope { kind, name: name.to_owned(), role: None })
}

fn bad_target(detail: String) -> Problem {
    Problem::new(ProblemCode::BadTarget, detail)
}

/// Returns the storage key of a canonical scope. All roles of a host share one record, so the key does not contain the role.
#[must_use]
pub fn key(scope: &Scope) -> String {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |value: u8| HEX.get(usize::from(value & 15)).copied().unwrap_or('0');
    let mut key = String::with_capacity(scope.name.len() + 8);
    key.push_str(prefix(scope.kind));
    for byte in scope.name.bytes() {
        if is_plain(byte) {
            key.push(char::from(byte));
        } else {
            key.extend(['%', digit(byte >> 4), digit(byte)]);
        }
    }
    key
}

/// Returns the scope of a storage key, or `None` if [`key`] never returns that text.
#[must_use]
pub fn scope_of(text: &str) -> Option<Scope> {
    let (kind, encoded) = KINDS.into_iter().find_map(|kind| Some((kind, text.strip_prefix(prefix(kind))?)))?;
    if text.len() > KEY_BYTES_MAX {
        return None;
    }
    let scope = Scope { kind, name: decode(encoded)?, role: None };
    // Refuses other encodings of a name, such as `%61` for `a`.
    (canonical(&scope).ok()? == scope && key(&scope) == text).then_some(scope)
}

fn decode(encoded: &str) -> Option<String> {
    let mut bytes = encoded.bytes();
    let mut name = Vec::with_capacity(encoded.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            name.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        name.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(name).ok()
}

/// Returns the prefix of all keys of a kind.
pub(crate) fn prefix(kind: CircuitKind) -> &'static str {
    match kind {
        CircuitKind::Host => "h:",
        CircuitKind::Name => "n:",
        CircuitKind::Resolver => "r:",
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(result: Result<Route, Problem>) -> ProblemCode {
        result.expect_err("an invalid target").code
    }

    #[test]
    fn host_circuit_always_has_a_role() {
        let circuit = |target: Target| route(&target).expect("a route").circuit;
        assert_eq!(circuit(Target::host("H.example.")), Scope::host("h.example").role("default"));
        assert_eq!(circuit(Target::host("h").role("default")), Scope::host("h").role("default"));
        assert_eq!(circuit(Target::host("h").role("META")), Scope::host("h").role("metadata"));
        assert_eq!(circuit(Target::name("Orders DB")), Scope::name("Orders DB"));
    }

    #[test]
    fn invalid_names_and_roles_are_bad_targets() {
        assert_eq!(code(route(&Target::name("db").role("metadata"))), ProblemCode::BadTarget);
        assert_eq!(code(route(&Target::name(""))), ProblemCode::BadTarget);
        assert_eq!(code(route(&Target::host("a b"))), ProblemCode::BadTarget);
        assert_eq!(code(route(&Target::host("a").role(" "))), ProblemCode::BadTarget);
        assert_eq!(code(route(&Target::host("a").resolver("r".repeat(129)))), ProblemCode::BadTarget);
        assert!(canonical(&Scope::resolver("r").role("metadata")).is_err());
    }

    #[test]
    fn canonical_host_without_a_role_stays_the_whole_host() {
        assert_eq!(canonical(&Scope::host("H:443")).expect("a scope"), Scope::host("h"));
        assert_eq!(canonical(&Scope::host("h").role("Meta")).expect("a scope"), Scope::host("h").role("metadata"));
    }

    #[test]
    fn scope_of_inverts_key() {
        let names = ["a", "A", "a%20b", "a b", "ä/../:", "\u{0}\n", "~-._", "h:a", "%", "😀"];
        let scopes = names.iter().flat_map(|name| [Scope::name(*name), Scope::resolver(*name)]);
        let hosts = ["a.example", "a.example:8080", "[2001:db8::1]:8080", "_a"].map(Scope::host);
        for scope in scopes.chain(hosts) {
            assert_eq!(scope_of(&key(&scope)), Some(scope));
        }
    }

    #[test]
    fn key_is_percent_encoded_and_has_no_role() {
        assert_eq!(key(&Scope::host("[::1]:8080").role("metadata")), "h:%5B%3A%3A1%5D%3A8080");
        assert_eq!(key(&Scope::resolver("ä/")), "r:%C3%A4%2F");
    }

    #[test]
    fn longest_names_fit_into_key_bytes_max() {
        assert!(key(&Scope::name("\u{1}".repeat(128))).len() < KEY_BYTES_MAX);
        assert!(key(&Scope::host(format!("{}:65535", "a".repeat(247)))).len() < KEY_BYTES_MAX);
    }

    #[test]
    fn other_texts_are_not_keys() {
        for text in ["", "h:", "x:a", "n:%61", "n:%c3%a4", "n:%C3", "n:%4", "n:%", "n:a b", "h:A.example", "h:a.example.", "n:%+1"] {
            assert_eq!(scope_of(text), None, "{text:?}");
        }
        assert_eq!(scope_of(&format!("n:{}", "a".repeat(600))), None);
    }
}
