//! A type's name means one thing in all crates of the product.

use crate::declarations::{self, Kind};
use crate::glossary::Glossary;
use crate::source_files;
use std::collections::BTreeMap;

/// The folders of the product's crates.
const PRODUCT: [&str; 2] = ["src/", "hosts/"];
/// Names that every crate may have, by convention.
const CONVENTIONAL: [&str; 1] = ["Error"];

#[test]
fn two_types_share_a_name_only_where_the_glossary_lists_it() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in source_files::all().iter().filter(|file| PRODUCT.iter().any(|folder| file.path.starts_with(folder))) {
        for declaration in declarations::of_file(file).into_iter().filter(|declaration| declaration.kind == Kind::Type) {
            places.entry(declaration.name).or_default().push(declaration.place);
        }
    }
    let glossary = Glossary::read();
    let is_shared = |name: &str, places: &[String]| places.len() > 1 && !CONVENTIONAL.contains(&name) && !glossary.lists(name);
    let shared = places.iter().filter(|(name, places)| is_shared(name, places));
    let shared: Vec<String> = shared.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect();
    let advice = "rename one, or list the word in DESIGN.md's glossary if they are one concept";
    assert!(shared.is_empty(), "{} names of two types: {advice}\n{}", shared.len(), shared.join("\n"));
}
