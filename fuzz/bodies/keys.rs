//! Any name: its key is short and leads back to it, and two names have two keys.

use fuseboard::{Scope, Target, key};

/// Longest key of a name of 128 bytes, each of which is escaped.
const KEY_BYTES_MAX: usize = 1_024;

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.splitn(2, '\n');
    let (one, two) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let scopes = |name: &str, role: &str| [Scope::name(name), Scope::resolver(name), Scope::host(name), Scope::host(name).role(role)];
    for (a, b) in scopes(one, two).into_iter().zip(scopes(two, one)) {
        let (a, b) = (checked(&a), checked(&b));
        if let (Some(a), Some(b)) = (a, b) {
            assert_eq!(key::key(&a) == key::key(&b), (&a.kind, &a.name) == (&b.kind, &b.name), "{a:?} {b:?}");
        }
    }
    let _ = key::route(&Target::host(one).role(two).resolver(one));
    let _ = key::scope_of(&text);
}

fn checked(scope: &Scope) -> Option<Scope> {
    let canonical = key::canonical(scope).ok()?;
    assert_eq!(key::canonical(&canonical).ok().as_ref(), Some(&canonical), "canonical twice");
    let key = key::key(&canonical);
    assert!(key.is_ascii() && key.len() <= KEY_BYTES_MAX, "{key}");
    let back = key::scope_of(&key).unwrap_or_else(|| panic!("{key} leads back to no scope"));
    assert_eq!((back.kind, &back.name), (canonical.kind, &canonical.name));
    Some(canonical)
}
