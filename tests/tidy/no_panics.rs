//! The engine calls nothing that panics, and has no floating-point numbers.

use crate::source_files::{self, Source, visit_product_item};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// Methods that panic.
const PANICKING: [&str; 6] = ["unwrap", "unwrap_err", "expect", "expect_err", "unwrap_unchecked", "copy_from_slice"];
const PANICKING_MACROS: [&str; 10] = [
    "panic",
    "unreachable",
    "todo",
    "unimplemented",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
];

const FLOAT: &str = "floating-point number: write rates in per mille, times in whole ms or ns";
const INDEXING: &str = "indexing panics: use `get`";

#[test]
fn the_engine_calls_nothing_that_panics_and_has_no_floats() {
    let mut found = Vec::new();
    for file in &source_files::under("src/") {
        file.visit_product(&mut Finder { file, found: &mut found });
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

struct Finder<'a> {
    file: &'a Source,
    found: &'a mut Vec<String>,
}

impl Finder<'_> {
    fn note(&mut self, at: proc_macro2::Span, what: &str) {
        self.found.push(format!("{}:{}: {what}", self.file.path, at.start().line));
    }

    fn name(&mut self, name: &proc_macro2::Ident) {
        let text = name.to_string();
        if PANICKING.contains(&text.as_str()) {
            self.note(name.span(), &format!("`{text}` panics: return the error, or a default value"));
        }
        if text == "f32" || text == "f64" {
            self.note(name.span(), FLOAT);
        }
    }

    /// Macro arguments are not parsed: brackets after a value are taken for indexing.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut value_before = false;
        for token in tokens {
            if let TokenTree::Group(group) = &token {
                if value_before && group.delimiter() == Delimiter::Bracket {
                    self.note(group.span(), INDEXING);
                }
                self.tokens(group.stream());
            }
            match &token {
                TokenTree::Ident(name) => self.name(name),
                TokenTree::Literal(literal) => self.literal(&syn::Lit::new(literal.clone())),
                TokenTree::Group(_) | TokenTree::Punct(_) => {}
            }
            value_before = !matches!(token, TokenTree::Punct(_));
        }
    }

    fn literal(&mut self, literal: &syn::Lit) {
        if matches!(literal, syn::Lit::Float(_)) {
            self.note(literal.span(), FLOAT);
        }
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_item(&mut self, item: &'a syn::Item) {
        visit_product_item(self, item);
    }

    fn visit_expr_index(&mut self, index: &'a syn::ExprIndex) {
        self.note(index.bracket_token.span.open(), INDEXING);
        visit::visit_expr_index(self, index);
    }

    fn visit_ident(&mut self, name: &'a proc_macro2::Ident) {
        self.name(name);
    }

    fn visit_lit(&mut self, literal: &'a syn::Lit) {
        self.literal(literal);
    }

    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if PANICKING_MACROS.contains(&name.as_str()) {
            self.note(call.bang_token.span, &format!("`{name}!` panics: return an error"));
        }
        self.tokens(call.tokens.clone());
    }
}
