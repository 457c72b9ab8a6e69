//! What a misspelled key was probably meant to be.

/// The known key with the fewest letters to change; `None` where all are far away.
pub(super) fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const KEY_BYTES_MAX: usize = 64;
    if key.len() > KEY_BYTES_MAX {
        return None;
    }
    let key = key.to_ascii_lowercase();
    let (distance, name) = known.map(|name| (distance(key.as_bytes(), name.as_bytes()), name)).min_by_key(|(distance, _)| *distance)?;
    (distance <= key.len().div_ceil(2)).then_some(name)
}

/// Levenshtein's: bytes, which keys have for letters, added, removed or changed.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (line, letter) in b.iter().enumerate() {
        let mut left = line + 1;
        let mut next = vec![left];
        for (pair, other) in row.windows(2).zip(a) {
            let &[diagonal, above] = pair else { continue };
            left = (diagonal + usize::from(other != letter)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_named_unless_all_are_far() {
        let known = ["fail_max", "fail_gap_s", "mode", "reset"];
        assert_eq!(nearest("failmax", known.into_iter()), Some("fail_max"));
        assert_eq!(nearest("FAIL-MAX", known.into_iter()), Some("fail_max"));
        assert_eq!(nearest("reset_s", known.into_iter()), Some("reset"));
        assert_eq!(nearest("qqqqqqqq", known.into_iter()), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), known.into_iter()), None);
    }

    #[test]
    fn the_distance_counts_letters() {
        let of = |a: &str, b: &str| distance(a.as_bytes(), b.as_bytes());
        assert_eq!((of("kitten", "sitting"), of("", "abc"), of("abc", ""), of("abc", "abc")), (3, 3, 3, 0));
    }
}
