//! Lists of exceptions to a limit, by name, checked against the sizes found.

/// Something with a size: a file or a function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measured {
    pub name: String,
    pub lines: usize,
}

/// Checks that everything `found` is under the limit, or no larger than its entry in `exceptions`. An entry that is no longer needed is a
/// violation too. `list` is the name of the list, for the messages.
pub fn violations(list: &str, exceptions: &[(&str, usize)], limit: usize, found: &[Measured]) -> Vec<String> {
    let mut violations = Vec::new();
    for Measured { name, lines } in found {
        match exceptions.iter().find(|(exception, _)| exception == name) {
            None if *lines >= limit => {
                violations.push(format!("{name} has {lines} lines, under {limit} are allowed: split it by its ideas"));
            }
            Some((_, most)) if lines > most => {
                violations.push(format!("{name} has {lines} lines, {list} allows {most}: split it by its ideas"));
            }
            Some(_) if *lines < limit => violations.push(format!("{name} is within the limit again: remove it from {list}")),
            None | Some(_) => {}
        }
    }
    let missing = exceptions.iter().filter(|(name, _)| !found.iter().any(|found| found.name == *name));
    violations.extend(missing.map(|(name, _)| format!("{name} does not exist: remove it from {list}")));
    violations
}

#[test]
fn an_exception_may_shrink_and_not_grow() {
    let found = |lines| vec![Measured { name: "a".to_owned(), lines }];
    let check = |exceptions: &[(&str, usize)], lines| violations("LIST", exceptions, 10, &found(lines)).join("; ");
    assert_eq!(check(&[], 9), "");
    assert_eq!(check(&[("a", 12)], 12), "");
    assert!(check(&[], 10).contains("under 10 are allowed"));
    assert!(check(&[("a", 12)], 13).contains("LIST allows 12"));
    assert_eq!(check(&[("a", 12)], 11), "");
    assert!(check(&[("a", 12)], 9).contains("remove it from LIST"));
    assert!(check(&[("b", 12)], 9).contains("b does not exist"));
}
