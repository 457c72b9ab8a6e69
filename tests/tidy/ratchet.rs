//! Lists of what is over a limit: checked against what is there.

/// Something with a size: a file, a function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sized {
    pub name: String,
    pub lines: usize,
}

/// What is wrong with a list of exceptions: each `listed` name may be over `limit`, but no more than is said there.
pub fn faults(list: &str, listed: &[(&str, usize)], limit: usize, found: &[Sized]) -> Vec<String> {
    let mut faults = Vec::new();
    for Sized { name, lines } in found {
        match listed.iter().find(|(listed, _)| listed == name) {
            None if *lines >= limit => {
                faults.push(format!("{name} has {lines} lines, under {limit} are allowed: split it along an idea"));
            }
            Some((_, most)) if lines > most => {
                faults.push(format!("{name} has grown to {lines} lines, {list} holds it to {most}: split it along an idea"));
            }
            Some(_) if *lines < limit => faults.push(format!("{name} is no longer over the limit: remove it from {list}")),
            None | Some(_) => {}
        }
    }
    let gone = listed.iter().filter(|(name, _)| !found.iter().any(|found| found.name == *name));
    faults.extend(gone.map(|(name, _)| format!("{name} is not there any more: remove it from {list}")));
    faults
}

#[test]
fn the_ratchet_turns_one_way() {
    let found = |lines| vec![Sized { name: "a".to_owned(), lines }];
    let told = |listed: &[(&str, usize)], lines| faults("LIST", listed, 10, &found(lines)).join("; ");
    assert_eq!(told(&[], 9), "");
    assert_eq!(told(&[("a", 12)], 12), "");
    assert!(told(&[], 10).contains("under 10 are allowed"));
    assert!(told(&[("a", 12)], 13).contains("has grown to 13"));
    assert_eq!(told(&[("a", 12)], 11), "");
    assert!(told(&[("a", 12)], 9).contains("remove it from LIST"));
    assert!(told(&[("b", 12)], 9).contains("b is not there any more"));
}
