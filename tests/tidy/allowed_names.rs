//! The modules that a file may name: `src/machine` names no clock, no store and no WIT type; the engine names nothing of the operating
//! system.

use crate::source_files::{self, visit_product_item};
use crate::use_tree;
use syn::visit::{self, Visit};

/// The modules of the crate that `src/machine` may name: plain values, and its own files.
const CRATE_MODULES_OF_THE_MACHINE: &[&str] = &[
    "answer",
    "machine",
    "names",
    "permit",
    "policy",
    "record_limits",
    "spread_hash",
    "status",
    "status_range",
    "time",
    "vec_map",
    "write_mark",
];
/// What `src/machine` may name of other crates: serde's derives, and modules without effects or clocks.
const OTHER_CRATES_OF_THE_MACHINE: &[&str] =
    &["serde::Serialize", "std::borrow::Cow", "std::cmp", "std::fmt", "std::iter", "std::sync::Arc"];

/// What the engine must not name. On its target the clocks of `std` panic and hash maps have constant keys; the others need an import.
const FORBIDDEN_IN_THE_ENGINE: &[&str] = &[
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::env",
    "std::fs",
    "std::io",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::process",
    "std::sync::Mutex",
    "std::sync::atomic",
    "std::sync::mpsc",
    "std::thread",
    "std::time",
];

/// A waiting request and its driver hand the engine's state over through this lock. A lock needs no import, and this one is free
/// whenever a request runs.
const LOCK_OF_THE_EXCHANGE: (&str, &str) = ("src/engine/exchange.rs:", "std::sync::Mutex");

#[test]
fn the_machine_names_no_clock_store_or_wit_type() {
    let allowed = |path: &str| match path.strip_prefix("crate::") {
        Some(rest) => CRATE_MODULES_OF_THE_MACHINE.iter().any(|module| is_within(rest, module)),
        None => OTHER_CRATES_OF_THE_MACHINE.iter().any(|module| is_within(path, module)),
    };
    let forbidden = paths_named_in("src/machine/").into_iter().filter(|(_, path)| !allowed(path));
    assert_eq!(list(forbidden), "", "src/machine is made of pure functions: pass what they need as an argument");
}

#[test]
fn the_engine_names_no_clock_file_thread_or_hash_map_of_std() {
    let is_allowed = |place: &str, path: &str| place.starts_with(LOCK_OF_THE_EXCHANGE.0) && path == LOCK_OF_THE_EXCHANGE.1;
    let is_forbidden = |path: &str| FORBIDDEN_IN_THE_ENGINE.iter().any(|module| is_within(path, module));
    let named = paths_named_in("src/").into_iter();
    let forbidden = named.filter(|(place, path)| is_forbidden(path) && !is_allowed(place, path));
    assert_eq!(list(forbidden), "", "use the clocks and the store that the host provides");
}

fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn list(named: impl Iterator<Item = (String, String)>) -> String {
    named.map(|(place, path)| format!("\n{place} names {path}")).collect()
}

/// Each path that leads out of a file of the folder, with its file and line.
fn paths_named_in(folder: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for file in &source_files::under(folder) {
        let mut named = OutsidePaths::default();
        file.visit_product(&mut named);
        all.extend(named.paths.into_iter().map(|(line, path)| (format!("{}:{line}", file.path), path)));
    }
    all
}

/// First segments of inline paths that lead out of a module. `use` items may name other crates too.
const ROOTS: [&str; 5] = ["crate", "std", "core", "alloc", "serde"];

#[derive(Default)]
struct OutsidePaths {
    /// Line and path.
    paths: Vec<(usize, String)>,
}

impl<'a> Visit<'a> for OutsidePaths {
    fn visit_item(&mut self, item: &'a syn::Item) {
        visit_product_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        for import in use_tree::flatten(&item.tree) {
            if !["super", "self"].contains(&import.path.first().map_or("", String::as_str)) {
                self.paths.push((import.span.start().line, import.path.join("::")));
            }
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let ([first, _, ..], Some(segment)) = (words.as_slice(), path.segments.first())
            && ROOTS.contains(&first.as_str())
        {
            self.paths.push((segment.ident.span().start().line, words.join("::")));
        }
        visit::visit_path(self, path);
    }
}
