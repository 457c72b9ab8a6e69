//! Names that were replaced by plainer ones are not used again.

use crate::declarations::{self, Kind};
use crate::glossary::Glossary;
use crate::source_files;

/// Old names of types. A type may have one where the glossary lists the word.
const TYPES: &str = "About Asked AtHand Batch Bell Call Cell Cells Commit Core Cross Ended Exports Fake Fate Gate Given Granted Ground Hands \
    Hold Identities Kept Knowledge Known Ledger Leg Legs Lent LentClock LentStore Line Lines Meet Mood News Noticed Order Owed Owing Pace \
    Passed Passing Places Recent Recipe Seat Seats Sorted Telling Ticket Told Touched Trouble Turn Untold Way Ways";
/// Old names of functions.
const FUNCTIONS: &str = "ask ask_leg at_rest free_from give_back hand_in hand_in_kept headers_are_heard heard heed is_as is_meant \
    is_too_long learn locally meet not_ahead own_wait_is_heard pass_on policed reject_late shield stand_in still_open tell timed told \
    unasked understand without_probe";

#[test]
fn types_and_functions_use_no_retired_word() {
    let glossary = Glossary::read();
    let mut found = Vec::new();
    for file in &source_files::all() {
        for declaration in declarations::of_file(file) {
            let name = declaration.name.as_str();
            let is_retired = match declaration.kind {
                Kind::Type => is_one_of(TYPES, name) && !glossary.lists(name),
                Kind::Function => is_one_of(FUNCTIONS, name),
            };
            if is_retired {
                found.push(format!("{}: {name}", declaration.place));
            }
        }
    }
    let advice = "use the word of DESIGN.md's glossary";
    assert!(found.is_empty(), "{} retired names: {advice}\n{}", found.len(), found.join("\n"));
}

fn is_one_of(words: &str, name: &str) -> bool {
    words.split_whitespace().any(|word| word == name)
}
