//! Several threads on one board, each with its own target: the total time, divided by the number of calls.

use crate::board::{NO_LEASE, board, permit};
use criterion::{BenchmarkId, Criterion};
use fuseboard_host::{Board, End, Handle, Leases, Report, Target};
use std::thread;
use std::time::{Duration, Instant};

const THREADS: [u64; 3] = [1, 2, 8];

pub fn bench(criterion: &mut Criterion) {
    for (name, config) in [("threads, leased", "{}"), ("threads, without a lease", NO_LEASE)] {
        let mut group = criterion.benchmark_group(name);
        for threads in THREADS {
            let board = board(config, Leases::On);
            group.bench_function(BenchmarkId::from_parameter(threads), |bench| {
                bench.iter_custom(|calls| call_on_all_threads(&board, threads, calls.div_ceil(threads)));
            });
        }
        group.finish();
    }
}

fn call_on_all_threads(board: &Board, threads: u64, calls_each: u64) -> Duration {
    let handles: Vec<Handle> =
        (0..threads).map(|thread| board.target(&Target::host(format!("h{thread}.example"))).expect("a target")).collect();
    let start = Instant::now();
    thread::scope(|scope| {
        for handle in &handles {
            scope.spawn(move || {
                let success = Report::new(End::Returned);
                for _ in 0..calls_each {
                    handle.settle(Some(&permit(handle)), &success).expect("it is settled");
                }
            });
        }
    });
    start.elapsed()
}
