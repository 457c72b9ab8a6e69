//! Where `SCAN` goes on: the cursor of a server and, in a cluster, which node it belongs to.

use super::node_address::NodeAddress;
use std::fmt;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanPlace {
    /// `None`: the only server, or the first node.
    pub node: Option<NodeAddress>,
    pub cursor: u64,
}

impl ScanPlace {
    /// Reads what `Display` writes.
    pub fn from_text(text: &str) -> Option<ScanPlace> {
        let (cursor, node) = match text.split_once('@') {
            Some((cursor, node)) => (cursor, Some(NodeAddress::from_authority(node)?)),
            None => (text, None),
        };
        Some(ScanPlace { node, cursor: cursor.parse().ok()? })
    }

    /// The same place if its node is one of these, else the beginning of the first: a failover or a move of slots begins the listing
    /// again, so that no key is left out.
    pub fn among(self, all: &[Option<NodeAddress>]) -> ScanPlace {
        if all.contains(&self.node) { self } else { ScanPlace { node: all.first().cloned().flatten(), cursor: 0 } }
    }

    /// The place after this one: further on this node, or the beginning of the next. `None` after the last.
    pub fn next(self, cursor: Option<u64>, all: &[Option<NodeAddress>]) -> Option<ScanPlace> {
        if let Some(cursor) = cursor {
            return Some(ScanPlace { cursor, ..self });
        }
        let after = all.iter().skip_while(|node| **node != self.node).nth(1)?;
        Some(ScanPlace { node: after.clone(), cursor: 0 })
    }
}

impl fmt::Display for ScanPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cursor)?;
        self.node.as_ref().map_or(Ok(()), |node| write!(f, "@{node}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> Option<NodeAddress> {
        NodeAddress::from_authority(name)
    }

    fn place(name: &str, cursor: u64) -> ScanPlace {
        ScanPlace { node: node(name), cursor }
    }

    #[test]
    fn nodes_are_scanned_one_after_the_other() {
        let all = [node("a:1"), node("b:1")];
        let first = ScanPlace::default().among(&all);
        assert_eq!(first, place("a:1", 0));
        let further = first.next(Some(7), &all);
        assert_eq!(further, Some(place("a:1", 7)));
        let second = further.and_then(|further| further.next(None, &all));
        assert_eq!(second, Some(place("b:1", 0)));
        assert_eq!(second.and_then(|second| second.next(None, &all)), None);
    }

    #[test]
    fn the_only_server_is_scanned_to_its_end() {
        let all = [None];
        let further = ScanPlace::default().among(&all).next(Some(7), &all);
        assert_eq!(further, Some(ScanPlace { node: None, cursor: 7 }));
        assert_eq!(further.and_then(|further| further.next(None, &all)), None);
    }

    #[test]
    fn a_node_that_has_left_begins_the_listing_again() {
        assert_eq!(place("gone:1", 7).among(&[node("a:1"), node("b:1")]), place("a:1", 0));
    }
}
