//! Patterns for type names, as the lists of exceptions in the configuration have them.

/// Whether a pattern matches a type name, which may be qualified with its module.
pub(crate) fn matches_type(pattern: &str, name: &str) -> bool {
    let last_part = name.rsplit('.').next().unwrap_or(name);
    matches(pattern, name) || (!pattern.contains('.') && matches(pattern, last_part))
}

/// Whether a pattern matches a whole text: `*` matches any text, `?` one character. Backtracks to the last `*` only, so the time is at
/// most proportional to the product of the two lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // The pattern after the last `*`, and the text where the next attempt to match it starts.
    let mut last_star = None;
    loop {
        let here = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = here;
                last_star = Some((pattern.clone(), text.clone()));
            }
            (Some('?'), Some(_)) => {}
            (Some(expected), Some(found)) if expected == found => {}
            _ => {
                let Some((after, from)) = &mut last_star else { return false };
                if from.next().is_none() {
                    return false;
                }
                (pattern, text) = (after.clone(), from.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_with_a_dot_matches_the_whole_name() {
        assert!(matches_type("a.*", "a.b.C") && !matches_type("b.*", "a.b.C"));
    }

    #[test]
    fn star_matches_any_text_and_question_mark_one_character() {
        for (pattern, text) in
            [("", ""), ("*", ""), ("*", "x.y"), ("a?c", "aéc"), ("*b*d", "abcbd"), ("a**", "a"), ("*.x", "..x"), ("a*a", "aa")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("?", ""), ("a?c", "ac"), ("*b", "abc"), ("a*a", "a"), ("a", "A"), ("a", "ab"), ("ab", "a")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn pattern_of_many_stars_takes_no_exponential_time() {
        assert!(!matches(&format!("{}b", "*a".repeat(500)), &"a".repeat(2_000)));
    }
}
