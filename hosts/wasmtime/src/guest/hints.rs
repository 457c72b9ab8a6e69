//! Hints within what the engine reads. A long one never fails a request: it is cut where the engine still sees that it is too long.

use super::bindings::exports::fuseboard::breaker::board as wit;
use fuseboard::Hint;
use fuseboard::hints::{HINT_NAME_BYTES_MAX, HINT_VALUE_BYTES_MAX, HINTS_MAX};

/// The longest character. A text cut this far behind a limit is longer than the limit.
const CHARACTER_BYTES_MAX: usize = 4;

pub(super) fn within_limits(hints: &[Hint]) -> Vec<wit::Hint<'_>> {
    let hints = hints.iter().take(HINTS_MAX + 1);
    hints.map(|hint| wit::Hint { name: cut(&hint.name, HINT_NAME_BYTES_MAX), value: cut(&hint.value, HINT_VALUE_BYTES_MAX) }).collect()
}

fn cut(text: &str, bytes_max: usize) -> &str {
    text.split_at(text.floor_char_boundary(bytes_max + CHARACTER_BYTES_MAX)).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_or_too_many_stays_so() {
        let long = Hint::new("é".repeat(1_000), format!("a{}", "😀".repeat(1_000)));
        let hints = vec![long; 1_000];
        let kept = within_limits(&hints);
        assert_eq!(kept.len(), HINTS_MAX + 1);
        for hint in kept {
            assert!((HINT_NAME_BYTES_MAX + 1..=HINT_NAME_BYTES_MAX + 4).contains(&hint.name.len()));
            assert!((HINT_VALUE_BYTES_MAX + 1..=HINT_VALUE_BYTES_MAX + 4).contains(&hint.value.len()));
        }
    }

    #[test]
    fn other_hints_are_unchanged() {
        let hint = Hint::new("Retry-After", "5");
        let kept = within_limits(std::slice::from_ref(&hint));
        assert_eq!(kept.iter().map(|hint| (hint.name, hint.value)).collect::<Vec<_>>(), [("Retry-After", "5")]);
    }
}
