use super::expiry::{PAST_TTL, TTL};
use super::operations::{WITHIN, stored};
use super::violation::{Checked, Violation, expect};
use fuseboard::time::Millis;
use fuseboard::{Page, Store};
use std::collections::BTreeSet;

const PAGES_MAX: u32 = 1_000;

pub(super) fn check(store: &dyn Store, pass: &dyn Fn(Millis)) -> Checked {
    listing_returns_every_key(store)?;
    a_prefix_is_no_pattern(store)?;
    an_expired_key_is_not_listed(store, pass)
}

fn listing_returns_every_key(store: &dyn Store) -> Checked {
    let prefix = "contract:list:";
    let expected: BTreeSet<String> = (0..25).map(|n| format!("{prefix}{n}%25_.")).collect();
    for key in &expected {
        stored(store, key, None, "v", None)?;
    }
    stored(store, "contract:lisu", None, "v", None)?;
    for limit in [1, 7, 1_000] {
        let listed = all_keys(store, prefix, limit, |_| Ok(()))?;
        expect("a listing returns every key with the prefix, and no other", &listed, listed == expected)?;
    }
    let listed = all_keys(store, "", 1_000, |_| Ok(()))?;
    expect("a listing without a prefix returns every key", &listed, listed.is_superset(&expected) && listed.contains("contract:lisu"))?;
    let listed = all_keys(store, prefix, 7, |page| stored(store, &format!("contract:list:5.{page}"), None, "v", None).map(drop))?;
    expect("a key that stays is listed, whatever else is written meanwhile", &listed, listed.is_superset(&expected))
}

/// A store may have to escape what its own patterns give a meaning to.
fn a_prefix_is_no_pattern(store: &dyn Store) -> Checked {
    for key in ["contract:case:a", "contract:CASE:a", "contract:cas%:a", "contract:cas_:a", "contract:cas.:a"] {
        stored(store, key, None, "v", None)?;
    }
    for prefix in ["contract:case:", "contract:CASE:", "contract:cas%:", "contract:cas_:", "contract:cas.:"] {
        let listed = all_keys(store, prefix, 1_000, |_| Ok(()))?;
        expect("a prefix is compared byte by byte", &(prefix, &listed), listed == BTreeSet::from([format!("{prefix}a")]))?;
    }
    let listed = all_keys(store, "contract:no-such-key", 1_000, |_| Ok(()))?;
    expect("a prefix without keys lists nothing", &listed, listed.is_empty())
}

fn an_expired_key_is_not_listed(store: &dyn Store, pass: &dyn Fn(Millis)) -> Checked {
    let prefix = "contract:expiring:";
    for n in 0..10 {
        stored(store, &format!("{prefix}{n}"), None, "v", Some(TTL))?;
    }
    stored(store, &format!("{prefix}stays"), None, "v", None)?;
    pass(PAST_TTL);
    let listed = all_keys(store, prefix, 3, |_| Ok(()))?;
    expect("an expired key is not listed", &listed, listed == BTreeSet::from([format!("{prefix}stays")]))
}

/// Reads all pages. `between` runs after each, with its number.
fn all_keys(store: &dyn Store, prefix: &str, limit: u32, between: impl Fn(u32) -> Checked) -> Result<BTreeSet<String>, Violation> {
    let mut listed = BTreeSet::new();
    let mut cursor: Option<String> = None;
    for number in 0..PAGES_MAX {
        let page = store.list_keys(prefix, cursor.as_deref(), limit, WITHIN);
        let Page { keys, next } = page.map_err(|error| Violation::new("keys can be listed", &error))?;
        expect("a page has no more keys than its limit", &keys, keys.len() <= usize::try_from(limit).unwrap_or(usize::MAX))?;
        listed.extend(keys);
        cursor = next;
        if cursor.is_none() {
            return Ok(listed);
        }
        between(number)?;
    }
    Err(Violation::new("a listing ends", &cursor))
}
