//! Bounds on the answers of a component. A correct component never reaches one. An incorrect or malicious one cannot make its host wait
//! for years, admit calls under a lease for hours, or keep megabytes of text.

const RETRY_AFTER_MS_MAX: u64 = 30 * 24 * 3_600 * 1_000;
const LEASE_MS_MAX: u32 = 10_000;
const LEASE_CALLS_MAX: u32 = 100_000;
const EVENTS_MAX: usize = 64;
const STRING_BYTES_MAX: usize = 4 << 10;
/// A stored patch, or a value in an explanation.
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

pub(super) fn events<T, U: From<T>>(events: Vec<T>) -> Vec<U> {
    at_most(EVENTS_MAX, events)
}

pub(super) fn circuits<T, U: From<T>>(circuits: Vec<T>) -> Vec<U> {
    at_most(CIRCUITS_MAX, circuits)
}

pub(super) fn list<T, U: From<T>>(items: Vec<T>) -> Vec<U> {
    at_most(LIST_ITEMS_MAX, items)
}

pub(super) fn texts(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().take(LIST_ITEMS_MAX).map(text).collect()
}

fn at_most<T, U: From<T>>(items_max: usize, items: Vec<T>) -> Vec<U> {
    items.into_iter().take(items_max).map(U::from).collect()
}

/// Cuts at a character boundary.
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
    fn numbers_and_lists_are_bounded() {
        assert_eq!((wait_ms(u64::MAX), lease_ms(u32::MAX), lease_calls(u32::MAX)), (2_592_000_000, 10_000, 100_000));
        assert_eq!(events::<u32, u32>((0..1_000).collect()).len(), 64);
        assert_eq!(list::<u32, u32>((0..5_000).collect()).len(), 1_024);
    }
}
