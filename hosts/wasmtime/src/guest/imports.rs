//! The three imports of the contract. No others are linked.

use super::bindings::fuseboard::breaker::storage as wit;
use super::bindings::wasi::clocks::wall_clock::Datetime;
use super::host_state::HostState;
use fuseboard::time::Millis;
use fuseboard::{Clock, Entry, Lookup, Page, Revision, Store, StoreError, Swap};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, WasmStr};

const MS_PER_S: u64 = 1_000;
const NS_PER_MS: u64 = 1_000_000;

type Caller<'a> = StoreContextMut<'a, HostState>;
type ImportResult<T> = wasmtime::Result<(Result<T, wit::StorageError>,)>;

pub(super) fn link(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<HostState>> {
    let mut linker = Linker::new(engine);
    let mut clock = linker.instance("wasi:clocks/monotonic-clock@0.2.0")?;
    clock.func_wrap("now", |caller: Caller<'_>, (): ()| host_call(caller, |caller| Ok((caller.data().clock.mono().0,))))?;
    let mut clock = linker.instance("wasi:clocks/wall-clock@0.2.0")?;
    clock.func_wrap("now", |caller: Caller<'_>, (): ()| host_call(caller, |caller| Ok((datetime(caller.data().clock.wall().0),))))?;
    let mut storage = linker.instance("fuseboard:breaker/storage@0.1.0")?;
    storage.func_wrap("load", load)?;
    storage.func_wrap("compare-and-swap", compare_and_swap)?;
    storage.func_wrap("list-keys", list_keys)?;
    Ok(linker)
}

fn load(caller: Caller<'_>, (key, known, within_ms): (WasmStr, Option<u64>, u32)) -> ImportResult<wit::Lookup> {
    host_call(caller, |caller| {
        let key = key.to_str(&*caller)?;
        let loaded = caller.data().store.load(&key, known.map(Revision), millis(within_ms));
        Ok((loaded.map(Into::into).map_err(Into::into),))
    })
}

type SwapArguments = (WasmStr, Option<u64>, WasmStr, Option<u64>, u32);

fn compare_and_swap(caller: Caller<'_>, (key, expected, value, ttl_ms, within_ms): SwapArguments) -> ImportResult<wit::Swap> {
    host_call(caller, |caller| {
        let (key, value) = (key.to_str(&*caller)?, value.to_str(&*caller)?);
        let store = &caller.data().store;
        let swapped = store.compare_and_swap(&key, expected.map(Revision), &value, ttl_ms.map(Millis), millis(within_ms));
        Ok((swapped.map(Into::into).map_err(Into::into),))
    })
}

type ListArguments = (WasmStr, Option<WasmStr>, u32, u32);

fn list_keys(caller: Caller<'_>, (prefix, cursor, limit, within_ms): ListArguments) -> ImportResult<wit::PageResult> {
    host_call(caller, |caller| {
        let prefix = prefix.to_str(&*caller)?;
        let cursor = cursor.as_ref().map(|cursor| cursor.to_str(&*caller)).transpose()?;
        let listed = caller.data().store.list_keys(&prefix, cursor.as_deref(), limit, millis(within_ms));
        Ok((listed.map(Into::into).map_err(Into::into),))
    })
}

/// Counts a host call, and excludes its time from the guest's.
fn host_call<T>(mut caller: Caller<'_>, work: impl FnOnce(&mut Caller<'_>) -> wasmtime::Result<T>) -> wasmtime::Result<T> {
    let entered = caller.data_mut().enter().map_err(wasmtime::Error::new)?;
    let answer = work(&mut caller);
    if let Some(ticks) = caller.data_mut().leave(entered) {
        caller.set_epoch_deadline(ticks);
    }
    answer
}

fn datetime(ms: u64) -> Datetime {
    let nanoseconds = (ms % MS_PER_S) * NS_PER_MS;
    Datetime { seconds: ms / MS_PER_S, nanoseconds: u32::try_from(nanoseconds).unwrap_or(0) }
}

fn millis(ms: u32) -> Millis {
    Millis(u64::from(ms))
}

impl From<Entry> for wit::EntryResult {
    fn from(entry: Entry) -> wit::EntryResult {
        wit::EntryResult { revision: entry.revision.0, value: entry.value }
    }
}

impl From<Lookup> for wit::Lookup {
    fn from(lookup: Lookup) -> wit::Lookup {
        match lookup {
            Lookup::Missing => wit::Lookup::Missing,
            Lookup::Unchanged => wit::Lookup::Unchanged,
            Lookup::Found(entry) => wit::Lookup::Found(entry.into()),
        }
    }
}

impl From<Swap> for wit::Swap {
    fn from(swap: Swap) -> wit::Swap {
        match swap {
            Swap::Stored(revision) => wit::Swap::Stored(wit::Stored { revision: revision.0 }),
            Swap::Conflict(current) => wit::Swap::Conflict(wit::ConflictResult { current: current.map(Into::into) }),
        }
    }
}

impl From<Page> for wit::PageResult {
    fn from(page: Page) -> wit::PageResult {
        wit::PageResult { keys: page.keys, next: page.next }
    }
}

impl From<StoreError> for wit::StorageError {
    fn from(error: StoreError) -> wit::StorageError {
        match error {
            StoreError::Unavailable(why) => wit::StorageError::Unavailable(why),
            StoreError::Unknown(why) => wit::StorageError::Unknown(why),
            StoreError::Refused(why) => wit::StorageError::Refused(why),
        }
    }
}
