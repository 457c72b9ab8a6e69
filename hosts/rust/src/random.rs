//! Random numbers that no other process has: writers and seeds.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

/// A random number other than 0, which the contract forbids for writers.
pub(crate) fn random() -> u64 {
    loop {
        // Without the system's random numbers, the random keys of std's hash maps must do: they differ between processes and from one
        // call to the next.
        let number = getrandom::u64().unwrap_or_else(|_| RandomState::new().hash_one(std::process::id()));
        if number != 0 {
            return number;
        }
    }
}

/// The seed for jitter, one for the whole process.
pub(crate) fn process_seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_differ_and_the_seed_does_not() {
        assert_ne!(random(), random());
        assert_eq!(process_seed(), process_seed());
    }
}
