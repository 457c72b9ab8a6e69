//! No file of a crate imports another that imports it back, directly or through others.

use crate::file_imports::{self, FileImports};
use crate::module_tree;
use crate::source_files::{self, Source};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[test]
fn no_imports_go_in_circles() {
    let circles = circles_of(&source_files::all());
    let advice = "move what both files need into a third";
    assert!(circles.is_empty(), "{} circles of imports: {advice}\n{}", circles.len(), circles.join("\n"));
}

/// All circles of all crates, each as `a.rs -> b.rs (names) -> a.rs (names)`.
fn circles_of(sources: &[Source]) -> Vec<String> {
    let mut shown = Vec::new();
    for tree in module_tree::of_all(sources) {
        let imports = file_imports::of_crate(&tree);
        shown.extend(circles(&imports).iter().map(|circle| show(circle, &imports)));
    }
    shown
}

/// For each import that is part of a circle, the shortest such circle. Each circle is listed once, from its first file by name.
fn circles(imports: &FileImports) -> BTreeSet<Vec<&str>> {
    let mut imported: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in imports.keys() {
        imported.entry(from).or_default().push(to);
    }
    let circles = imports.keys().filter_map(|(from, to)| shortest_path(&imported, to, from));
    circles
        .map(|mut circle| {
            let first = (0..circle.len()).min_by_key(|place| circle[*place]).unwrap_or_default();
            circle.rotate_left(first);
            circle
        })
        .collect()
}

/// The files from `start` to `end`, both included.
fn shortest_path<'a>(imported: &BTreeMap<&'a str, Vec<&'a str>>, start: &'a str, end: &'a str) -> Option<Vec<&'a str>> {
    let mut paths = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::from([start]);
    while let Some(path) = paths.pop_front() {
        let last = *path.last()?;
        if last == end {
            return Some(path);
        }
        for next in imported.get(last).into_iter().flatten() {
            if seen.insert(next) {
                paths.push_back([&path[..], &[next]].concat());
            }
        }
    }
    None
}

fn show(circle: &[&str], imports: &FileImports) -> String {
    let mut text = circle.first().map(|first| (*first).to_owned()).unwrap_or_default();
    for (place, from) in circle.iter().enumerate() {
        let to = circle[(place + 1) % circle.len()];
        let names = imports.get(&((*from).to_owned(), to.to_owned())).into_iter().flatten().cloned().collect::<Vec<_>>();
        text.push_str(&format!(" -> {to} ({})", names.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles_in(files: &[(&str, &str)]) -> Vec<String> {
        circles_of(&files.iter().map(|(path, text)| Source::parse(path, text)).collect::<Vec<_>>())
    }

    #[test]
    fn two_files_that_import_each_other_are_a_circle() {
        let found = circles_in(&[
            ("x/src/lib.rs", "mod a; mod b;"),
            ("x/src/a.rs", "use crate::b::B; pub struct A(B);"),
            ("x/src/b.rs", "pub struct B; fn f() -> super::a::A {}"),
        ]);
        assert_eq!(found, ["x/src/a.rs -> x/src/b.rs (B) -> x/src/a.rs (A)"]);
    }

    #[test]
    fn a_circle_over_three_files_is_found_once() {
        let found = circles_in(&[
            ("src/lib.rs", "mod a; mod b; mod c;"),
            ("src/a.rs", "use crate::b; pub fn a() { b::b() }"),
            ("src/b.rs", "use crate::c::*; pub fn b() { c() }"),
            ("src/c.rs", "pub fn c() { println!(\"{}\", crate::a::a()) }"),
        ]);
        assert_eq!(found, ["src/a.rs -> src/b.rs (b) -> src/c.rs (c) -> src/a.rs (a)"]);
    }

    #[test]
    fn a_mod_file_that_only_re_exports_is_in_no_circle() {
        let found = circles_in(&[
            ("src/lib.rs", "mod m;"),
            ("src/m/mod.rs", "mod a; mod b; pub use a::A; pub(crate) use b::B;"),
            ("src/m/a.rs", "use super::B; pub struct A(B);"),
            ("src/m/b.rs", "pub struct B;"),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_mod_file_that_uses_a_child_which_uses_it_is_a_circle() {
        let found = circles_in(&[
            ("src/lib.rs", "mod m;"),
            ("src/m/mod.rs", "mod a; pub use a::A; pub struct M(A);"),
            ("src/m/a.rs", "use crate::m::M; pub struct A; impl A { fn of(m: &M) {} }"),
        ]);
        assert_eq!(found, ["src/m/a.rs -> src/m/mod.rs (M) -> src/m/a.rs (A)"]);
    }

    #[test]
    fn methods_in_two_files_that_call_each_other_are_a_circle() {
        let found = circles_in(&[
            ("src/lib.rs", "mod a; mod b; mod t;"),
            ("src/t.rs", "pub struct T;"),
            ("src/a.rs", "use crate::t::T; pub struct A; impl T { pub fn a(&self) { self.b() } }"),
            ("src/b.rs", "use crate::{a::A, t::T}; impl T { pub fn b(&self) { A; } }"),
        ]);
        assert_eq!(found, ["src/a.rs -> src/b.rs (b) -> src/a.rs (A)"]);
    }

    #[test]
    fn test_modules_may_import_what_they_test() {
        let found = circles_in(&[
            ("src/lib.rs", "mod a; #[cfg(test)] mod a_tests;"),
            ("src/a.rs", "pub struct A; #[cfg(test)] mod tests { use crate::a_tests::T; }"),
            ("src/a_tests.rs", "use crate::a::A; pub struct T(A);"),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }
}
