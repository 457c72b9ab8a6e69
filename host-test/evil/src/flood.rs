//! Asks its host without end, and answers without measure.

use crate::wit::exports::fuseboard::breaker::board::Scope;
use crate::wit::fuseboard::breaker::storage;
use crate::wit::wasi::clocks::monotonic_clock;
use crate::{dull, wit::exports::fuseboard::breaker::board::CircuitKind};

/// Items of an enormous answer, and bytes of the text in each: 48 MB in all, in a guest that may have 64.
const ITEMS: usize = 12_000;
const TEXT_BYTES: usize = 4_000;
/// And of the one that takes little room: 16 GB.
const ALIASES: usize = 16_000;
const ONE_TEXT_BYTES: usize = 1 << 20;

pub fn clock() -> ! {
    loop {
        monotonic_clock::now();
    }
}

/// Each time under another key, with the longest value that is allowed.
pub fn store() -> ! {
    let value = "7".repeat(65_536);
    for count in 0_u64.. {
        let _ = storage::compare_and_swap(&format!("n:flood{count}"), None, &value, None, 10);
    }
    unreachable!("numbers have no end that is ever reached")
}

pub fn listing() -> ! {
    loop {
        let _ = storage::list_keys("", None, u32::MAX, 10);
    }
}

pub fn scopes() -> Vec<Scope> {
    (0..ITEMS).map(|_| named("f".repeat(TEXT_BYTES))).collect()
}

/// The contract copies a text for each time that it is told. The copies are the host's.
pub fn aliases() -> Vec<Scope> {
    let text: &'static mut [u8] = Vec::leak(vec![b'x'; ONE_TEXT_BYTES]);
    let start = text.as_mut_ptr();
    (0..ALIASES)
        .map(|_| {
            // SAFETY: none. Freeing these would free one text many times, and this guest is told to do harm: within its own memory.
            named(unsafe { String::from_raw_parts(start, ONE_TEXT_BYTES, ONE_TEXT_BYTES) })
        })
        .collect()
}

fn named(name: String) -> Scope {
    Scope { kind: CircuitKind::Name, name, ..dull::scope() }
}
