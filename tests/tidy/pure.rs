//! What a file may name: the machine knows no clock, no store and no WIT, and the engine nothing of the machine it runs on.

use crate::source::{self, visit_product_item};
use syn::UseTree;
use syn::visit::{self, Visit};

/// All that src/machine may use of the crate: values, and the other files of the machine.
const OF_THE_CRATE: [&str; 8] = ["answer", "machine", "names", "permit", "status", "status_range", "time", "vec_map"];
/// And of other crates: serde's derives, and what has neither effects nor time.
const OF_OTHERS: [&str; 5] = ["serde::Serialize", "std::borrow::Cow", "std::cmp", "std::fmt", "std::iter"];

/// What no file of the engine names: on its target the times panic and maps have constant keys; the rest would be an import.
const NOT_IN_THE_ENGINE: [&str; 15] = [
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

#[test]
fn the_machine_knows_no_clock_no_store_and_no_wit() {
    let allowed = |path: &str| match path.strip_prefix("crate::") {
        Some(rest) => OF_THE_CRATE.iter().any(|module| begins_with(rest, module)),
        None => OF_OTHERS.iter().any(|module| begins_with(path, module)),
    };
    let strange = used("src/machine/").into_iter().filter(|(_, path)| !allowed(path));
    assert_eq!(told(strange), "", "the decision is a pure function: what it needs is an argument");
}

#[test]
fn the_engine_names_no_time_file_thread_or_map_with_a_hash() {
    let forbidden = |path: &str| NOT_IN_THE_ENGINE.iter().any(|module| begins_with(path, module));
    assert_eq!(told(used("src/").into_iter().filter(|(_, path)| forbidden(path))), "", "a host lends what the engine may have");
}

fn begins_with(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn told(strange: impl Iterator<Item = (String, String)>) -> String {
    strange.map(|(at, path)| format!("\n{at} names {path}")).collect()
}

/// Every path that leads out of a file, and where it stands.
fn used(folder: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for file in &source::under(folder) {
        let mut uses = Uses::default();
        file.visit_product(&mut uses);
        all.extend(uses.paths.into_iter().map(|(line, path)| (format!("{}:{line}", file.path), path)));
    }
    all
}

#[derive(Default)]
struct Uses {
    paths: Vec<(usize, String)>,
}

/// What leads out of a module begins so, or with another crate's name.
const ROOTS: [&str; 5] = ["crate", "std", "core", "alloc", "serde"];

impl Uses {
    fn tree(&mut self, before: &str, tree: &UseTree) {
        let joined = |name: &str| if before.is_empty() { name.to_owned() } else { format!("{before}::{name}") };
        match tree {
            UseTree::Path(path) => self.tree(&joined(&path.ident.to_string()), &path.tree),
            UseTree::Name(name) => self.note(&name.ident, joined(&name.ident.to_string())),
            UseTree::Rename(name) => self.note(&name.ident, joined(&name.ident.to_string())),
            UseTree::Glob(glob) => self.paths.push((glob.star_token.spans[0].start().line, joined("*"))),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree)),
        }
    }

    fn note(&mut self, at: &proc_macro2::Ident, path: String) {
        let own = ["super", "self"].iter().any(|root| begins_with(&path, root));
        if !own {
            self.paths.push((at.span().start().line, path));
        }
    }
}

impl<'a> Visit<'a> for Uses {
    fn visit_item(&mut self, item: &'a syn::Item) {
        visit_product_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.tree("", &item.tree);
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
