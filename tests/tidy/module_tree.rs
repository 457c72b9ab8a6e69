//! The modules of a crate, built from its `mod` items: what each defines, imports and uses. Test modules are left out.

use crate::source_files::{Source, is_for_tests};
use crate::use_tree::{self, Import};
use std::collections::{BTreeMap, BTreeSet};
use syn::Item;

/// A module's path from the crate root, which has the empty path.
pub type ModulePath = Vec<String>;

#[derive(Default)]
pub struct Module<'a> {
    /// The file that holds the module. Inline modules share their parent's.
    pub file: String,
    /// Names of the items that the module defines itself.
    pub defined: BTreeSet<String>,
    pub imports: Vec<Import>,
    /// Imports that a `use` without `pub` makes.
    pub private_imports: Vec<Vec<String>>,
    /// Everything but `use` and `mod` items.
    pub definitions: Vec<&'a Item>,
}

/// The modules of one crate.
pub struct ModuleTree<'a> {
    pub modules: BTreeMap<ModulePath, Module<'a>>,
}

/// Trees of all crates: each `lib.rs` and `main.rs` in a folder `src` is the root of one.
pub fn of_all(sources: &[Source]) -> Vec<ModuleTree<'_>> {
    let is_root =
        |path: &str| ["lib.rs", "main.rs"].iter().any(|name| path == format!("src/{name}") || path.ends_with(&format!("/src/{name}")));
    sources.iter().filter(|source| is_root(&source.path)).map(|root| ModuleTree::new(root, sources)).collect()
}

impl<'a> ModuleTree<'a> {
    fn new(root: &'a Source, sources: &'a [Source]) -> ModuleTree<'a> {
        let mut tree = ModuleTree { modules: BTreeMap::new() };
        tree.add(Vec::new(), root, &root.tree.items, sources);
        tree
    }

    fn add(&mut self, path: ModulePath, source: &'a Source, items: &'a [Item], sources: &'a [Source]) {
        let mut module = Module { file: source.path.clone(), ..Module::default() };
        for item in items.iter().filter(|item| !is_for_tests(item)) {
            match item {
                Item::Use(item) => {
                    let imports = use_tree::flatten(&item.tree);
                    if matches!(item.vis, syn::Visibility::Inherited) {
                        module.private_imports.extend(imports.iter().map(|import| import.path.clone()));
                    }
                    module.imports.extend(imports);
                }
                Item::Mod(item) => {
                    let child = [&path[..], &[item.ident.to_string()]].concat();
                    match &item.content {
                        Some((_, items)) => self.add(child, source, items, sources),
                        None => {
                            if let Some(file) = child_file(source, &item.ident.to_string(), sources) {
                                self.add(child, file, &file.tree.items, sources);
                            }
                        }
                    }
                }
                item => {
                    module.defined.extend(name_of(item));
                    module.definitions.push(item);
                }
            }
        }
        self.modules.insert(path, module);
    }
}

/// The file of `mod name;` in `source`.
fn child_file<'a>(source: &Source, name: &str, sources: &'a [Source]) -> Option<&'a Source> {
    let (folder, file) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
    let folder = match file {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => source.path.trim_end_matches(".rs").to_owned(),
    };
    let paths = [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")];
    sources.iter().find(|source| paths.contains(&source.path))
}

/// The name that an item defines in its module.
fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
