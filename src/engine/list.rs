//! Lists the circuits that have a stored record, one page at a time.

use super::policy_cache::policy_of;
use super::query::{circuits_or_base, status};
use super::record_error::RecordError;
use super::request::Request;
use super::route_cache::CircuitHasher;
use super::store::Lookup;
use crate::machine::context::Context;
use crate::quote::quoted;
use crate::status::{Filter, Listing};
use crate::write_mark::WriteMark;
use crate::{Problem, ProblemCode, codec, key};

/// Records in one page of a listing at most.
pub(super) const LIST_MAX: u32 = 1_000;

/// Records that are loaded at once: at first, and at most. A later batch has at most as many as were read before it. These took at most
/// half of the budget, so a batch that takes as long for each record fits into the other half.
const BATCH_FIRST: usize = 10;
const BATCH_MAX: usize = 100;

/// Between the store's cursor and the last key that was read, in the cursor of a page that ended early. No key contains it.
const SEPARATOR: char = '\n';

impl Request {
    /// Lists one page. It ends early, with a cursor, when half of the budget is used: the store may work, but slowly.
    pub async fn list(&mut self, hasher: &CircuitHasher, filter: Filter, cursor: Option<&str>, limit: u32) -> Result<Listing, Problem> {
        let wanted = key::KINDS.into_iter().filter(|kind| filter.kind.is_none_or(|wanted| wanted == *kind));
        let prefixes: Vec<&'static str> = wanted.map(key::prefix).collect();
        let Position { place, inner, after } = position(&prefixes, cursor)?;
        let Some(prefix) = prefixes.get(place) else { return Ok(Listing::default()) };
        let page = self.list_keys(prefix, inner, limit.clamp(1, LIST_MAX)).await?;
        let next = match page.next {
            Some(inner) if inner.contains(SEPARATOR) => Some(format!("{prefix}{inner}{SEPARATOR}")),
            Some(inner) => Some(format!("{prefix}{inner}")),
            None => prefixes.get(place + 1).map(|prefix| (*prefix).to_owned()),
        };
        let mut listing = Listing { next, ..Listing::default() };
        let mut keys = page.keys;
        let mut is_unread = after.is_none_or(|after| keys.iter().all(|key| key != after));
        // A foreign key is not loaded. A host may reject its characters, and one such key must not fail the whole listing.
        keys.retain(|key| {
            if !is_unread {
                is_unread = Some(key.as_str()) == after;
                return false;
            }
            let is_own = key::scope_of(key).is_some();
            // A page that continues another one has the same foreign keys.
            if !is_own && after.is_none() {
                listing.unreadable.push(key.clone());
            }
            is_own
        });
        if let Some(last) = self.read_records(hasher, filter, &keys, &mut listing).await? {
            listing.next = Some(format!("{prefix}{}{SEPARATOR}{last}", inner.unwrap_or_default()));
        }
        Ok(listing)
    }

    /// Adds the circuits of these records to a listing, in batches. Returns the last key that was read, if it ended early.
    async fn read_records<'a>(
        &mut self,
        hasher: &CircuitHasher,
        filter: Filter,
        keys: &'a [String],
        listing: &mut Listing,
    ) -> Result<Option<&'a String>, RecordError> {
        let (mut unread, mut batch) = (keys, BATCH_FIRST);
        while !unread.is_empty() {
            let lookups = self.load_keys(unread.get(..batch).unwrap_or(unread).to_vec()).await?;
            let (read, rest) = unread.split_at_checked(lookups.len()).unwrap_or((unread, &[]));
            // A store that ended early is not asked for many more.
            batch = (keys.len() - rest.len()).min(2 * read.len()).min(BATCH_MAX);
            for (key, lookup) in read.iter().zip(lookups) {
                self.list_one(hasher, filter, key, lookup, listing);
            }
            unread = rest;
            if !unread.is_empty() && self.elapsed().0 > self.sharing().storage_budget.0 / 2 {
                return Ok(read.last());
            }
        }
        Ok(None)
    }

    /// Adds the circuits of one record to a listing. It bypasses the cache, so that a listing does not evict records that calls use.
    fn list_one(&mut self, hasher: &CircuitHasher, filter: Filter, key: &str, lookup: Lookup, listing: &mut Listing) {
        let (Some(scope), Lookup::Found(entry)) = (key::scope_of(key), lookup) else { return };
        let now = self.now();
        let Ok(record) = codec::decode(&entry.value, now, None) else {
            listing.unreadable.push(key.to_owned());
            return;
        };
        for scope in circuits_or_base(&scope, &record) {
            let circuit = hasher.circuit_ref(scope);
            let policy = policy_of(&self.state.config, &circuit.scope, &record);
            let context =
                Context { policy: &policy, circuit: &circuit.scope, seed: self.state.identity.seed, now, mark: WriteMark::local(0, 0) };
            let status = status(&context, &record, self.state.records.refused(&circuit));
            if filter.phase.is_none_or(|phase| phase == status.phase) {
                listing.circuits.push(status);
            }
        }
    }
}

/// Where a listing continues.
struct Position<'a> {
    /// The index of the prefix.
    place: usize,
    /// The store's own cursor.
    inner: Option<&'a str>,
    /// The key that was read last, if the page before ended early.
    after: Option<&'a str>,
}

fn position<'a>(prefixes: &[&str], cursor: Option<&'a str>) -> Result<Position<'a>, Problem> {
    let Some(cursor) = cursor else { return Ok(Position { place: 0, inner: None, after: None }) };
    let found = prefixes.iter().enumerate().find_map(|(place, prefix)| Some((place, cursor.strip_prefix(prefix)?)));
    let (place, inner) = found.ok_or_else(|| {
        Problem::new(
            ProblemCode::BadTarget,
            format!("{} is not a cursor of this listing: pass `next` on unchanged, with the same filter", quoted(cursor)),
        )
    })?;
    let (inner, after) = inner.rsplit_once(SEPARATOR).unwrap_or((inner, ""));
    let given = |text| Some(text).filter(|text: &&str| !text.is_empty());
    Ok(Position { place, inner: given(inner), after: given(after) })
}
