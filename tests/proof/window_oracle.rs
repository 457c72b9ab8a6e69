//! A simple window: a list of all outcomes, scanned again each time. It was written from the documentation alone, without reading
//! `src/`.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Calls(usize),
    Millis(u64),
}

#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub size: Size,
    pub minimum_calls: usize,
    /// In thousandths.
    pub failure_rate: Option<usize>,
    pub failure_count: Option<usize>,
    pub slow_call_rate: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
pub struct PastCall {
    pub at: u64,
    pub failed: bool,
    pub slow: bool,
}

/// Returns the calls that are in the window now, of all that were counted since the circuit closed.
pub fn in_window(rules: &Rules, past: &[PastCall], now: u64) -> Vec<PastCall> {
    match rules.size {
        Size::Calls(most) => past[past.len().saturating_sub(most)..].to_vec(),
        Size::Millis(size) => {
            let bucket = size.div_ceil(60);
            past.iter().filter(|one| one.at / bucket * bucket + size > now).copied().collect()
        }
    }
}

/// Whether the newest outcome opens the circuit.
pub fn trips(rules: &Rules, past: &[PastCall], now: u64) -> bool {
    let (Some(newest), inside) = (past.last(), in_window(rules, past, now)) else { return false };
    let failures = inside.iter().filter(|one| one.failed).count();
    let slow = inside.iter().filter(|one| one.slow).count();
    let enough = inside.len() >= rules.minimum_calls;
    let reached = |part: usize, rate: Option<usize>| enough && rate.is_some_and(|rate| part * 1_000 >= rate * inside.len());
    let by_count = newest.failed && rules.failure_count.is_some_and(|most| failures >= most);
    let by_failures = newest.failed && reached(failures, rules.failure_rate);
    let by_slowness = (newest.failed || newest.slow) && reached(slow, rules.slow_call_rate);
    by_count || by_failures || by_slowness
}
