//! Nothing in the engine can panic, and nothing in it has a floating point: what is left are the places listed here.

use crate::source::{self, Source, visit_product_item};
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

#[test]
fn nothing_in_the_engine_can_panic_and_nothing_floats() {
    let mut found = Vec::new();
    for file in &source::under("src/") {
        let mut seen = Seen { file, found: &mut found };
        file.visit_product(&mut seen);
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

struct Seen<'a> {
    file: &'a Source,
    found: &'a mut Vec<String>,
}

impl Seen<'_> {
    fn note(&mut self, at: proc_macro2::Span, what: &str) {
        self.found.push(format!("{}:{}: {what}", self.file.path, at.start().line));
    }

    fn name(&mut self, name: &proc_macro2::Ident) {
        let text = name.to_string();
        if PANICKING.contains(&text.as_str()) {
            self.note(name.span(), &format!("`{text}` panics: give the error back, or a default"));
        }
        if text == "f32" || text == "f64" {
            self.note(name.span(), "a float: rates are per mille, times whole ms or ns");
        }
    }

    /// What stands in a macro is not parsed: names, and brackets behind a value.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut value_before = false;
        for token in tokens {
            if let TokenTree::Group(group) = &token {
                if value_before && group.delimiter() == Delimiter::Bracket {
                    self.note(group.span(), "indexing panics: `get`");
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
            self.note(literal.span(), "a float: rates are per mille, times whole ms or ns");
        }
    }
}

impl<'a> Visit<'a> for Seen<'_> {
    fn visit_item(&mut self, item: &'a syn::Item) {
        visit_product_item(self, item);
    }

    fn visit_expr_index(&mut self, index: &'a syn::ExprIndex) {
        self.note(index.bracket_token.span.open(), "indexing panics: `get`");
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
            self.note(call.bang_token.span, &format!("`{name}!` panics: give an error back"));
        }
        self.tokens(call.tokens.clone());
    }
}
