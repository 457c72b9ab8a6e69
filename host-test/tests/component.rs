//! Every story through the component: the native engine's answers and records, to the letter.

use host_test::story::{Component, Native, Played, Story, folder, load_all, play};

/// Where the component does not go as the native engine does.
fn differences(native: &Played, component: &Played) -> Vec<String> {
    let answers = native.answers.iter().zip(&component.answers).enumerate().filter(|(_, (native, component))| native != component);
    let mut differences: Vec<String> = answers
        .map(|(step, (native, component))| {
            format!("step {step}: the component answers {component:?}\n    and the native engine {native:?}")
        })
        .collect();
    if component.records != native.records {
        differences.push(format!("the component left {:?}\n    and the native engine {:?}", component.records, native.records));
    }
    differences
}

fn played(story: &Story) -> Result<(Played, Played), String> {
    Ok((play::<Native>(story, |_, _, _| {})?, play::<Component>(story, |_, _, _| {})?))
}

#[test]
fn every_story_goes_in_the_component_as_it_goes_natively() {
    let mut failed = Vec::new();
    let stories = load_all(&folder()).expect("the stories can be read");
    for (path, story) in &stories {
        let differences = match played(story) {
            Ok((native, component)) => differences(&native, &component),
            Err(error) => vec![error],
        };
        failed.extend(differences.into_iter().map(|fault| format!("{}: {fault}", path.display())));
    }
    assert!(!stories.is_empty(), "there are no stories");
    assert!(failed.is_empty(), "{} faults:\n{}", failed.len(), failed.join("\n"));
}
