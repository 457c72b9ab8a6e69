//! The glossary: the table in DESIGN.md under `## Glossary`.

use std::collections::BTreeSet;

const HEADING: &str = "\n## Glossary\n";

pub struct Glossary {
    words: BTreeSet<String>,
}

impl Glossary {
    pub fn read() -> Glossary {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/DESIGN.md");
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let glossary = Glossary::parse(&text);
        assert!(!glossary.words.is_empty(), "DESIGN.md has no table of words under{HEADING}");
        glossary
    }

    fn parse(text: &str) -> Glossary {
        let section = text.split_once(HEADING).map_or("", |(_, rest)| rest.split("\n## ").next().unwrap_or_default());
        let rows = section.lines().filter(|line| line.starts_with('|') && !line.starts_with("|--")).skip(1);
        let first_cells = rows.filter_map(|row| row.split('|').nth(1));
        Glossary { words: first_cells.flat_map(|cell| cell.split(['/', ','])).map(normal).filter(|word| !word.is_empty()).collect() }
    }

    /// Whether the glossary lists the word that a type is named by: `LastFailure` is "last failure".
    pub fn lists(&self, name: &str) -> bool {
        self.words.contains(&normal(name))
    }
}

fn normal(word: &str) -> String {
    word.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[test]
fn words_are_the_first_cells_of_the_table() {
    let glossary = Glossary::parse(
        "# X\n\n## Glossary\n\n| word | meaning |\n|---|---|\n| `allow` / settle | b |\n| last failure | c |\n\n## Y\n| no | d |\n",
    );
    assert!(["Allow", "settle", "LastFailure"].iter().all(|word| glossary.lists(word)));
    assert!(["word", "no", "b"].iter().all(|word| !glossary.lists(word)));
}
