//! The list of allowed imports, and the check of a component against it.

use std::path::{Path, PathBuf};
use xtask::imports::{check, of_component, of_golden};

/// An empty component and an empty core module. They differ in the layer, in the sixth and seventh byte.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/imports.golden")
}

fn allowed() -> Vec<String> {
    of_golden(&std::fs::read_to_string(golden()).unwrap())
}

/// A component with these imports, each an instance with an empty type.
fn component_with(imports: &[&str]) -> Vec<u8> {
    let small = |length: usize| u8::try_from(length).unwrap();
    let types = [7, 3, 1, 0x42, 0];
    let mut section = vec![small(imports.len())];
    for name in imports {
        section.extend([0, small(name.len())]);
        section.extend(name.as_bytes());
        section.extend([5, 0]);
    }
    [COMPONENT, &types, &[10, small(section.len())], &section].concat()
}

#[test]
fn the_golden_list_has_the_three_imports_of_the_contract() {
    assert_eq!(allowed(), ["fuseboard:breaker/storage@0.1.0", "wasi:clocks/monotonic-clock@0.2.0", "wasi:clocks/wall-clock@0.2.0"]);
}

#[test]
fn a_component_with_exactly_the_listed_imports_passes() {
    let names = allowed();
    let component = component_with(&names.iter().map(String::as_str).rev().collect::<Vec<_>>());
    assert_eq!(of_component(&component).unwrap(), names);
    assert_eq!(check(&names, &golden()), Ok(()));
}

#[test]
fn the_message_names_added_and_missing_imports() {
    let names = of_component(&component_with(&["fuseboard:breaker/storage@0.1.0", "wasi:cli/environment@0.2.0"])).unwrap();
    let message = check(&names, &golden()).unwrap_err().to_string();
    assert!(message.contains("+ wasi:cli/environment@0.2.0"), "{message}");
    assert!(message.contains("- wasi:clocks/wall-clock@0.2.0"), "{message}");
    assert!(!message.contains("breaker/storage"), "{message}");
}

#[test]
fn imports_of_inner_components_do_not_count() {
    let inner = component_with(&["a:b/c"]);
    let outer = [COMPONENT, &[4, u8::try_from(inner.len()).unwrap()], &inner].concat();
    assert_eq!(of_component(&outer), Ok(Vec::new()));
}

#[test]
fn other_bytes_than_a_component_are_refused() {
    for bytes in [MODULE, b"", b"text", &component_with(&["a:b/c"])[..20]] {
        assert!(of_component(bytes).is_err(), "{bytes:?}");
    }
}
