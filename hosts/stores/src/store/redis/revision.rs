use fuseboard::Revision;
use xxhash_rust::xxh3::xxh3_64;

/// The revision of a stored text: XXH3 with 64 bits.
///
/// No text is written twice, so equal revisions mean equal texts but for a chance of 2⁻⁶⁴. A swap compares whole texts and does not
/// depend on it. XXH3 is in the redis crate's tree already, and Redis 8.4 has the same digest as its `DIGEST` command.
pub fn revision_of(text: &[u8]) -> Revision {
    Revision(xxh3_64(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_one_byte_have_different_revisions() {
        assert_eq!(revision_of(b"{\"w\":1}"), revision_of(b"{\"w\":1}"));
        assert_ne!(revision_of(b"{\"w\":1}"), revision_of(b"{\"w\":2}"));
    }

    #[test]
    fn the_empty_text_has_the_published_digest() {
        assert_eq!(revision_of(b""), Revision(0x2d06_8005_38d3_94c2));
    }
}
