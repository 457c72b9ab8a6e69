//! Suggestions for misspelled keys, by edit distance.

/// Returns the known key with the smallest distance, or `None` if more than half of the letters would change.
pub(super) fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    const KEY_BYTES_MAX: usize = 64;
    if key.len() > KEY_BYTES_MAX {
        return None;
    }
    let mut nearest = None;
    let mut least = key.len().div_ceil(2) + 1;
    for name in known {
        let distance = distance(key, name);
        if distance < least {
            (nearest, least) = (Some(*name), distance);
        }
    }
    nearest
}

/// Levenshtein distance in bytes. Ignores ASCII case.
fn distance(a: &str, b: &str) -> usize {
    // Distances from each prefix of `a` to the current prefix of `b`.
    let mut row: Vec<usize> = Vec::new();
    row.extend(0..=a.len());
    for (length, letter) in b.bytes().enumerate() {
        let (mut diagonal, mut left) = (length, length + 1);
        let mut cells = row.iter_mut();
        if let Some(first) = cells.next() {
            *first = left;
        }
        for (cell, other) in cells.zip(a.bytes()) {
            let above = *cell;
            left = (diagonal + usize::from(!other.eq_ignore_ascii_case(&letter))).min(above + 1).min(left + 1);
            (diagonal, *cell) = (above, left);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_key_is_found_unless_all_are_far() {
        let known = ["fail_max", "fail_gap_s", "mode", "reset"];
        assert_eq!(nearest("failmax", &known), Some("fail_max"));
        assert_eq!(nearest("FAIL-MAX", &known), Some("fail_max"));
        assert_eq!(nearest("reset_s", &known), Some("reset"));
        assert_eq!(nearest("qqqqqqqq", &known), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), &known), None);
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("abc", ""), distance("Abc", "abc")), (3, 3, 3, 0));
    }
}
