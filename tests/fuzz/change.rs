//! Changes an input. A seed determines the changes.

/// `SplitMix64`.
struct Random(u64);

impl Random {
    /// A number from 0 to `limit - 1`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).expect("small")
    }
}

/// Bytes with a meaning in records, keys and documents.
const SYNTAX_BYTES: &[u8] = b"{}[]:,\"0123456789-.%/\n #&*\0\xff";

/// An input with one to four changes: bytes replaced, inserted, removed or repeated, and the end of another input.
pub fn changed(input: &[u8], others: &[Vec<u8>], seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let to = (at + 1 + random.below(16)).min(bytes.len());
        let byte = SYNTAX_BYTES[random.below(SYNTAX_BYTES.len())];
        match random.below(6) {
            0 => bytes.insert(at, byte),
            1 => bytes.splice(at.min(to)..to, [byte]).for_each(drop),
            2 => bytes.drain(at.min(to)..to).for_each(drop),
            3 => bytes.extend_from_within(at.min(to)..to),
            4 => bytes.truncate(at),
            _ => {
                let other = &others[random.below(others.len())];
                bytes.truncate(at);
                bytes.extend_from_slice(&other[random.below(other.len() + 1)..]);
            }
        }
    }
    bytes
}
