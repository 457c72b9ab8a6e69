//! The types and functions that a file declares with `pub`, `pub(crate)` or `pub(super)`.

use crate::source_files::{Source, visit_product_item};
use syn::visit::{self, Visit};
use syn::{Ident, Visibility};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Type,
    Function,
}

#[derive(Clone, Debug)]
pub struct Declaration {
    pub kind: Kind,
    pub name: String,
    /// File and line.
    pub place: String,
}

pub fn of_file(file: &Source) -> Vec<Declaration> {
    let mut finder = Finder { file, found: Vec::new() };
    file.visit_product(&mut finder);
    finder.found
}

struct Finder<'a> {
    file: &'a Source,
    found: Vec<Declaration>,
}

impl Finder<'_> {
    fn add(&mut self, kind: Kind, visibility: &Visibility, name: &Ident) {
        if !matches!(visibility, Visibility::Inherited) {
            let place = format!("{}:{}", self.file.path, name.span().start().line);
            self.found.push(Declaration { kind, name: name.to_string(), place });
        }
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_item(&mut self, item: &'a syn::Item) {
        visit_product_item(self, item);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        self.add(Kind::Type, &item.vis, &item.ident);
    }

    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        self.add(Kind::Type, &item.vis, &item.ident);
    }

    fn visit_item_type(&mut self, item: &'a syn::ItemType) {
        self.add(Kind::Type, &item.vis, &item.ident);
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        self.add(Kind::Type, &item.vis, &item.ident);
        for member in &item.items {
            if let syn::TraitItem::Fn(function) = member {
                self.add(Kind::Function, &item.vis, &function.sig.ident);
            }
        }
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.add(Kind::Function, &item.vis, &item.sig.ident);
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.add(Kind::Function, &item.vis, &item.sig.ident);
        visit::visit_impl_item_fn(self, item);
    }
}
