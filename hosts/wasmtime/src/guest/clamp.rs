//! Bounds on what the engine says. A sound engine never meets one; a wrong or an evil one cannot make its host wait for years,
//! admit without asking for hours, or keep megabytes of text.

const RETRY_AFTER_MS_MAX: u64 = 30 * 24 * 3_600 * 1_000;
const LEASE_MS_MAX: u32 = 10_000;
const LEASE_CALLS_MAX: u32 = 100_000;
const EVENTS_MAX: usize = 64;
const STRING_BYTES_MAX: usize = 4 << 10;
/// A stored patch, or a value that an explanation shows.
const DOCUMENT_BYTES_MAX: usize = 64 << 10;
const LIST_ITEMS_MAX: usize = 1_024;
/// A record has a circuit for each of 16 roles, and a page at most 1,000 records.
const CIRCUITS_MAX: usize = 32_000;

pub(super) fn wait_ms(ms: u64) -> u64 {
    ms.min(RETRY_AFTER_MS_MAX)
}

pub(super) fn lease_ms(ms: u32) -> u32 {
    ms.min(LEASE_MS_MAX)
}

pub(super) fn lease_calls(calls: u32) -> u32 {
    calls.min(LEASE_CALLS_MAX)
}

pub(super) fn text(text: String) -> String {
    cut(text, STRING_BYTES_MAX)
}

pub(super) fn document(text: String) -> String {
    cut(text, DOCUMENT_BYTES_MAX)
}

pub(super) fn events<T, U>(events: Vec<T>, ours: impl FnMut(T) -> U) -> Vec<U> {
    events.into_iter().take(EVENTS_MAX).map(ours).collect()
}

pub(super) fn circuits<T, U>(circuits: Vec<T>, ours: impl FnMut(T) -> U) -> Vec<U> {
    circuits.into_iter().take(CIRCUITS_MAX).map(ours).collect()
}

pub(super) fn list<T, U>(items: Vec<T>, ours: impl FnMut(T) -> U) -> Vec<U> {
    items.into_iter().take(LIST_ITEMS_MAX).map(ours).collect()
}

/// Cuts at a character's start.
fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
        text.shrink_to_fit();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        let long = format!("a{}", "ü".repeat(4_000));
        assert_eq!(text(long.clone()).len(), 4_095);
        assert_eq!(document(long.clone()), long);
        assert_eq!(text("short".to_owned()), "short");
    }

    #[test]
    fn numbers_and_lists_have_ends() {
        assert_eq!((wait_ms(u64::MAX), lease_ms(u32::MAX), lease_calls(u32::MAX)), (2_592_000_000, 10_000, 100_000));
        assert_eq!(events((0..1_000).collect(), |n: u32| n).len(), 64);
        assert_eq!(list((0..5_000).collect(), |n: u32| n).len(), 1_024);
    }
}
