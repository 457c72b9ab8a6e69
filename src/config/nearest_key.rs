//! Suggestions for misspelled keys, by edit distance.

/// Returns the known key with the smallest distance, or `None` if more than half of the letters would change. Ignores ASCII case.
pub(super) fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    const KEY_BYTES_MAX: usize = 64;
    if key.len() > KEY_BYTES_MAX {
        return None;
    }
    let lower_key = key.to_ascii_lowercase();
    let mut nearest = None;
    let mut least = key.len().div_ceil(2) + 1;
    for name in known {
        let distance = strsim::levenshtein(&lower_key, &name.to_ascii_lowercase());
        if distance < least {
            (nearest, least) = (Some(*name), distance);
        }
    }
    nearest
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
}
