//! Random numbers that no other process has: writers and seeds.

use std::hash::{BuildHasher, RandomState};
use std::process;
use std::sync::{Mutex, TryLockError};

/// A random number other than 0, which the contract forbids for writers.
pub(crate) fn random() -> u64 {
    loop {
        // If the system has no random numbers, the random keys of std's hash maps are used: they differ between processes and from one
        // call to the next.
        let number = getrandom::u64().unwrap_or_else(|_| RandomState::new().hash_one(std::process::id()));
        if number != 0 {
            return number;
        }
    }
}

/// The seed for jitter, one for the whole process. A forked child has another one than its parent.
pub(crate) fn process_seed() -> u64 {
    /// The seed, and the process that it belongs to.
    static SEED: Mutex<(u32, u64)> = Mutex::new((0, 0));
    let mut seed = match SEED.try_lock() {
        Ok(seed) => seed,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        // Held by another thread now, or for ever if the process was forked while a thread held it.
        Err(TryLockError::WouldBlock) => return random(),
    };
    if seed.0 != process::id() {
        *seed = (process::id(), random());
    }
    seed.1
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
