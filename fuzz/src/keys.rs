//! Makes keys of any two names. A key is short, its scope has the same name, and different names have different keys.

use fuseboard::{Scope, Target, key};

/// The longest key: of a name of 128 bytes that are all escaped.
const KEY_BYTES_MAX: usize = 1_024;

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.splitn(2, '\n');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let scopes = |name: &str, role: &str| [Scope::name(name), Scope::resolver(name), Scope::host(name), Scope::host(name).role(role)];
    for (a, b) in scopes(first, second).into_iter().zip(scopes(second, first)) {
        let (a, b) = (check_key(&a), check_key(&b));
        if let (Some(a), Some(b)) = (a, b) {
            assert_eq!(key::key(&a) == key::key(&b), (&a.kind, &a.name) == (&b.kind, &b.name), "{a:?} {b:?}");
        }
    }
    let _ = key::route(&Target::host(first).role(second).resolver(first));
    let _ = key::scope_of(&text);
}

/// Checks the key of a scope. Returns the canonical scope; `None` if it is not accepted.
fn check_key(scope: &Scope) -> Option<Scope> {
    let canonical = key::canonical(scope).ok()?;
    assert_eq!(key::canonical(&canonical).ok().as_ref(), Some(&canonical), "canonical twice");
    let key = key::key(&canonical);
    assert!(key.is_ascii() && key.len() <= KEY_BYTES_MAX, "{key}");
    let parsed = key::scope_of(&key).unwrap_or_else(|| panic!("{key} has no scope"));
    assert_eq!((parsed.kind, &parsed.name), (canonical.kind, &canonical.name));
    Some(canonical)
}
