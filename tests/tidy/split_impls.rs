//! Imports that need no `use`: a type's methods may be in several files, and a method calls those of other files through `self`.

use crate::module_tree::{ModulePath, ModuleTree};
use crate::name_resolution::{Target, resolve};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// A type: the file that defines it, and its name.
type TypeKey = (String, String);

/// A method of another file that a file calls.
pub struct MethodImport {
    pub from: String,
    pub to: String,
    pub method: String,
}

/// The calls through `self` or `Self` of methods that another file defines.
pub fn imports(tree: &ModuleTree<'_>) -> Vec<MethodImport> {
    let mut methods: BTreeMap<(TypeKey, String), String> = BTreeMap::new();
    let mut calls: Vec<(String, TypeKey, String)> = Vec::new();
    for (path, module) in &tree.modules {
        for item in &module.definitions {
            let syn::Item::Impl(block) = item else { continue };
            let Some(key) = type_key(tree, path, &block.self_ty) else { continue };
            let own = block.items.iter().filter(|_| block.trait_.is_none()).filter_map(method_name);
            methods.extend(own.map(|name| ((key.clone(), name), module.file.clone())));
            let mut called = CalledOnSelf::default();
            called.visit_item_impl(block);
            calls.extend(called.methods.into_iter().map(|name| (module.file.clone(), key.clone(), name)));
        }
    }
    let imports = calls.into_iter().filter_map(|(from, key, method)| {
        let to = methods.get(&(key, method.clone())).filter(|file| **file != from)?.clone();
        Some(MethodImport { from, to, method })
    });
    imports.collect()
}

fn type_key(tree: &ModuleTree<'_>, at: &ModulePath, self_type: &syn::Type) -> Option<TypeKey> {
    let syn::Type::Path(path) = self_type else { return None };
    let segments: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    match resolve(tree, at, &segments)? {
        Target::Item { file, name } => Some((file, name)),
        Target::Module(_) => None,
    }
}

fn method_name(item: &syn::ImplItem) -> Option<String> {
    match item {
        syn::ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
        _ => None,
    }
}

#[derive(Default)]
struct CalledOnSelf {
    methods: BTreeSet<String>,
}

impl<'a> Visit<'a> for CalledOnSelf {
    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        if matches!(&*call.receiver, syn::Expr::Path(receiver) if receiver.path.is_ident("self")) {
            self.methods.insert(call.method.to_string());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if let (Some(first), Some(second)) = (path.segments.first(), path.segments.get(1))
            && first.ident == "Self"
        {
            self.methods.insert(second.ident.to_string());
        }
        visit::visit_path(self, path);
    }
}
