//! Every story through the component, and through a board over each engine: the answers and the records are equal.

use host_test::story::{ComponentBoard, ComponentEngine, InSteps, NativeBoard, NativeEngine, Played, Start, Story, folder, load_all, play};

/// Stories that boards play. The others settle leases themselves, which a board does not let its caller do.
const ON_BOARDS_MIN: usize = 100;

/// Where the component differs from the native engine.
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

fn played<N: Start, C: Start>(story: &Story) -> Result<Vec<String>, String> {
    Ok(differences(&play::<N>(story, |_, _, _| {})?, &play::<C>(story, |_, _, _| {})?))
}

/// Plays every story on two engines.
fn compare<N: Start, C: Start>() {
    let mut failed = Vec::new();
    let stories = load_all(&folder()).expect("the stories can be read");
    for (path, story) in &stories {
        let differences = played::<N, C>(story).unwrap_or_else(|error| vec![error]);
        failed.extend(differences.into_iter().map(|fault| format!("{}: {fault}", path.display())));
    }
    assert!(!stories.is_empty(), "there are no stories");
    assert!(failed.is_empty(), "{} faults:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_story_has_equal_answers_and_records_in_the_component() {
    compare::<NativeEngine, ComponentEngine>();
}

#[test]
fn every_story_has_equal_answers_and_records_in_the_component_in_steps() {
    compare::<NativeEngine, InSteps<ComponentEngine>>();
}

#[test]
fn every_story_has_equal_answers_and_records_on_boards_of_both_engines() {
    let (mut failed, mut count) = (Vec::new(), 0);
    for (path, story) in load_all(&folder()).expect("the stories can be read") {
        if story.settles_leases() {
            continue;
        }
        count += 1;
        let differences = played::<NativeBoard, ComponentBoard>(&story).unwrap_or_else(|error| vec![error]);
        failed.extend(differences.into_iter().map(|fault| format!("{}: {fault}", path.display())));
    }
    assert!(count >= ON_BOARDS_MIN, "{count} stories");
    assert!(failed.is_empty(), "{} faults:\n{}", failed.len(), failed.join("\n"));
}
