//! Limits of `wit/storage.wit`. Those of keys are [`fuseboard::key::KEY_BYTES_MAX`].

/// Longest value.
pub(super) const VALUE_BYTES_MAX: usize = 64 << 10;

/// Most keys of one page of a listing.
pub(super) const PAGE_KEYS_MAX: u32 = 1_000;

/// Most keys of one load of several.
pub(super) const LOAD_KEYS_MAX: usize = 100;
