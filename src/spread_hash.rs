//! A hash that replaces random numbers: it is the same on every machine and in every process.

/// FNV-1a over 64 bits, then the finalizer of `SplitMix64`, so that neighbouring generations give distant hashes.
///
/// Sources: <http://www.isthe.com/chongo/tech/comp/fnv/>, <https://prng.di.unimi.it/splitmix64.c>.
#[must_use]
pub fn spread_hash(parts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        // With the length in front, ("ab", "c") and ("a", "bc") hash differently.
        for byte in (part.len() as u64).to_le_bytes().iter().chain(*part) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
