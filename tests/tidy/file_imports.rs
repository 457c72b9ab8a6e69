//! Which file imports which names of which other file, within one crate.
//!
//! A `use` without `pub`, a path in a definition, or a call through `self` imports the file that *defines* the name. A `pub use` imports
//! nothing: it passes a name on, so a `mod.rs` that only declares and re-exports its children depends on none of them.

use crate::module_tree::ModuleTree;
use crate::name_resolution::{Target, resolve};
use crate::split_impls;
use crate::use_tree;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// The names that a file (the first) imports from another file.
pub type FileImports = BTreeMap<(String, String), BTreeSet<String>>;

pub fn of_crate(tree: &ModuleTree<'_>) -> FileImports {
    let mut imports = FileImports::new();
    for (path, module) in &tree.modules {
        let mut paths = PathsUsed { paths: module.private_imports.clone() };
        for item in &module.definitions {
            paths.visit_item(item);
        }
        for used in paths.paths {
            let Some(Target::Item { file, name }) = resolve(tree, path, &used) else { continue };
            if file != module.file {
                imports.entry((module.file.clone(), file)).or_default().insert(name);
            }
        }
    }
    for import in split_impls::imports(tree) {
        imports.entry((import.from, import.to)).or_default().insert(import.method);
    }
    imports
}

/// Every path in an item, also those in the tokens of macros.
struct PathsUsed {
    paths: Vec<Vec<String>>,
}

impl PathsUsed {
    /// Macro arguments are not parsed: names joined by `::` are taken for paths.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match &token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.paths.push(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.paths.push(std::mem::take(&mut path));
                    self.tokens(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => self.paths.push(std::mem::take(&mut path)),
            }
        }
        self.paths.push(path);
    }
}

impl<'a> Visit<'a> for PathsUsed {
    fn visit_path(&mut self, path: &'a syn::Path) {
        self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.paths.extend(use_tree::flatten(&item.tree).into_iter().map(|import| import.path));
    }

    /// An attribute's path is a macro of another crate.
    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}
