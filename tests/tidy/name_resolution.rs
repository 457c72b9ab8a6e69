//! Where a path of a module leads: to which module, or to which item of which file.

use crate::module_tree::{Module, ModulePath, ModuleTree};
use std::collections::BTreeSet;

/// What a path leads to.
pub enum Target {
    Module(ModulePath),
    Item { file: String, name: String },
}

/// Lookups under way, so that re-exports in a circle end.
type Visited = BTreeSet<(ModulePath, String)>;

/// Follows a path, and the re-exports on it; `None` where it leads out of the crate.
pub fn resolve(tree: &ModuleTree<'_>, from: &ModulePath, path: &[String]) -> Option<Target> {
    follow(tree, from, path, &mut Visited::new())
}

fn follow(tree: &ModuleTree<'_>, from: &ModulePath, path: &[String], visited: &mut Visited) -> Option<Target> {
    let (first, rest) = path.split_first()?;
    let mut target = match first.as_str() {
        "crate" => Target::Module(Vec::new()),
        "self" => Target::Module(from.clone()),
        "super" => Target::Module(parent(from)?),
        name => look_up(tree, from, name, visited)?,
    };
    for name in rest {
        target = match target {
            Target::Module(module) if name == "super" => Target::Module(parent(&module)?),
            Target::Module(module) => look_up(tree, &module, name, visited)?,
            item @ Target::Item { .. } => return Some(item),
        };
    }
    Some(target)
}

fn parent(module: &ModulePath) -> Option<ModulePath> {
    module.split_last().map(|(_, parent)| parent.to_vec())
}

/// A name in a module: a child, an item, an import, or an item of a module that is imported with `*`.
fn look_up(tree: &ModuleTree<'_>, at: &ModulePath, name: &str, visited: &mut Visited) -> Option<Target> {
    let child = [&at[..], &[name.to_owned()]].concat();
    if tree.modules.contains_key(&child) {
        return Some(Target::Module(child));
    }
    let module = tree.modules.get(at)?;
    if module.defined.contains(name) {
        return Some(Target::Item { file: module.file.clone(), name: name.to_owned() });
    }
    if !visited.insert((at.clone(), name.to_owned())) {
        return None;
    }
    imported(tree, at, module, name, visited)
}

fn imported(tree: &ModuleTree<'_>, at: &ModulePath, module: &Module<'_>, name: &str, visited: &mut Visited) -> Option<Target> {
    for import in &module.imports {
        let found = match import.name.as_deref() {
            Some(imported) if imported == name => follow(tree, at, &import.path, visited),
            Some(_) => None,
            None => match follow(tree, at, &import.path, visited) {
                Some(Target::Module(module)) => look_up(tree, &module, name, visited),
                _ => None,
            },
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
