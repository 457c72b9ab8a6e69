//! `use` items as flat lists: one entry per imported name.

use proc_macro2::Span;
use syn::UseTree;

/// One name that a `use` item brings into scope.
pub struct Import {
    /// The name in scope; `None` for a glob.
    pub name: Option<String>,
    /// The path as written. A glob's path names the module, without the `*`.
    pub path: Vec<String>,
    pub span: Span,
}

/// The imports of one `use` item, in the order of the text.
pub fn flatten(tree: &UseTree) -> Vec<Import> {
    let mut imports = Vec::new();
    add(&mut Vec::new(), tree, &mut imports);
    imports
}

fn add(before: &mut Vec<String>, tree: &UseTree, imports: &mut Vec<Import>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            add(before, &path.tree, imports);
            before.pop();
        }
        UseTree::Name(name) => imports.push(named(before, &name.ident, &name.ident)),
        UseTree::Rename(rename) => imports.push(named(before, &rename.ident, &rename.rename)),
        UseTree::Glob(glob) => imports.push(Import { name: None, path: before.clone(), span: glob.star_token.spans[0] }),
        UseTree::Group(group) => group.items.iter().for_each(|tree| add(before, tree, imports)),
    }
}

/// `use a::b::{self}` imports `a::b` under the name `b`.
fn named(before: &[String], ident: &syn::Ident, alias: &syn::Ident) -> Import {
    let mut path = before.to_vec();
    if ident != "self" || before.is_empty() {
        path.push(ident.to_string());
    }
    let name = if alias == "self" { path.last().cloned() } else { Some(alias.to_string()) };
    Import { name, path, span: ident.span() }
}

#[test]
fn a_group_is_one_import_per_name() {
    let item: syn::ItemUse = syn::parse_str("use a::{self, b::C, d as e, f::*};").unwrap();
    let found: Vec<(Option<String>, String)> =
        flatten(&item.tree).into_iter().map(|import| (import.name, import.path.join("::"))).collect();
    let expected = [(Some("a"), "a"), (Some("C"), "a::b::C"), (Some("e"), "a::d"), (None, "a::f")];
    assert_eq!(found, expected.map(|(name, path)| (name.map(str::to_owned), path.to_owned())));
}
