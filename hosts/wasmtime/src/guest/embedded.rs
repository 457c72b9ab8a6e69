//! What `build.rs` put into this library: the component, and its machine code.

use crate::error::Error;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The embedded component's bytes.
///
/// # Errors
/// When the library was built without a component.
pub(super) fn component() -> Result<&'static [u8], Error> {
    COMPONENT.ok_or_else(|| {
        Error::component(
            "this program was built without one; take the native engine, give the path of a component, or build again after \
             `cargo xtask component`, or with FUSEBOARD_COMPONENT set to the path of a component",
        )
    })
}

/// The embedded machine code, for the target of this build. None where the build compiled none.
pub(super) fn code() -> Option<&'static [u8]> {
    CODE
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The CPU features of the preset `x86-64-v2`.
    #[cfg(target_arch = "x86_64")]
    const PRESET: &[&str] = &["has_cmpxchg16b", "has_popcnt", "has_sse3", "has_sse41", "has_sse42", "has_ssse3"];
    #[cfg(not(target_arch = "x86_64"))]
    const PRESET: &[&str] = &[];

    /// How wasmtime's metadata stores a flag: the name's length and the name, then the kind of the value (2: a boolean), the value.
    const BOOLEAN: u8 = 2;

    /// The flags `has_...` of machine code, with their values.
    fn cpu_features(code: &[u8]) -> Vec<(&str, bool)> {
        let starts = (1..code.len()).filter(|&at| code[at..].starts_with(b"has_"));
        let flags = starts.filter_map(|at| {
            let name = str::from_utf8(code.get(at..at + usize::from(code[at - 1]))?).ok()?;
            match code[at + name.len()..] {
                [BOOLEAN, value @ (0 | 1), ..] => Some((name, value == 1)),
                _ => None,
            }
        });
        flags.collect()
    }

    #[test]
    fn embedded_code_uses_no_cpu_feature_beyond_the_preset() {
        let features = cpu_features(code().expect("machine code: run `cargo xtask component` and build again"));
        let enabled: BTreeSet<_> = features.iter().filter(|(_, enabled)| *enabled).map(|(name, _)| *name).collect();
        assert_eq!(enabled, PRESET.iter().copied().collect());
        // Otherwise the metadata has another form than the one read here.
        #[cfg(target_arch = "x86_64")]
        assert!(features.contains(&("has_avx512f", false)), "{features:?}");
    }
}
