//! Limits on the lines of files, of functions, and of `src/machine` as a whole.

use crate::ratchet::{self, Measured};
use crate::source_files::{self, Source};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::visit::{self, Visit};

/// Docs and unit tests included.
const FILE_LINES: usize = 300;
/// From `fn` to the closing brace.
const FUNCTION_LINES: usize = 40;
/// For the functions of LONG_FUNCTIONS.
const LONG_FUNCTION_LINES: usize = 70;
/// Lines of code in `src/machine`, without docs, comments, blank lines and tests.
const MACHINE_LINES_MAX: usize = 1_200;

const LONG_FILES: &[(&str, usize)] = &[];
const LONG_FUNCTIONS: &[(&str, usize)] = &[
    ("schema-test/tests/schema.rs invalid_documents_are_refused", 49),
    ("src/document_tree/json_tests.rs same_texts_are_valid_as_with_serde_json", 64),
];

#[test]
fn files_are_short() {
    let files: Vec<Measured> = source_files::all().iter().map(|file| Measured { name: file.path.clone(), lines: file.lines() }).collect();
    let violations = ratchet::violations("LONG_FILES", LONG_FILES, FILE_LINES, &files);
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn functions_are_short() {
    let mut found = Functions::default();
    for file in &source_files::all() {
        found.file.clone_from(&file.path);
        found.visit_file(&file.tree);
    }
    let mut violations = ratchet::violations("LONG_FUNCTIONS", LONG_FUNCTIONS, FUNCTION_LINES, &found.functions);
    let too_long = found.functions.iter().filter(|function| function.lines >= LONG_FUNCTION_LINES);
    violations
        .extend(too_long.map(|Measured { name, lines }| {
            format!("{name} has {lines} lines, under {LONG_FUNCTION_LINES} are allowed without exception")
        }));
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn the_machine_is_small() {
    let lines: Vec<(String, usize)> = source_files::under("src/machine/")
        .iter()
        .filter(|file| !file.path.ends_with("_tests.rs"))
        .map(|file| (file.path.clone(), code_lines(file)))
        .collect();
    let all: usize = lines.iter().map(|(_, lines)| lines).sum();
    assert!(all <= MACHINE_LINES_MAX, "{all} lines of code, at most {MACHINE_LINES_MAX}: {lines:?}");
}

#[test]
fn no_file_is_named_for_a_mixture() {
    let vague = ["utils", "util", "helpers", "common", "manager", "misc"];
    let found: Vec<String> = source_files::all().into_iter().map(|file| file.path).collect();
    let named = found.iter().filter(|path| path.split(['/', '.']).any(|part| vague.contains(&part)));
    assert_eq!(named.collect::<Vec<_>>(), Vec::<&String>::new(), "name the file for the one idea in it");
}

/// All functions with a body, named by file and path.
#[derive(Default)]
struct Functions {
    file: String,
    within: Vec<String>,
    functions: Vec<Measured>,
}

impl Functions {
    fn note(&mut self, signature: &syn::Signature, body: &syn::Block, visit_body: impl FnOnce(&mut Functions)) {
        let lines = body.brace_token.span.close().end().line + 1 - signature.fn_token.span.start().line;
        self.within.push(signature.ident.to_string());
        self.functions.push(Measured { name: format!("{} {}", self.file, self.within.join("::")), lines });
        visit_body(self);
        self.within.pop();
    }

    fn inside(&mut self, name: String, visit_body: impl FnOnce(&mut Functions)) {
        self.within.push(name);
        visit_body(self);
        self.within.pop();
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        self.inside(item.ident.to_string(), |within| visit::visit_item_mod(within, item));
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        self.inside(shown(&item.self_ty), |within| visit::visit_item_impl(within, item));
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        self.inside(item.ident.to_string(), |within| visit::visit_item_trait(within, item));
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.note(&item.sig, &item.block, |within| visit::visit_item_fn(within, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.note(&item.sig, &item.block, |within| visit::visit_impl_item_fn(within, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.note(&item.sig, body, |within| visit::visit_trait_item_fn(within, item));
        }
    }
}

/// The last segment of a type's path.
fn shown(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        syn::Type::Reference(reference) => shown(&reference.elem),
        _ => "_".to_owned(),
    }
}

/// The number of lines with a token of code: doc comments and test modules do not count.
fn code_lines(file: &Source) -> usize {
    let tokens: TokenStream = file.text.parse().expect("it was parsed before");
    let mut lines = BTreeSet::new();
    mark(tokens, &mut lines);
    lines.len()
}

fn mark(tokens: TokenStream, lines: &mut BTreeSet<usize>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = match (&token, tokens.peek()) {
            (TokenTree::Punct(punct), Some(TokenTree::Group(group))) if punct.as_char() == '#' => Some(group.stream().to_string()),
            (TokenTree::Punct(punct), Some(TokenTree::Punct(bang))) if punct.as_char() == '#' && bang.as_char() == '!' => {
                tokens.next();
                Some("doc".to_owned())
            }
            _ => None,
        };
        match attribute {
            Some(text) if text.starts_with("doc") => drop(tokens.next()),
            Some(text) if text.replace(' ', "") == "cfg(test)" => {
                // The item ends with its closing brace.
                tokens.by_ref().skip(1).find(|token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace));
            }
            _ => mark_one(token, lines),
        }
    }
}

fn mark_one(token: TokenTree, lines: &mut BTreeSet<usize>) {
    match token {
        TokenTree::Group(group) => {
            lines.extend([group.span_open().start().line, group.span_close().end().line]);
            mark(group.stream(), lines);
        }
        token => lines.extend(token.span().start().line..=token.span().end().line),
    }
}
