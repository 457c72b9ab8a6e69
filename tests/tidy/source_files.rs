//! The Rust files of the repository, read and parsed.

use std::fs;
use std::path::{Path, PathBuf};
use syn::Attribute;
use syn::visit::{self, Visit};

/// The folders with Rust files. `build.rs` is in the root.
const FOLDERS: [&str; 11] =
    ["src", "hosts", "host-test", "process-test", "redis-test-server", "model", "fuzz", "demo", "schema-test", "xtask", "tests"];

pub struct Source {
    /// Relative to the root of the repository, separated by `/`.
    pub path: String,
    pub text: String,
    pub tree: syn::File,
}

impl Source {
    fn read(root: &Path, file: &Path) -> Source {
        let path = file.strip_prefix(root).expect("a file of the repository").to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"));
        Source::parse(&path, &text)
    }

    pub fn parse(path: &str, text: &str) -> Source {
        let tree = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}:{}: {error}", error.span().start().line));
        Source { path: path.to_owned(), text: text.to_owned(), tree }
    }

    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// Whether the whole file is test code.
    pub fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests") || self.path.ends_with("tests.rs")
    }

    /// Visits the file unless it is test code. The visitor skips test items with [`visit_product_item`].
    pub fn visit_product<'a>(&'a self, visitor: &mut impl Visit<'a>) {
        if !self.is_test() {
            visitor.visit_file(&self.tree);
        }
    }
}

/// All Rust files, sorted by path.
pub fn all() -> Vec<Source> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("build.rs")];
    for folder in FOLDERS {
        collect(&root.join(folder), &mut files);
    }
    files.sort();
    files.iter().map(|file| Source::read(&root, file)).collect()
}

/// The files in a folder, and in its subfolders.
pub fn under(folder: &str) -> Vec<Source> {
    let found: Vec<Source> = all().into_iter().filter(|source| source.path.starts_with(folder)).collect();
    assert!(!found.is_empty(), "no Rust file is in {folder}");
    found
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder entry").path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Whether an item is compiled for tests only.
pub fn is_for_tests(item: &syn::Item) -> bool {
    attributes(item).iter().any(|attribute| {
        let list = attribute.meta.require_list().ok();
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg") && list.is_some_and(|list| list.tokens.to_string().trim() == "test")
    })
}

fn attributes(item: &syn::Item) -> &[Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Visits an item unless it is for tests.
pub fn visit_product_item<'a>(visitor: &mut impl Visit<'a>, item: &'a syn::Item) {
    if !is_for_tests(item) {
        visit::visit_item(visitor, item);
    }
}
