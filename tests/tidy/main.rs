//! The style rules of the repository, as tests.
//!
//! A list of exceptions may only shrink: an entry may become smaller or be removed, and no entry may be added.

mod allowed_names;
mod declarations;
mod file_imports;
mod glossary;
mod import_circles;
mod module_tree;
mod name_resolution;
mod no_panics;
mod ratchet;
mod retired_words;
mod sizes;
mod source_files;
mod split_impls;
mod type_names;
mod use_tree;
