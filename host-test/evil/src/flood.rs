//! Calls imports without end, and returns huge answers.

use crate::wit::exports::fuseboard::breaker::board::{CircuitKind, Scope};
use crate::wit::fuseboard::breaker::storage;
use crate::wit::wasi::clocks::monotonic_clock;

/// Items of a huge answer, and bytes of the text in each: 48 MB in a guest that may have 64 MB.
const ITEMS: usize = 12_000;
const TEXT_BYTES: usize = 4_000;
/// Items of a huge answer that all share one text: 16 GB once copied, little memory in the guest.
const ALIASES: usize = 16_000;
const SHARED_TEXT_BYTES: usize = 1 << 20;

pub fn clock() -> ! {
    loop {
        monotonic_clock::now();
    }
}

/// Uses a new key each time, with the longest value allowed.
pub fn store() -> ! {
    let value = "7".repeat(65_536);
    for count in 0_u64.. {
        let _ = storage::compare_and_swap(&format!("n:flood{count}"), None, &value, None, 10);
    }
    unreachable!("the loop counts to 2^64")
}

pub fn listing() -> ! {
    loop {
        let _ = storage::list_keys("", None, u32::MAX, 10);
    }
}

pub fn scopes() -> Vec<Scope> {
    (0..ITEMS).map(|_| named("f".repeat(TEXT_BYTES))).collect()
}

/// The host copies the text once for each item.
pub fn aliases() -> Vec<Scope> {
    let text: &'static mut [u8] = Vec::leak(vec![b'x'; SHARED_TEXT_BYTES]);
    let start = text.as_mut_ptr();
    (0..ALIASES)
        .map(|_| {
            // SAFETY: unsound on purpose: freeing these would free one text many times. The damage stays in this guest's memory.
            named(unsafe { String::from_raw_parts(start, SHARED_TEXT_BYTES, SHARED_TEXT_BYTES) })
        })
        .collect()
}

fn named(name: String) -> Scope {
    Scope { kind: CircuitKind::Name, name, role: None }
}
