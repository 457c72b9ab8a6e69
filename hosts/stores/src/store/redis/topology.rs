//! Which primary of a cluster has which slots.

use super::node_address::NodeAddress;
use redis::Value;
use std::collections::BTreeSet;

/// The answer to `CLUSTER SLOTS`, without the replicas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    ranges: Vec<SlotRange>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct SlotRange {
    first: u16,
    last: u16,
    primary: NodeAddress,
}

impl Topology {
    /// Reads the answer of a node; `None` if it has another form.
    pub fn from_slots(answer: &Value, asked: &NodeAddress) -> Option<Topology> {
        let Value::Array(ranges) = answer else { return None };
        let ranges = ranges.iter().map(|range| SlotRange::read(range, asked)).collect::<Option<Vec<_>>>()?;
        Some(Topology { ranges })
    }

    pub fn primary_of(&self, slot: u16) -> Option<&NodeAddress> {
        self.ranges.iter().find(|range| (range.first..=range.last).contains(&slot)).map(|range| &range.primary)
    }

    /// Every primary once, sorted.
    pub fn primaries(&self) -> BTreeSet<&NodeAddress> {
        self.ranges.iter().map(|range| &range.primary).collect()
    }
}

impl SlotRange {
    fn read(range: &Value, asked: &NodeAddress) -> Option<SlotRange> {
        let Value::Array(parts) = range else { return None };
        let [Value::Int(first), Value::Int(last), Value::Array(primary), ..] = parts.as_slice() else { return None };
        let [host, port, ..] = primary.as_slice() else { return None };
        let primary = NodeAddress::from_values(host, port, asked)?;
        Some(SlotRange { first: u16::try_from(*first).ok()?, last: u16::try_from(*last).ok()?, primary })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(host: Value, port: i64) -> Value {
        Value::Array(vec![host, Value::Int(port), Value::BulkString(b"id".to_vec())])
    }

    fn range(first: i64, last: i64, primary: Value) -> Value {
        Value::Array(vec![Value::Int(first), Value::Int(last), primary, node(Value::BulkString(b"replica".to_vec()), 1)])
    }

    #[test]
    fn each_slot_has_the_primary_of_its_range() {
        let asked = NodeAddress { host: "seed".to_owned(), port: 7_000 };
        let answer =
            Value::Array(vec![range(0, 99, node(Value::BulkString(b"b".to_vec()), 7_001)), range(100, 16_382, node(Value::Nil, 7_002))]);
        let topology = Topology::from_slots(&answer, &asked).expect("the form is right");
        let primary = |slot| topology.primary_of(slot).map(ToString::to_string);
        assert_eq!([primary(0), primary(99)], [Some("b:7001".to_owned()), Some("b:7001".to_owned())]);
        assert_eq!([primary(100), primary(16_383)], [Some("seed:7002".to_owned()), None]);
        assert_eq!(topology.primaries().len(), 2);
    }

    #[test]
    fn another_form_is_no_topology() {
        let asked = NodeAddress { host: "seed".to_owned(), port: 7_000 };
        for answer in [Value::Nil, Value::Array(vec![Value::Int(1)]), Value::Array(vec![range(0, -1, node(Value::Nil, 1))])] {
            assert_eq!(Topology::from_slots(&answer, &asked), None, "{answer:?}");
        }
    }
}
