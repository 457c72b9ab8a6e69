//! The three imports of the contract, linked by hand: nothing else is granted.

use super::bindings::fuseboard::breaker::storage as wit;
use super::bindings::wasi::clocks::wall_clock::Datetime;
use super::lent::Lent;
use super::shield;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, WasmStr};

const MS_PER_S: u64 = 1_000;
const NS_PER_MS: u64 = 1_000_000;

type Caller<'a> = StoreContextMut<'a, Lent>;
type Answer<T> = wasmtime::Result<(Result<T, wit::StorageError>,)>;

pub(super) fn link(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Lent>> {
    let mut linker = Linker::new(engine);
    let mut clock = linker.instance("wasi:clocks/monotonic-clock@0.2.0")?;
    clock.func_wrap("now", |caller: Caller<'_>, (): ()| hosted(caller, |caller| Ok((caller.data_mut().mono().0,))))?;
    let mut clock = linker.instance("wasi:clocks/wall-clock@0.2.0")?;
    clock.func_wrap("now", |caller: Caller<'_>, (): ()| hosted(caller, |caller| Ok((datetime(caller.data_mut().wall().0),))))?;
    let mut storage = linker.instance("fuseboard:breaker/storage@0.1.0")?;
    storage.func_wrap("load", load)?;
    storage.func_wrap("compare-and-swap", compare_and_swap)?;
    storage.func_wrap("list-keys", list_keys)?;
    Ok(linker)
}

fn load(caller: Caller<'_>, (key, known, within_ms): (WasmStr, Option<u64>, u32)) -> Answer<wit::Lookup> {
    hosted(caller, |caller| {
        let key = key.to_str(&*caller)?;
        Ok((shield::load(&*caller.data().ports.store, &key, known, within_ms),))
    })
}

type Swapping = (WasmStr, Option<u64>, WasmStr, Option<u64>, u32);

fn compare_and_swap(caller: Caller<'_>, (key, expected, value, ttl_ms, within_ms): Swapping) -> Answer<wit::Swap> {
    hosted(caller, |caller| {
        let (key, value) = (key.to_str(&*caller)?, value.to_str(&*caller)?);
        Ok((shield::compare_and_swap(&*caller.data().ports.store, &key, expected, &value, ttl_ms, within_ms),))
    })
}

type Listing = (WasmStr, Option<WasmStr>, u32, u32);

fn list_keys(caller: Caller<'_>, (prefix, cursor, limit, within_ms): Listing) -> Answer<wit::Page> {
    hosted(caller, |caller| {
        let prefix = prefix.to_str(&*caller)?;
        let cursor = cursor.as_ref().map(|cursor| cursor.to_str(&*caller)).transpose()?;
        Ok((shield::list_keys(&*caller.data().ports.store, &prefix, cursor.as_deref(), limit, within_ms),))
    })
}

/// Counts the call, and leaves the time that the host took out of the guest's account.
fn hosted<T>(mut caller: Caller<'_>, work: impl FnOnce(&mut Caller<'_>) -> wasmtime::Result<T>) -> wasmtime::Result<T> {
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
