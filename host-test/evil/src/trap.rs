//! Traps at every n-th call.

pub fn every(n: u64, calls: u64) {
    assert!(!calls.is_multiple_of(n.max(1)), "the attack traps at this call");
}
