//! What a misspelled key was probably meant to be.

/// The known key with the fewest letters to change; `None` where all are far away.
pub(super) fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    const KEY_BYTES_MAX: usize = 64;
    if key.len() > KEY_BYTES_MAX {
        return None;
    }
    let mut nearest = None;
    // Half of the letters may be wrong.
    let mut least = key.len().div_ceil(2) + 1;
    for name in known {
        let distance = distance(key, name);
        if distance < least {
            (nearest, least) = (Some(*name), distance);
        }
    }
    nearest
}

/// Levenshtein's: letters, which are bytes here, added, removed or changed. Upper case is lower case.
fn distance(a: &str, b: &str) -> usize {
    // What each start of `a` is away from the start of `b` seen so far.
    let mut row: Vec<usize> = Vec::new();
    row.extend(0..=a.len());
    for (line, letter) in b.bytes().enumerate() {
        let (mut diagonal, mut left) = (line, line + 1);
        let mut places = row.iter_mut();
        if let Some(first) = places.next() {
            *first = left;
        }
        for (place, other) in places.zip(a.bytes()) {
            let above = *place;
            left = (diagonal + usize::from(!other.eq_ignore_ascii_case(&letter))).min(above + 1).min(left + 1);
            (diagonal, *place) = (above, left);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_named_unless_all_are_far() {
        let known = ["fail_max", "fail_gap_s", "mode", "reset"];
        assert_eq!(nearest("failmax", &known), Some("fail_max"));
        assert_eq!(nearest("FAIL-MAX", &known), Some("fail_max"));
        assert_eq!(nearest("reset_s", &known), Some("reset"));
        assert_eq!(nearest("qqqqqqqq", &known), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), &known), None);
    }

    #[test]
    fn the_distance_counts_letters() {
        let of = distance;
        assert_eq!((of("kitten", "sitting"), of("", "abc"), of("abc", ""), of("Abc", "abc")), (3, 3, 3, 0));
    }
}
