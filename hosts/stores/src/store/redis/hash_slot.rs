//! The slot of a key in a cluster, as the cluster specification defines it.

pub const SLOTS: u16 = 16_384;

/// The slot of a key. If the key has a part in braces, only the first such part counts.
pub fn hash_slot(key: &str) -> u16 {
    let bytes =
        key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or(key, |(tag, _)| if tag.is_empty() { key } else { tag });
    crc16(bytes.as_bytes()) % SLOTS
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!((crc16(b"123456789"), hash_slot("foo"), hash_slot("")), (0x31c3, 12_182, 0));
    }

    #[test]
    fn the_first_part_in_braces_decides() {
        assert_eq!(hash_slot("{user1000}.following"), hash_slot("user1000"));
        assert_eq!(hash_slot("foo{bar}{zap}"), hash_slot("bar"));
        assert_eq!(hash_slot("foo{{bar}}zap"), hash_slot("{bar"));
        assert_ne!(hash_slot("foo{}{bar}"), hash_slot("bar"));
    }
}
