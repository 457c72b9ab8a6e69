//! Ten, ten thousand and a million targets on one board, called in turn: the time of a call, and the memory of a target.

use crate::board::{NO_LEASE, board};
use criterion::{BenchmarkId, Criterion};
use fuseboard_host::{Board, Leases, Target};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;

const TARGETS: [usize; 3] = [10, 10_000, 1_000_000];

pub fn bench(criterion: &mut Criterion) {
    let mut bytes = BTreeMap::new();
    let mut group = criterion.benchmark_group("scale");
    for count in TARGETS {
        // Created when it is first used, so that a run of other cases does not create a million targets.
        let mut built = None;
        group.bench_function(BenchmarkId::from_parameter(count), |bench| {
            let (board, targets, next) = built.get_or_insert_with(|| {
                let targets: Vec<Target> = (0..count).map(|n| Target::host(format!("host-{n}.example"))).collect();
                let board = board(NO_LEASE, Leases::On);
                let before = resident_bytes();
                targets.iter().for_each(|target| call(&board, target));
                bytes.insert(count.to_string(), resident_bytes().saturating_sub(before) / count as u64);
                (board, targets, (0..count).cycle())
            });
            bench.iter(|| call(board, &targets[next.next().expect("it never ends")]));
        });
    }
    group.finish();
    if !bytes.is_empty() {
        write(&bytes);
    }
}

fn call(board: &Board, target: &Target) {
    board.call(target, || Ok::<(), Infallible>(())).expect("it is admitted");
}

/// The resident memory of this process in bytes. 0 if the system does not report it.
fn resident_bytes() -> u64 {
    const PAGE_BYTES: u64 = 4_096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * PAGE_BYTES
}

/// Writes the memory figures to a file of their own, since criterion measures only times.
fn write(bytes: &BTreeMap<String, u64>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench/bytes-a-target.json");
    std::fs::write(&file, serde_json::to_string(bytes).expect("JSON")).expect("the target folder can be written");
}
